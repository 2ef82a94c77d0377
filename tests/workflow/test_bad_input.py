"""What a user can get wrong: each is told in a sentence, and damaged subjects do not stop the sound ones."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml

from cardioprior.cohorts.phantom import Adapter, Settings
from cardioprior.onboarding.accounts import read_tsv
from tests.workflow.workflow_copy import CORES, SMOKE, Workflow

ACDC = ("--configfile", "config.yaml", "configs/acdc.yaml")
EPICARDIUM = 0x6002


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    return Workflow(tmp_path_factory.mktemp("bad-input"))


# --- the configuration


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((*SMOKE, "--config", "sed=1"), "config key `sed`: 'sed' is not known; did you mean `seed`?"),
        (
            (*SMOKE, "--config", "compute={presision: bf16}"),
            "config key `compute.presision`: 'presision' is not known; did you mean `precision`?",
        ),
        (
            (*SMOKE, "--config", "studies=[thesis_frame]"),
            "config key `studies`: 'thesis_frame' is not known; did you mean `thesis_frames`?",
        ),
        ((*SMOKE, "--config", "shards=many"), "config key `shards`: found 'many'; wanted: "),
        (ACDC, "config key `cohorts.acdc.root`: is not set; wanted the folder that holds the data set"),
        ((*ACDC, "--config", "acdc_root=nowhere"), "config key `cohorts.acdc.root`: nowhere is not a folder"),
        (
            (*SMOKE, "--config", "cohort=mine", "adapter=dicom_cine", "root=nowhere"),
            "config key `cohorts.mine.root`: nowhere is not a folder",
        ),
        ((*SMOKE, "--config", "cohort=mine", "root=."), "config keys `cohort`, `adapter` and `root` go together"),
    ],
)
def test_a_fault_of_the_configuration_is_one_sentence_before_any_job(workflow, arguments, sentence) -> None:
    done = workflow.run("--dry-run", *arguments)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert done.stdout.count("config key") == 1
    assert "Traceback" not in done.stdout and "Job stats" not in done.stdout


# --- damaged subjects


def pictures(subject: Path) -> list[Path]:
    return sorted(subject.rglob("*.IMA"))


def cut(subject: Path) -> Path:
    """Cuts one file in the middle, as a transfer that broke off; the file."""
    path = pictures(subject)[5]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 1000])
    return path


def remove_a_slice(subject: Path) -> None:
    """Removes all pictures of the third slice from one end."""

    def place(series: Path) -> float:
        header = pydicom.dcmread(pictures(series)[0], stop_before_pixels=True)
        row, column = np.reshape(np.array(header.ImageOrientationPatient, float), (2, 3))
        return float(np.cross(row, column) @ np.array(header.ImagePositionPatient, float))

    series = sorted((folder for folder in subject.iterdir() if folder.is_dir()), key=place)
    for path in pictures(series[2]):
        path.unlink()


def erase_es(subject: Path) -> None:
    """Erases the contours of ES: of the frame that has some, but no epicardium in any slice."""
    datasets = {path: pydicom.dcmread(path) for path in pictures(subject)}
    drawn = {path: d for path, d in datasets.items() if any(e.tag.group >> 8 == 0x60 for e in d)}
    ed = {d.InstanceNumber for d in drawn.values() if (EPICARDIUM, 0x3000) in d}
    erased = 0
    for path, dataset in drawn.items():
        if dataset.InstanceNumber in ed:
            continue
        for tag in [element.tag for element in dataset if element.tag.group >> 8 == 0x60]:
            del dataset[tag]
        dataset.save_as(path)
        erased += 1
    assert erased


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six subjects: one sound, four damaged, one that is only named in the list."""
    root = tmp_path_factory.mktemp("damaged") / "raw"
    settings = Settings(
        adapter="phantom",
        groups=("NOR", "DCM", "HCM", "MINF", "ARV"),
        subjects_per_group=1,
        frames=(8, 8),
        phases="all",
        files="dicom",
        views={
            "sax": {
                "slices": (6, 6),
                "beyond": (0, 0),
                "pixel_mm": (2.6, 2.8),
                "matrix": 64,
                "thickness_mm": 7.0,
                "gap_mm": 9.0,
                "breathing_mm": 1.0,
            }
        },
    )
    phantom = Adapter(settings, root, "damaged", seed=1)
    for subject in ("NOR-001", "DCM-001", "HCM-001", "MINF-001"):
        phantom.generate(subject)
    cut(root / "DCM-001")
    remove_a_slice(root / "HCM-001")
    erase_es(root / "MINF-001")
    (root / "ARV-001").mkdir()
    (root / "ARV-001" / "notes.txt").write_text("not here yet")
    (root / "subjects.csv").write_text("subject,group,sex,height_cm,weight_kg\nNOR-001,NOR,F,170,70\nLOST-001,NOR,,,\n")
    return root


def onboard(workflow: Workflow, root: Path, *more: str) -> tuple[str, ...]:
    return ("onboard", *CORES, *SMOKE, "--config", "cohort=mine", "adapter=siemens_overlays", f"root={root}", *more)


@pytest.mark.slow
def test_damaged_subjects_are_accounted_for_and_the_sound_one_goes_on(workflow, damaged) -> None:
    workflow.finish(*onboard(workflow, damaged))
    folder = workflow.folder / "results" / "smoke" / "cohorts" / "mine"
    subjects, qc = (read_tsv(folder / f"{name}.tsv") for name in ("subjects", "qc"))
    assert {row["subject"]: (row["status"], row["code"]) for row in qc} == {
        "NOR-001": ("ok", ""),
        "DCM-001": ("excluded", "unreadable_dicom"),
        "HCM-001": ("excluded", "missing_slice"),
        "MINF-001": ("warning", "no_es"),
        "ARV-001": ("excluded", "no_short_axis"),
        "LOST-001": ("excluded", "no_files"),
    }
    assert len(qc) == 6
    assert Counter(row["status"] for row in subjects) == {"ok": 1, "warning": 1, "excluded": 4}
    said = {row["subject"]: row["sentence"] for row in qc}
    assert str(pictures(damaged / "DCM-001")[5]) in said["DCM-001"]
    assert "1 slice(s) missing" in said["HCM-001"]
    for subject in ("DCM-001", "HCM-001", "MINF-001", "ARV-001", "LOST-001"):
        assert str(damaged) in said[subject] and ("; wanted" in said[subject] or "missing" in said[subject])
    assert {row["subject"]: row["phases"] for row in subjects if row["phases"]} == {
        "NOR-001": "ED|ES",
        "MINF-001": "ED",
    }


@pytest.mark.slow
def test_a_page_is_made_of_the_data_set_and_its_entry_is_printed(workflow, damaged) -> None:
    done = workflow.run(*onboard(workflow, damaged, "out=results/page"))
    assert done.returncode == 0, done.stdout
    folder = workflow.folder / "results" / "page" / "cohorts" / "mine"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "6 subjects found: 1 ok, 1 with warnings" in page and page.count("data:image/png;base64,") == 3
    assert f"The page of the cohort is {folder / 'index.html'}" in done.stdout
    entry = yaml.safe_load((folder / "cohort.yaml").read_text(encoding="utf-8"))
    assert entry == {"cohorts": {"mine": {"adapter": "siemens_overlays", "root": str(damaged)}}}


@pytest.mark.slow
def test_where_no_subject_can_be_used_the_tables_and_the_page_stay_and_one_sentence_says_so(
    workflow, damaged, tmp_path: Path
) -> None:
    for subject in ("DCM-001", "HCM-001"):
        shutil.copytree(damaged / subject, tmp_path / subject)
    done = workflow.run(*onboard(workflow, tmp_path, "out=results/none"))
    assert done.returncode != 0
    assert "onboard_entry: none of the 2 subjects of mine can be used; results/none/cohorts/mine/qc.tsv" in done.stdout
    assert "Traceback" not in done.stdout and "The page of the cohort" not in done.stdout
    folder = workflow.folder / "results" / "none" / "cohorts" / "mine"
    assert {row["code"] for row in read_tsv(folder / "qc.tsv")} == {"unreadable_dicom", "missing_slice"}
    assert "2 subjects found: 0 ok" in (folder / "index.html").read_text(encoding="utf-8")
    assert not (folder / "cohort.yaml").exists()


@pytest.mark.slow
def test_with_a_private_folder_nothing_that_is_written_names_a_subject(workflow, damaged, tmp_path: Path) -> None:
    done = workflow.run(*onboard(workflow, damaged, f"private={tmp_path}", "out=results/private"))
    assert done.returncode == 0, done.stdout
    results = workflow.folder / "results" / "private"
    assert Counter(row["status"] for row in read_tsv(results / "cohorts" / "mine" / "subjects.tsv")) == {
        "ok": 1, "warning": 1, "excluded": 4,
    }  # fmt: skip
    texts = {"stdout": done.stdout.encode()}
    for path in results.rglob("*"):
        texts[str(path)] = path.name.encode()
        if path.is_file():
            content = path.read_bytes()
            texts[f"in {path}"] = gzip.decompress(content) if path.suffix == ".gz" else content
    for subject in ("NOR-001", "DCM-001", "HCM-001", "MINF-001", "ARV-001", "LOST-001"):
        assert [name for name, text in texts.items() if subject.encode() in text] == []
        assert subject in (tmp_path / "mine.jsonl").read_text(encoding="utf-8")


@pytest.mark.slow
def test_strict_stops_with_the_sentences_of_those_that_would_be_left_out(workflow, damaged) -> None:
    done = workflow.run(*onboard(workflow, damaged, "strict=true", "out=results/strict"))
    assert done.returncode != 0
    assert "onboard_cohort: strict is on and subjects would be left out:" in done.stdout
    assert str(pictures(damaged / "DCM-001")[5]) in done.stdout and "1 slice(s) missing" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (workflow.folder / "results" / "strict" / "cohorts" / "mine" / "subjects.tsv").exists()

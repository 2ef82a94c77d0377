"""The whole workflow on a handful of tiny phantoms: from made-up DICOM to the report, and what an edit reruns."""

from __future__ import annotations

import contextlib
import csv
import html
import json
import math
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from cardioprior import registry
from cardioprior.metrics.rows import COLUMNS, read_rows
from cardioprior.onboarding.accounts import QC_COLUMNS, read_tsv
from cardioprior.stages.claims import ClaimRow
from cardioprior.tables.contract import TableRow
from tests.unit.imaging.dicom_world import dataset, pixels_of, position_of, write
from tests.workflow.workflow_copy import CORES, SMOKE, Workflow

pytestmark = pytest.mark.slow

OUT = Path("results/smoke")
#: table -> the cohort of its study
TABLES = {
    "thesis_table_5_1": "phantom_clinical",
    "thesis_table_5_2": "phantom_clinical",
    "thesis_chapter_6": "phantom_clinical",
    "thesis_table_7_1": "phantom_clinical",
    "thesis_end_to_end": "phantom_clinical",
    "slice_interpolation_figure_3": "phantom_thin",
    "slice_interpolation_public_code": "phantom_thin",
    "acnn_table_1": "phantom_paired",
    "latent_optimisation_table_1": "phantom_paired",
    "latent_optimisation_table_2": "phantom_paired",
    "latent_optimisation_table_s1": "phantom_paired",
    "latent_optimisation_generators": "phantom_paired",
    "latent_optimisation_table_3": "phantom_paired",
    "acnn_table_2": "phantom_ultrasound",
    "acnn_table_3": "phantom_paired",
    "acnn_pathology": "phantom_diagnosis",
    "kspace_figure_2": "phantom_cine",
    "kspace_table_1": "phantom_cine",
    "kspace_table_2": "phantom_cine",
    "kspace_figure_4": "phantom_cine",
    "kspace_pathology": "phantom_clinical",
    "acnn_stacks": "phantom_diagnosis",
}
FORMATS = ("csv", "md", "tex", "html", "json")
TIMES = {"s", "h"}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A copy with a finished smoke run."""
    workflow = Workflow(tmp_path_factory.mktemp("smoke"))
    workflow.finish(*CORES, *SMOKE)
    return workflow


@contextlib.contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """A file in which one text is another; as before afterwards."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} does not say {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def appended(path: Path, text: str) -> Iterator[None]:
    """A file with a text behind its end; as before afterwards."""
    old = path.read_text(encoding="utf-8")
    path.write_text(old + text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(old, encoding="utf-8")


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("method", "condition", "structure", "metric", "statistic"))


def figures(folder: Path, tables: Iterable[str] = tuple(TABLES)) -> dict[tuple[str, ...], dict[str, str]]:
    """All figures of tables but times."""
    return {(name, *key(row)): row for name in tables for row in table(folder, name) if row["unit"] not in TIMES}


# --- what a run leaves


def test_every_table_is_there_in_every_format_and_the_report_shows_each(smoke) -> None:
    for name in TABLES:
        for format_ in FORMATS:
            assert (smoke.folder / OUT / "tables" / f"{name}.{format_}").stat().st_size > 0
    report = html.unescape((smoke.folder / OUT / "report" / "index.html").read_text(encoding="utf-8"))
    for name in TABLES:
        about = json.loads((smoke.folder / OUT / "tables" / f"{name}.json").read_text(encoding="utf-8"))
        assert about["caption"].partition(".")[0].partition(":")[0] in report


@pytest.mark.parametrize("name", TABLES)
def test_a_tables_csv_has_the_contracts_columns_and_one_row_a_figure(smoke, name: str) -> None:
    rows = table(smoke.folder / OUT, name)
    assert list(rows[0]) == [field.name for field in fields(TableRow)]
    assert {row["table"] for row in rows} == {name}
    assert {row["cohort"] for row in rows} == {TABLES[name]}
    assert max(Counter(map(key, rows)).values()) == 1
    for row in rows:
        assert int(row["n"]) + int(row["missing"]) > 0
        assert row["centre"] == "" or math.isfinite(float(row["centre"]))


def test_printed_values_stand_beside_ours(smoke) -> None:
    printed = {key(row): row["published_centre"] for row in table(smoke.folder / OUT, "thesis_table_5_1")}
    assert printed["3D U-net", "ED", "LV", "dice", "median,sd"] == "0.956"
    assert printed["PSPU-net", "ED", "LV", "dice", "median,sd"] == "0.955"


@pytest.mark.parametrize("name", TABLES)
def test_a_tables_json_says_what_it_was_made_from(smoke, name: str) -> None:
    about = json.loads((smoke.folder / OUT / "tables" / f"{name}.json").read_text(encoding="utf-8"))
    assert about["table"] == name and about["seed"] == 0
    assert about["commit"] == "unknown"  # the copy is no checkout
    assert len(about["config_digest"]) == len(about["data_digest"]) == 16
    assert {"torch", "numpy", "SimpleITK", "snakemake", "python", "cardioprior"} <= set(about["versions"])
    assert "Not at the published scale" in about["caption"]


def test_every_claim_has_a_verdict_and_so_few_subjects_conclude_nothing(smoke) -> None:
    with (smoke.folder / OUT / "claims.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [field.name for field in fields(ClaimRow)]
    claims = [row for row in rows if not row["part"]]
    assert sorted({int(row["claim"]) for row in claims}) == list(range(1, 38))
    few = {row["verdict"] for row in claims if row["n"] and int(row["n"]) < 6}
    assert few == {"inconclusive"}


def test_every_subject_found_has_a_status(smoke) -> None:
    folder = smoke.folder / OUT / "cohorts" / "phantom_clinical"
    found, subjects, qc = (read_tsv(folder / f"{name}.tsv") for name in ("found", "subjects", "qc"))
    assert tuple(qc[0]) == QC_COLUMNS
    assert len(found) == 10
    assert sorted(s["subject"] for s in found) == sorted(s["subject"] for s in subjects)
    assert {row["subject"] for row in qc} == {row["subject"] for row in found}
    count = Counter(row["status"] for row in subjects)
    assert set(count) <= {"ok", "warning", "excluded"} and count.total() == len(found)


def test_only_test_subjects_are_scored_and_each_by_every_method_and_condition(smoke) -> None:
    for study, cohort, methods, conditions in (
        ("thesis_segmentation", "phantom_clinical", 3, 1),
        ("thesis_volume", "phantom_clinical", 1, 1),
        ("thesis_frames", "phantom_clinical", 3, 2),
        ("thesis_end_to_end", "phantom_clinical", 3, 2),
        ("slice_interpolation", "phantom_thin", 5, 1),
        ("latent_optimisation_multiview", "phantom_paired", 5, 1),
        ("acnn_ultrasound", "phantom_ultrasound", 3, 1),
        ("acnn_segmentation", "phantom_paired", 5, 2),
        ("acnn_superresolution", "phantom_paired", 4, 2),
        ("acnn_stacks", "phantom_diagnosis", 2, 1),
    ):
        split = read_tsv(smoke.folder / OUT / "splits" / study / f"{cohort}.tsv")
        tested = {row["subject"] for row in split if row["role"] == "test"}
        assert len(tested) == 3
        rows = read_rows(sorted((smoke.folder / OUT / "metrics" / study).rglob("*.csv")))
        assert tuple(rows.columns) == COLUMNS
        scored = rows[rows["subject"] != ""]
        assert set(scored["subject"]) == tested
        times = scored[scored["metric"] == "inference_time"].groupby(["method", "condition"])["subject"].apply(set)
        assert len({method for method, _ in times.index}) == methods
        assert all(subjects == tested for subjects in times) and len(times) >= methods * conditions


def test_a_method_that_is_tested_under_one_condition_is_tested_under_no_other(smoke) -> None:
    rows = read_rows(sorted((smoke.folder / OUT / "metrics" / "latent_optimisation").rglob("*.csv")))
    scored = rows[rows["subject"] != ""].groupby("method")["condition"].unique().map(sorted).to_dict()
    every = ["no-motion", "normal-motion", "severe-motion"]
    edsr = {f"EDSR, trained on {level} motion": every for level in ("normal", "severe")}
    assert scored == {"NN": every, "LO": every, "LO, PCA": ["severe-motion"], **edsr}


def test_a_study_that_follows_another_trains_on_whom_that_trains(smoke) -> None:
    of_both = [
        {row["subject"]: row["role"] for row in read_tsv(smoke.folder / OUT / "splits" / study / "phantom_paired.tsv")}
        for study in ("latent_optimisation", "latent_optimisation_multiview")
    ]
    assert of_both[0] == of_both[1] and set(of_both[0].values()) == {"train", "validation", "test"}


def test_a_cross_validated_study_tests_everybody_of_its_groups_in_every_draw(smoke) -> None:
    split = read_tsv(smoke.folder / OUT / "splits" / "acnn_pathology" / "phantom_diagnosis.tsv")
    tested = {row["subject"]: row["group"] for row in split if row["role"] == "test"}
    assert Counter(tested.values()) == {"NOR": 2, "DCM": 2, "HCM": 2}
    rows = read_rows(sorted((smoke.folder / OUT / "metrics" / "acnn_pathology").rglob("*.csv")))
    correct = rows[rows["metric"] == "correct"]
    assert set(correct["subject"]) == set(tested)
    draws = correct.groupby("method")["draw"].nunique().to_dict()
    elsewhere = {"T-L, other cohort": 2, "PCA, other cohort": 2, "volumes": 2}
    assert draws == {"T-L": 1, "PCA": 1, **elsewhere}
    assert all(len(part) == len(tested) * 2 for _, part in correct.groupby(["method", "draw"]))


def test_no_checkpoint_and_no_temporary_file_is_left(smoke) -> None:
    files = [path for path in (smoke.folder / OUT).rglob("*") if path.is_file() and ".locks" not in path.parts]
    assert files
    assert [path for path in files if path.name.startswith(".") or "checkpoints" in path.parts] == []


# --- what is done again


def test_a_finished_run_has_nothing_to_do(smoke) -> None:
    assert "Nothing to be done" in smoke.finish("--dry-run", *SMOKE)
    assert smoke.planned(*SMOKE) == set()


def test_a_comment_in_the_library_reruns_nothing(smoke) -> None:
    with appended(smoke.library / "metrics" / "surface.py", "\n# a remark\n"):
        assert smoke.planned(*SMOKE) == set()


def test_a_surface_metric_reruns_evaluation_and_what_follows_and_nothing_before(smoke) -> None:
    with appended(smoke.library / "metrics" / "surface.py", "\nADDED = 1\n"):
        planned = smoke.planned(*SMOKE)
    assert {rule for rule, _ in planned} == {
        "evaluate",
        "evaluate_together",
        "table",
        "figure",
        "claims",
        "browser",
        "report_page",
    }
    tables = {Path(path).stem for rule, path in planned if rule == "table"}
    assert tables == {
        "thesis_table_5_1", "thesis_table_5_2", "acnn_table_1", "acnn_table_2", "latent_optimisation_table_1",
        "latent_optimisation_table_2", "latent_optimisation_table_s1", "latent_optimisation_generators",
        "kspace_figure_2", "kspace_table_1", "kspace_table_2", "kspace_figure_4", "acnn_stacks",
    }  # fmt: skip
    measured = (
        "/kspace/",
        "/thesis_segmentation/",
        "/acnn_segmentation/",
        "/acnn_stacks/",
        "/acnn_ultrasound/",
        "/latent_optimisation/",
    )
    assert all(any(study in path for study in measured) for rule, path in planned if rule == "evaluate")


@pytest.mark.parametrize(
    ("method", "study", "batch", "shown"),
    [
        ("unet_3d", "thesis_segmentation", "methods-0", {"browser"}),
        ("lo_pca", "latent_optimisation", "lo_pca", set()),
    ],
    ids=["methods together", "a method alone"],
)
def test_a_methods_file_reruns_the_methods_that_share_its_jobs(
    smoke, method: str, study: str, batch: str, shown: set[str]
) -> None:
    with appended(smoke.library / "methods" / f"{method}.py", "\nADDED = 1\n"):
        planned = smoke.planned(*SMOKE)
    after = {"evaluate", "describe", "table", "figure", "claims", "report_page"}
    assert {rule for rule, _ in planned} == {"predict", *after, *shown}
    touched = {Path(path).parts[-5:-1] for rule, path in planned if rule in ("predict", "evaluate")}
    assert {(study, batch)} == {(folders[0], folders[3]) for folders in touched}


def test_another_number_of_epochs_retrains_that_model_alone(smoke) -> None:
    overlay = smoke.folder / "configs" / "smoke.yaml"
    with edited(overlay, "pspu_net: {width: 4, epochs: 1}", "pspu_net: {width: 4, epochs: 2}"):
        planned = smoke.planned(*SMOKE)
    assert [path for rule, path in planned if rule == "train"] == [
        f"{OUT}/models/thesis_segmentation/phantom_clinical/main/pspu_net/model.pt"
    ]
    using = {Path(path).parts[-5:-1] for rule, path in planned if rule in ("predict", "evaluate")}
    assert {(folders[0], folders[3]) for folders in using} == {
        ("thesis_segmentation", "methods-0"), ("thesis_end_to_end", "methods-0"),
    }  # fmt: skip
    assert not {rule for rule, _ in planned} & {"phantom", "convert", "split", "prepare", "degrade"}


def test_another_time_between_checkpoints_retrains_nothing(smoke) -> None:
    assert smoke.planned(*SMOKE, "--config", "compute={checkpoint_seconds: 60}") == set()


def test_another_preparation_leaves_the_other_study_alone(smoke) -> None:
    with edited(smoke.folder / "configs" / "smoke.yaml", "spacing_mm: 4.0", "spacing_mm: 4.1"):
        planned = smoke.planned(*SMOKE)
    assert {rule for rule, _ in planned} >= {"prepare", "train", "predict", "evaluate", "table"}
    assert all("thesis_frames" not in path and "thesis_table_7_1" not in path for _, path in planned)


# --- new studies, measured with the models of the run


def laid_out(smoke: Workflow, folder: Path) -> Path:
    """Two phantoms' files without their truth, in one folder, and a brain beside them."""
    hospital = folder / "ward 3"
    (hospital / "mixed").mkdir(parents=True)
    phantoms = sorted((smoke.folder / OUT / "raw" / "phantom_clinical").glob("*-001"))[:2]
    for phantom in phantoms:
        for path in phantom.rglob("*.IMA"):
            shutil.copy2(path, hospital / "mixed" / f"{phantom.name}-{path.name}")
    brain = dataset(pixels_of(0, 0), position_of(0), PatientID="other", BodyPartExamined="BRAIN")
    write(hospital / "brain" / "1.dcm", brain)
    return hospital


def apply_to(folder: Path) -> tuple[str, ...]:
    return ("apply", *CORES, *SMOKE, "--config", f"input={folder}")


def test_new_studies_are_measured_and_others_refused_with_a_sentence(smoke, tmp_path) -> None:
    hospital = laid_out(smoke, tmp_path)
    said = smoke.finish(*apply_to(hospital))
    folder = smoke.folder / OUT / "apply" / "ward_3"
    assert f"The measurements are in {folder / 'measurements.csv'}" in said
    with (folder / "measurements.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 and all(row["ed_frame"] and row["es_frame"] and row["bsa_m2"] for row in rows)
    qc = read_tsv(folder / "qc.tsv")
    assert {row["subject"] for row in qc} == {"brain", *(row["study"] for row in rows)}
    assert [(row["code"], row["status"]) for row in qc if row["subject"] == "brain"] == [
        ("other_body_part", "excluded")
    ]
    for row in rows:
        names = {path.name for path in (folder / "studies" / row["study"]).iterdir()}
        assert names == {f"{p}_{f}" for p in ("ED", "ES") for f in ("labels.nii.gz", "seg.dcm")} | {"overlay.png"}
    assert json.loads((folder / "apply.json").read_text(encoding="utf-8"))["studies"]["refused"] == 1
    assert smoke.planned(*apply_to(hospital)) == set()


def test_if_no_study_can_be_measured_the_run_fails_with_a_sentence_and_qc_stays(smoke, tmp_path) -> None:
    write(tmp_path / "heads" / "1.dcm", dataset(pixels_of(0, 0), position_of(0), BodyPartExamined="BRAIN"))
    done = smoke.run(*apply_to(tmp_path / "heads"))
    assert done.returncode == 1
    assert "conclude: none of 1 studies could be measured; " in done.stdout and "Traceback" not in done.stdout
    (row,) = read_tsv(smoke.folder / OUT / "apply" / "heads" / "qc.tsv")
    assert (row["status"], row["code"]) == ("excluded", "other_body_part")


def test_without_a_folder_apply_says_how_to_give_one(smoke) -> None:
    done = smoke.run("apply", *CORES, *SMOKE)
    assert done.returncode == 1
    assert "config key `input`: is not set; wanted a folder of studies: --config input=DIR" in done.stdout


def test_snakemakes_own_report_has_captions_and_categories_and_needs_no_network(smoke, monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers there
    smoke.finish("--report", "own.html", *CORES, *SMOKE)
    own = (smoke.folder / "own.html").read_text(encoding="utf-8")
    categories, results = (
        json.JSONDecoder().raw_decode(own[re.search(rf'var {name} = (?={{")', own).end() :])[0]
        for name in ("categories", "results")
    )
    for kind, ending, names in (("tables", "html", TABLES), ("figures", "png", registry.names("figures"))):
        for name in names:
            entry, path = registry.entry(kind, name), f"{OUT}/{kind}/{name}.{ending}"
            assert path in categories[registry.entry("studies", entry.study).title]["Other"]
            assert results[path]["labels"] == {"kind": kind[:-1], "name": name}
            caption = html.unescape(re.sub("<[^>]+>", "", results[path]["caption"]))
            assert caption.startswith(entry.caption[:20])
    assert results[f"{OUT}/claims.csv"]["caption"]


# --- two runs


def test_a_run_is_equal_to_itself_and_two_runs_are_asked_for_where_none_are_named(smoke) -> None:
    both = ("compare", *CORES, *SMOKE, "--config", f"run_a={OUT}", f"run_b={OUT}")
    folder = smoke.folder / OUT / "compare" / "results_smoke_and_results_smoke"
    assert f"The comparison is {folder / 'index.html'}" in smoke.finish(*both)
    with (folder / "tables.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["table"] for row in rows} == set(TABLES) and {row["outcome"] for row in rows} == {"equal"}
    with (folder / "claims.csv").open(newline="", encoding="utf-8") as file:
        assert {row["changed"] for row in csv.DictReader(file)} == {""}
    assert smoke.planned(*both) == set()
    done = smoke.run("compare", *CORES, *SMOKE)
    assert done.returncode == 1 and "found None and None; wanted two runs' folders" in done.stdout


# --- images that people rate


def test_filled_sheets_get_their_columns_and_a_wrong_one_a_sentence(smoke, tmp_path) -> None:
    study, cohort = "acnn_superresolution", "phantom_paired"
    folder = smoke.folder / OUT / "ratings" / study / cohort
    scores = {(row["method"], row["metric"]): row for row in table(smoke.folder / OUT, "acnn_table_3")}
    assert (scores["Linear", "mos_rater1"]["centre"], scores["Linear", "mos_rater1"]["missing"]) == ("", "3")
    assert "not rated [4.36 ± 0.62]" in (smoke.folder / OUT / "tables" / "acnn_table_3.md").read_text(encoding="utf-8")

    with (folder / "key.csv").open(newline="", encoding="utf-8") as file:
        linear = {row["item"] for row in csv.DictReader(file) if row["method"] == "Linear"}
    lines = (folder / "to_rate" / "rater1.csv").read_text(encoding="utf-8").splitlines()
    filled = [lines[0], *(line + ("2" if line.split(",")[0] in linear else "4") for line in lines[1:])]
    sheet = tmp_path / cohort / "rater1.csv"
    sheet.parent.mkdir()
    rated = ("tables", *CORES, *SMOKE, "--config", f"{study}={{ratings: {tmp_path}}}")
    sheet.write_text("\n".join([*filled[:-1], lines[-1] + "6"]), encoding="utf-8")
    done = smoke.run(*rated)
    assert done.returncode == 1 and "Traceback" not in done.stdout
    assert f"ratings: {sheet}, row {len(lines)}: " in done.stdout
    assert "has the score '6'; wanted a whole number from 1 to 5" in done.stdout

    sheet.write_text("\n".join(filled), encoding="utf-8")
    smoke.finish(*rated)
    scores = {(row["method"], row["metric"]): row for row in table(smoke.folder / OUT, "acnn_table_3")}
    assert {m: scores[m, "mos_rater1"]["centre"] for m in ("Linear", "ACNN-SR")} == {"Linear": "2", "ACNN-SR": "4"}
    assert scores["Linear", "mos_rater2"]["centre"] == ""
    smoke.finish(*CORES, *SMOKE)  # as it was, for other tests
    scores = {(row["method"], row["metric"]): row for row in table(smoke.folder / OUT, "acnn_table_3")}
    assert scores["Linear", "mos_rater1"]["centre"] == ""


# --- the same again


def test_a_second_run_elsewhere_gives_the_same_figures_to_the_last_digit(smoke, tmp_path) -> None:
    """Of studies from DICOM on, with models that depend on others, of many parts, and masks drawn in training."""
    studies = {"thesis_segmentation", "acnn_pathology", "kspace"}
    again = Workflow(tmp_path / "elsewhere")
    again.finish("tables", *CORES, *SMOKE, "--config", f"studies=[{', '.join(sorted(studies))}]")
    tables = [name for name in TABLES if registry.entry("tables", name).study in studies]
    first, second = figures(smoke.folder / OUT, tables), figures(again.folder / OUT, tables)
    assert len(first) > 100
    assert first == second


def test_two_shards_give_the_same_figures_as_one(smoke) -> None:
    """Of studies whose preparations are stored and not, which train, fit and interpolate."""
    studies = {"slice_interpolation", "thesis_frames"}
    chosen = f"studies=[{', '.join(sorted(studies))}]"
    smoke.finish("tables", *CORES, *SMOKE, "--config", "shards=2", "out=results/two", chosen)
    tables = [name for name in TABLES if registry.entry("tables", name).study in studies]
    one, two = figures(smoke.folder / OUT, tables), figures(smoke.folder / "results" / "two", tables)
    assert len(tables) == 3 and two.keys() == one.keys()
    for name, row in two.items():
        assert (one[name]["n"], one[name]["missing"]) == (row["n"], row["missing"])
        for column in ("centre", "spread"):
            assert (one[name][column] == "") == (row[column] == "")
            if row[column]:
                assert float(one[name][column]) == pytest.approx(float(row[column]), rel=1e-5, abs=1e-5), name

"""A page as a run leaves it, with every study on it, made from a handful of rows and squares in a few seconds."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from cardioprior import atomic, registry
from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.volume import Volume
from cardioprior.metrics.rows import MetricRow, write_rows
from cardioprior.onboarding import canonical
from cardioprior.report.claims import COLUMNS
from cardioprior.report.timeline import Job, Timeline
from cardioprior.stages import browser, report, table
from cardioprior.store import Record, write_shard
from tests.unit.tables.test_tables import ALL_ROWS, METHODS

#: three jobs in 20 s on two cores
TIMES = Timeline(
    100.0, 2,
    (Job("train", "a", 100, 101, 110, 7, 1, 410), Job("train", "a", 100, 102, 112, 9, 1, 630),
     Job("table", "a", 112, 113, 120, 6, 0, 210)),
    earlier=4,
)  # fmt: skip
FORMATS = ("csv", "md", "tex", "html", "json")
SLICES, SIDE = 3, 12
AFFINE = np.diag([2.0, 2.0, 10.0, 1.0])
USAGE = {"roles": {"train": 5, "validation": 1, "test": 3}, "unused": ["X: has no labels at ED"]}
#: subjects of the browsed study, and how many columns of four the prediction lies beside the truth
OFF = {"a": 0, "b": 3, "c": 1}


def square(value: int, off: int = 0, rows: slice = slice(2, 6)) -> np.ndarray:
    """Labels (z, y, x): four columns from the second on, in every slice but the last."""
    labels = np.zeros((SLICES, SIDE, SIDE), np.uint8)
    labels[:-1, rows, 2 + off : 6 + off] = value
    return labels


def predicted(folder: Path, method: str = "3D U-net", cohort: str = "acdc") -> browser.Predicted:
    """A method's predictions of OFF's subjects at ED (LV) and ES (LV, beside it an RV that nobody annotated)."""
    records, predictions, rows = [], [], []
    grid = {"shape_zyx": [SLICES, SIDE, SIDE], "affine": AFFINE.tolist()}
    for name, off in OFF.items():
        image = np.zeros((2, SLICES, SIDE, SIDE), np.int16)
        image[:, :, 2:6, 2:6] = np.arange(1, SLICES + 1)[:, None, None] * 100
        annotations = (Annotation(0, "ED", ("LV", "RV"), square(1)), Annotation(1, "ES", ("LV",), square(1)))
        view = View("sax", Volume(image, AFFINE), (0, 1), 2, annotations=annotations)
        canonical.write(folder, LoadedSubject(Subject(name, ()), {"sax": view}))
        records.append(Record(name, {}, {"grid": grid}))
        predictions.append(Record(name, {"labels_ED": square(1, off), "labels_ES": square(1, off)}, {"seconds": 1}))
        row = MetricRow(cohort=cohort, method=method, condition="clean", subject=name, group="NOR", structure="LV",
                        metric="dice", value=1 - off / 4, fold="main")  # fmt: skip
        rows.append(row)
    shards = folder / f"{method}-predictions.h5", folder / f"{method}-records.h5"
    write_shard(shards[0], predictions)
    write_shard(shards[1], records)
    write_rows(folder / f"{method}.csv", rows)
    return browser.Predicted(cohort, method, [shards], [folder / f"{method}.csv"], folder)


def claim(**cells: str) -> dict[str, str]:
    """A claim's row, with what is not given made up."""
    return {**dict.fromkeys(COLUMNS, ""), "claim": "1", "paper": "thesis", "cohort": "acdc",
            "sentence": "Both find the LV.", "verdict": "reproduced", "why": "They do.", **cells}  # fmt: skip


CLAIMS = (
    claim(
        test="one-sided Wilcoxon signed-rank", statistic="36", p_value="0.00390625", n="8", smallest_effect="Dice .03"
    ),
    claim(claim="2", paper="acnn", verdict="inconclusive", sentence="Two things hold & a third < both."),
    claim(claim="2", paper="acnn", part="the first", verdict="reproduced"),
    claim(claim="2", paper="acnn", part="the second", verdict="inconclusive"),
    claim(claim="3", verdict="not reproduced"),
    claim(claim="4", paper="kspace", verdict="not run", why="kspace did not run."),
)


def write_claims(path: Path, rows: tuple[dict[str, str], ...] = CLAIMS) -> Path:
    """claims.csv."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_tables(folder: Path) -> dict[str, Path]:
    """Every table in every format; the html fragments by name."""
    for name, rows in ALL_ROWS.items():
        write_rows(folder / f"{name}-rows.csv", rows())
        out = {suffix: folder / f"{name}.{suffix}" for suffix in FORMATS}
        stated = {"seed": 7, "config_digest": "c" * 16}
        table.run(
            name, [folder / f"{name}-rows.csv"], METHODS[name], "main", "Not at the published scale.", stated, out
        )
    return {name: folder / f"{name}.html" for name in ALL_ROWS}


def write_figures(folder: Path) -> dict[str, Path]:
    """A small picture a figure."""
    from PIL import Image

    for name in registry.names("figures"):
        Image.new("RGB", (640, 400), "silver").save(folder / f"{name}.png")
    return {name: folder / f"{name}.png" for name in registry.names("figures")}


def write_cohort(folder: Path) -> tuple[Path, Path]:
    """subjects.tsv and qc.tsv of three subjects, one with a warning."""
    subjects, qc = folder / "subjects.tsv", folder / "qc.tsv"
    subjects.write_text("subject\tstatus\tgroup\na\tok\tNOR\nb\tok\tNOR\nc\twarning\t\n", encoding="utf-8")
    qc.write_text("subject\tstatus\tcode\tsentence\na\tok\t\t\nc\twarning\todd\tc: is <odd>\n", encoding="utf-8")
    return subjects, qc


def part(name: str, folder: Path, browsed: Path | None = None) -> report.Part:
    """A study on the page, with all of its tables and figures and those methods that its tables' rows are of."""
    study = registry.entry("studies", name)
    titles = {title for of_table in study.tables for title in METHODS[of_table]}
    entries = {method: registry.entry("methods", method).title for method in registry.names("methods")}
    atomic.write_json(folder / "model.json", {"parameters": {"n": 7}, "training_seconds": 76.0, "device": "x86_64"})
    return report.Part(
        name=name, paper=study.paper, title=study.title, follows=study.follows, tables=study.tables,
        figures={figure: registry.entry("figures", figure).caption for figure in study.figures},
        methods={method: title for method, title in entries.items() if title in titles},
        protocol=study.protocol, usage={"acdc": USAGE}, scale="Not at the published scale.",
        models=[folder / "model.json"], browser=browsed,
    )  # fmt: skip


def whole_page(folder: Path, left_out: tuple[str, ...] = ()) -> Path:
    """index.html with all studies but those left out, in its own folder beside the tables."""
    for below in ("tables", "figures", "nifti"):
        (folder / below).mkdir(parents=True)
    browser.run("segmentation", [predicted(folder / "nifti"), predicted(folder / "nifti", "PSPU-net")],
                folder / "browser.json")  # fmt: skip
    names = [name for name in registry.names("studies") if name not in left_out]
    parts = [part(name, folder, folder / "browser.json" if name == "thesis_segmentation" else None) for name in names]
    out = folder / "report" / "index.html"
    report.run(
        write_tables(folder / "tables"), write_figures(folder / "figures"), parts,
        [registry.entry("studies", name).title for name in left_out], {"acdc": write_cohort(folder)},
        write_claims(folder / "claims.csv"), out, TIMES,
    )  # fmt: skip
    return out

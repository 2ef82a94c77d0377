"""From shards to measurements.csv and qc.tsv: every study is accounted for, measured or not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardioprior import atomic, digest
from cardioprior.errors import CardioPriorError
from cardioprior.metrics.measurements import Segmented, measure
from cardioprior.onboarding.accounts import read_tsv
from cardioprior.stages.applied import COLUMNS, conclude, gather

KNOWN = {"study": "b", "ed_frame": 0, "es_frame": 8, "lv_ef_percent": 61.2345, "bsa_m2": 1.8765, "warnings": "x, y | z"}
ROW = {**dict.fromkeys(COLUMNS), **KNOWN}
REFUSED = {"status": "excluded", "code": "not_oblique", "sentence": "a: is transverse; wanted a short axis"}


def record(subject: str, row: dict[str, Any] | None, *findings: dict[str, str]) -> dict[str, Any]:
    return {"subject": subject, "row": row, "findings": list(findings)}


def gathered(folder: Path, *shards: list[dict[str, Any]]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Rows of measurements.csv and of qc.tsv."""
    manifests = [folder / f"shard-{number}.json" for number in range(len(shards))]
    for manifest, studies in zip(manifests, shards, strict=True):
        atomic.write_json(manifest, {"studies": studies})
    gather(manifests, folder / "measurements.csv", folder / "qc.tsv")
    with (folder / "measurements.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), read_tsv(folder / "qc.tsv")


def test_a_measured_study_is_a_row_with_unknown_figures_empty(tmp_path: Path) -> None:
    ((row,), (qc,)) = gathered(tmp_path, [record("b", ROW)])
    assert tuple(row) == COLUMNS
    shown = {name: value for name, value in row.items() if value}
    assert shown == {**{name: str(KNOWN[name]) for name in KNOWN}, "lv_ef_percent": "61.2", "bsa_m2": "1.88"}
    assert qc == {"subject": "b", "status": "ok", "code": "", "sentence": ""}


def test_a_refused_study_is_in_qc_alone_and_studies_are_sorted(tmp_path: Path) -> None:
    warning = {"status": "warning", "code": "no_ejection", "sentence": "c: grows"}
    rows, qc = gathered(tmp_path, [record("c", ROW, warning), record("b", ROW)], [record("a", None, REFUSED)])
    assert len(rows) == 2
    assert [(row["subject"], row["status"]) for row in qc] == [("a", "excluded"), ("b", "ok"), ("c", "warning")]


def test_every_figure_that_is_measured_has_a_column() -> None:
    labels = np.ones((1, 2, 2), np.uint8)
    assert set(measure(Segmented(labels, labels, 1.0), 170, 70)) <= set(COLUMNS)


def test_what_was_measured_with_is_told_with_the_models_checksums(tmp_path: Path) -> None:
    gathered(tmp_path, [record("b", ROW), record("a", None, REFUSED)])
    model = tmp_path / "model.pt"
    model.write_bytes(b"weights")
    conclude(tmp_path / "qc.tsv", {"net": model}, {"method": "m"}, tmp_path / "apply.json")
    told = atomic.read_json(tmp_path / "apply.json")
    assert told["studies"] == {"found": 2, "measured": 1, "refused": 1}
    assert told["models"] == {"net": digest.file_sha256(model)} and told["method"] == "m"
    assert {"commit", "versions"} <= set(told)


def test_if_nothing_was_measured_one_sentence_says_so_and_where_to_look(tmp_path: Path) -> None:
    gathered(tmp_path, [record("a", None, REFUSED)])
    with pytest.raises(CardioPriorError, match=r"none of 1 studies could be measured; .*qc\.tsv says why .*transverse"):
        conclude(tmp_path / "qc.tsv", {}, {}, tmp_path / "apply.json")
    assert (tmp_path / "qc.tsv").is_file() and not (tmp_path / "apply.json").exists()

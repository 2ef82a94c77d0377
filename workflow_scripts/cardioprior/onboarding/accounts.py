"""Every subject is accounted for: the tables of those found, of what became of each, and the way in and out of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from cardioprior import atomic, seeds
from cardioprior.cohorts.contract import Role, Subject
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.ids import file_id

#: what onboarding.volumes measures; named here too, so that reading a table loads no numpy
VOLUMES = ("lv_ed_ml", "lv_es_ml", "lv_ef_percent", "rv_ed_ml", "rv_es_ml", "lv_mass_g")
#: of the canonical images, labels and pictures apart
IMAGE_ENDINGS = tuple(f"_{role}.nii.gz" for role in get_args(Role))
QC_COLUMNS = ("subject", "status", "code", "sentence")
FOUND_COLUMNS = (
    *("subject", "shard", "group", "sex", "height_cm", "weight_kg", "ed_frame", "es_frame", "edv_ml", "esv_ml"),
    "sources",
)
SUBJECT_COLUMNS = (
    *("subject", "shard", "status", "group", "sex", "height_cm", "weight_kg", "edv_ml", "esv_ml", "views", "phases"),
    *("phases_from", "slices", "frames", "cycle_length", "spacing_z_mm", "spacing_y_mm", "spacing_x_mm"),
    *VOLUMES,
)


def write_found(path: Path, subjects: Sequence[Subject], shards: int) -> None:
    """The list of subjects found, one row each, with its shard. Names that no file can have become safe ids."""
    subjects = [replace(subject, id=file_id(subject.id)) for subject in subjects]
    twice = [subject for subject, n in Counter(s.id for s in subjects).items() if n > 1]
    if twice:
        raise CardioPriorError(f"{path.parent.name}: subject ids occur twice: {', '.join(twice)}; wanted unique ids")
    rows = [
        (s.id, seeds.shard_of(s.id, shards), s.group, s.sex, s.height_cm, s.weight_kg, s.ed_frame, s.es_frame,
         s.edv_ml, s.esv_ml, json.dumps(s.sources))
        for s in subjects
    ]  # fmt: skip
    write_tsv(path, FOUND_COLUMNS, rows)


def read_found(path: Path, shard: int | None = None) -> list[Subject]:
    """Subjects of a found list, all or those of a shard."""
    return [
        Subject(
            id=row["subject"],
            sources=tuple(json.loads(row["sources"])),
            group=row["group"],
            sex=row["sex"],
            height_cm=_float(row["height_cm"]),
            weight_kg=_float(row["weight_kg"]),
            ed_frame=int(row["ed_frame"]) if row["ed_frame"] else None,
            es_frame=int(row["es_frame"]) if row["es_frame"] else None,
            edv_ml=_float(row["edv_ml"]),
            esv_ml=_float(row["esv_ml"]),
        )
        for row in read_tsv(path)
        if shard is None or int(row["shard"]) == shard
    ]


def _float(text: str) -> float | None:
    return float(text) if text else None


def finding(status: str, code: str, sentence: str) -> dict[str, str]:
    return {"status": status, "code": code, "sentence": readable(sentence)}


def readable(text: str) -> str:
    """A text that any file and terminal can hold: bytes of names that are no UTF-8 become escapes."""
    return text.encode(errors="backslashreplace").decode()


def gather(manifests: Sequence[Path], subjects_tsv: Path, qc_tsv: Path, strict: bool) -> None:
    """Writes subjects.tsv and qc.tsv from the shards' manifests. With `strict`, an exclusion is an error instead.

    Subjects with the same images are warned of here (`same_images`): one might be trained on and another tested.
    """
    records = sorted(
        ((shard, record) for shard, path in enumerate(manifests) for record in atomic.read_json(path)["subjects"]),
        key=lambda item: item[1]["subject"],
    )
    _warn_of_twins([record for _, record in records])
    excluded = [f["sentence"] for _, record in records for f in record["findings"] if f["status"] == "excluded"]
    if strict and excluded:
        raise CardioPriorError("strict is on and subjects would be left out:\n" + "\n".join(excluded))
    qc = []
    for _, record in records:
        findings = record["findings"] or [finding("ok", "", "")]
        qc += [(record["subject"], f["status"], f["code"], f["sentence"]) for f in findings]
    subjects = []
    for shard, record in records:
        about = {**record, **record.get("about", {}), "shard": shard}
        subjects.append([about.get(column, "") for column in SUBJECT_COLUMNS])
    write_tsv(qc_tsv, QC_COLUMNS, qc)
    write_tsv(subjects_tsv, SUBJECT_COLUMNS, subjects)


def _warn_of_twins(records: Sequence[dict[str, Any]]) -> None:
    """Adds a warning to every record whose image has the bytes of another subject's."""
    images: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        of_subject = {checksum for name, checksum in record["files"].items() if name.endswith(IMAGE_ENDINGS)}
        for checksum in of_subject:
            images.setdefault(checksum, []).append(record)
    for alike in images.values():
        for record in alike if len(alike) > 1 else ():
            other = next(one["subject"] for one in alike if one is not record)
            sentence = f"{record['subject']}: has the same image as {other}; wanted a subject once"
            record["findings"].append(finding("warning", "same_images", sentence))
            record["status"] = "warning"


def write_tsv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A tab-separated table; tabs and line breaks in values become spaces, None becomes empty."""
    lines = ["\t".join(columns)]
    lines += ["\t".join(map(_cell, row)) for row in rows]
    atomic.write_text(path, "\n".join(lines) + "\n")


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(str(value).replace("\t", " ").splitlines())


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Rows of a tab-separated table, all values text."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]

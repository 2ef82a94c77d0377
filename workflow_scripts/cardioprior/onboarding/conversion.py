"""From subjects found to canonical files and to qc.tsv: every subject is accounted for, none stops the others."""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cardioprior import atomic, digest, seeds
from cardioprior.cohorts.contract import Cohort, LoadedSubject, Role, Subject
from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.onboarding.ids import file_id

if TYPE_CHECKING:
    from cardioprior.onboarding.identity import Identity

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


def convert(
    cohort: Cohort, subjects: Sequence[Subject], folder: Path, identity: Identity | None = None
) -> list[dict[str, Any]]:
    """Converts subjects one by one into `folder`; the shard's manifest, one record a subject.

    A record has the subject's id, group, status (ok, warning, excluded), findings, files with their SHA-256 and what
    is known of its images. identity: subjects are under its pseudonyms, and nothing else of them is told.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # readers' warnings quote what stands in headers
        return [_convert_one(cohort, subject, folder, identity) for subject in subjects]


def _convert_one(cohort: Cohort, subject: Subject, folder: Path, identity: Identity | None) -> dict[str, Any]:
    from cardioprior.onboarding import canonical
    from cardioprior.onboarding.checks import check
    from cardioprior.onboarding.thumbnails import write_thumbnail

    record: dict[str, Any] = {"subject": subject.id, "group": subject.group, "files": {}, "findings": []}
    original = identity.original(subject.id) if identity else subject

    def told(sentence: str) -> str:
        return identity.scrub(original, sentence) if identity else sentence

    try:
        loaded = cohort.load(original)
        if identity:
            hidden = replace(loaded.subject, id=subject.id, sources=())
            loaded = replace(loaded, subject=hidden)
        findings = tuple(replace(finding, sentence=told(finding.sentence)) for finding in check(loaded))
        loaded = replace(loaded, findings=findings)
        for finding in findings:
            if finding.status == "excluded":
                raise SubjectError(finding.code, finding.sentence)
        thumbnail = folder / f"sub-{subject.id}_thumbnail.png"
        write_thumbnail(thumbnail, loaded)
        files = [thumbnail, *canonical.write(folder, loaded)]
    except SubjectError as error:
        sentence = told(error.sentence)
        return {**record, "status": "excluded", "findings": [_finding("excluded", error.code, sentence)]}
    except CardioPriorError as error:
        # what is beside a subject's images, such as a table of label values
        return {**record, "status": "excluded", "findings": [_finding("excluded", "bad_table", told(str(error)))]}
    except Exception as error:
        # A reader's own complaint: the subject is lost, the run is not; the log has the whole story.
        sentence = f"{original.id}: could not be read ({type(error).__name__}: {error}); the log has the details"
        print(told(traceback.format_exc()), file=sys.stderr)
        return {**record, "status": "excluded", "findings": [_finding("excluded", "unreadable", told(sentence))]}
    print(f"{subject.id}: {', '.join(loaded.views)}", flush=True)
    return {
        **record,
        "status": "warning" if loaded.findings else "ok",
        "findings": [_finding(f.status, f.code, f.sentence) for f in loaded.findings],
        "files": {path.name: digest.file_sha256(path) for path in files},
        "about": _about(loaded),
    }


def _about(loaded: LoadedSubject) -> dict[str, Any]:
    from cardioprior.onboarding.volumes import measure

    view = loaded.views.get("sax") or next(iter(loaded.views.values()))
    z, y, x = (round(mm, 4) for mm in view.image.spacing_mm)
    subject = loaded.subject
    return {
        "group": subject.group,
        "sex": subject.sex,
        "height_cm": subject.height_cm,
        "weight_kg": subject.weight_kg,
        "edv_ml": subject.edv_ml,
        "esv_ml": subject.esv_ml,
        "views": "|".join(loaded.views),
        "phases": "|".join(a.phase for a in view.annotations if a.phase),
        "phases_from": view.phases_from,
        "slices": view.image.shape_zyx[0],
        "frames": view.image.data.shape[0],
        "cycle_length": view.cycle_length,
        "spacing_z_mm": z,
        "spacing_y_mm": y,
        "spacing_x_mm": x,
        **measure(view),
    }


def _finding(status: str, code: str, sentence: str) -> dict[str, str]:
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
        findings = record["findings"] or [_finding("ok", "", "")]
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
            record["findings"].append(_finding("warning", "same_images", sentence))
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

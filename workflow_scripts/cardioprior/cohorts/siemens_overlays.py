"""The thesis' own data: Siemens DICOM cines with contours in overlay planes.

One folder a subject, `.IMA` files at any depth below it. An optional `subjects.csv` in the root has the columns
subject, group, sex, height_cm, weight_kg. LV endocardium, LV epicardium and RV endocardium are drawn at ED; at ES the
epicardium is not, which is how the two frames are told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior.cohorts.contract import Annotation, Cohort, LoadedSubject, Phase, Subject
from cardioprior.cohorts.dicom_cine import damaged_files, sax_view, subject_folders
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.onboarding import tables

if TYPE_CHECKING:
    from cardioprior.imaging.dicom import Cine

TABLE = "subjects.csv"
COLUMNS = ("subject", "group", "sex", "height_cm", "weight_kg")


class Adapter(Cohort):
    """A folder of such subjects."""

    signs = (r"^[^/]+/.*\.(IMA|ima)$",)
    rank = 2

    def find(self) -> Sequence[Subject]:
        """Every folder with files is a subject; one that only `subjects.csv` names is found too, and fails to load."""
        names = subject_folders(self.root)
        known = _read_table(self.root / TABLE)
        subjects = {name: replace(known.get(name, Subject(name, ())), sources=(name,)) for name in names}
        return [(known | subjects)[name] for name in sorted(known | subjects)]

    def load(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.dicom import find_stacks, short_axis

        if not subject.sources:
            raise SubjectError(
                "no_files", f"{self.root / TABLE}: names {subject.id}; wanted files in {self.root / subject.id}"
            )
        study = find_stacks([self.root / source for source in subject.sources])
        cine = short_axis(study)
        annotations, findings = _annotations(cine, study.folder)
        view = replace(sax_view(cine), annotations=annotations, phases_from="labels" if annotations else "")
        phases = {annotation.phase: annotation.frame for annotation in annotations if annotation.phase}
        subject = replace(subject, ed_frame=phases.get("ED"), es_frame=phases.get("ES"))
        return LoadedSubject(subject, {"sax": view}, damaged_files(study) + findings)


def _read_table(path: Path) -> dict[str, Subject]:
    """Subjects by id, without sources; empty if there is no file."""
    if not path.is_file():
        return {}
    rows = tables.read_rows(path, COLUMNS)
    subjects = [_read_row(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]
    found = {subject.id: subject for subject in subjects}
    if len(found) < len(subjects):
        ids = [subject.id for subject in subjects]
        raise CardioPriorError(
            f"{path}: names {next(i for i in ids if ids.count(i) > 1)} twice; wanted a row a subject"
        )
    return found


def _read_row(row: dict[str, str], where: str) -> Subject:
    if not row["subject"]:
        raise CardioPriorError(f"{where}: has no subject; wanted the name of its folder")
    height, weight = tables.height_cm(row["height_cm"]), tables.weight_kg(row["weight_kg"])
    for column, value in (("height_cm", height), ("weight_kg", weight)):
        if row[column] and value is None:
            raise CardioPriorError(f"{where}: found {column} {row[column]!r}; wanted a number above 0, or nothing")
    return Subject(row["subject"], (), row["group"], tables.sex(row["sex"]), height, weight)


def _annotations(cine: Cine, where: str) -> tuple[tuple[Annotation, ...], tuple[Finding, ...]]:
    """Labels of every frame with outlines, with ED and ES found among them, and what was unclear about that."""
    _check_grid(cine)
    drawn = [t for t, frame in enumerate(cine.overlays) if any(p.bits.any() for planes in frame for p in planes)]
    read = {t: _annotation(cine, t, where) for t in drawn}
    ed = _choose([a for a in read.values() if "MYO" in a.structures], largest=True)
    if ed:  # where nothing is nested, the labels of ED tell LV from RV
        read |= {t: _annotation(cine, t, where, ed) for t, a in read.items() if "MYO" not in a.structures}
    left = [a for a in read.values() if "LV" in a.structures and a is not ed]
    es = _choose([a for a in left if "MYO" not in a.structures] or (left if ed else []), largest=False)
    chosen: tuple[tuple[Annotation | None, Phase], ...] = ((ed, "ED"), (es, "ES"))
    phases = {annotation.frame: phase for annotation, phase in chosen if annotation}
    annotations = tuple(replace(a, phase=phases.get(t, a.phase)) for t, a in read.items())
    return annotations, _findings(annotations, where)


def _annotation(cine: Cine, frame: int, where: str, reference: Annotation | None = None) -> Annotation:
    from cardioprior.imaging.outlines import labels_of_frame

    source = f"{where}, frame {frame + 1}"
    labels, structures = labels_of_frame(cine.overlays[frame], source, reference.labels if reference else None)
    return Annotation(frame=frame, phase="", structures=structures, labels=labels)


def _choose(candidates: Sequence[Annotation], largest: bool) -> Annotation | None:
    """The candidate with the largest or smallest LV, None if there is none; the first of equals."""
    from cardioprior.imaging.labels import LV

    sign = -1 if largest else 1
    return min(candidates, key=lambda a: sign * int((a.labels == LV).sum()), default=None)


def _check_grid(cine: Cine) -> None:
    for frame in cine.files:
        for file in frame:
            for plane in file.overlays:
                if plane.bits.any() and (plane.bits.shape != file.shape or plane.origin != (1, 1)):
                    raise SubjectError(
                        "label_grid",
                        f"{file.path}: overlay {plane.group:04X} of {plane.bits.shape[0]} x {plane.bits.shape[1]} "
                        f"pixels at row {plane.origin[0]}, column {plane.origin[1]} is not on the image grid of "
                        f"{file.shape[0]} x {file.shape[1]} pixels at row 1, column 1",
                    )


def _findings(annotations: Sequence[Annotation], where: str) -> tuple[Finding, ...]:
    def warn(code: str, sentence: str) -> Finding:
        return Finding("warning", code, f"{where}: {sentence}")

    frames = {phase: [a.frame + 1 for a in annotations if a.phase == phase] for phase in ("ED", "ES", "")}
    if not annotations:
        return (warn("no_labels", "no file of its short axis has an overlay; wanted contours at ED and ES"),)
    found = []
    if not frames["ED"]:
        found.append(warn("no_ed", "no frame has an epicardial contour; wanted LV endocardium and epicardium at ED"))
    if not frames["ES"]:
        found.append(warn("no_es", "no second frame has an LV contour; wanted LV endocardium at ES"))
    if frames[""]:
        found.append(
            warn(
                "several_phases",
                f"frames {frames['']} have contours too; took the largest LV with myocardium (frame {frames['ED']}) as "
                f"ED and the smallest without (frame {frames['ES']}) as ES",
            )
        )
    return tuple(found)

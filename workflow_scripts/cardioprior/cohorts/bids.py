"""NIfTI files named as BIDS names them: `sub-<id>[/ses-<id>]/<any folder>/sub-<id>_…_<suffix>.nii.gz`.

BIDS knows no cardiac cine, so that what it leaves open is read as follows. A label map has the suffix dseg, seg, mask,
label, labels or gt and lies beside its image or below `derivatives/`; its image is the one with the same entities (all
`key-value` parts but desc, label and space). The role follows from the other parts of the name: `4ch` is la4ch, `2ch`,
`3ch`, `lax` and `la` are passed over, all else is sax. An entity `phase-ED` or `frame-<n>` (from 0) makes a file a
single frame; several such are one view. What a label's values mean is read from a table of `index` and `name`
(`…_dseg.tsv` or `dseg.tsv`, beside it or anywhere above it), without one LV=1, MYO=2, RV=3.

`participants.tsv` may have the columns group, sex, height, weight, ed_frame and es_frame (from 0).
"""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cardioprior.cohorts.contract import Annotation, Cohort, LoadedSubject, Phase, Role, Subject, View
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.imaging.nifti_names import is_nifti_name, stem
from cardioprior.onboarding import tables

LABEL_SUFFIXES = ("dseg", "seg", "mask", "label", "labels", "gt")
OTHER_VIEWS = ("2ch", "3ch", "lax", "la")
NOT_COMPARED = ("desc", "label", "space")
#: what tables call the structures, in lower case, without blanks and signs
NAMES = {
    **dict.fromkeys(("lv", "lvc", "lvcavity", "leftventricle", "leftventricularcavity", "lvbloodpool"), "LV"),
    **dict.fromkeys(("myo", "lvm", "myocardium", "lvmyocardium", "leftventricularmyocardium"), "MYO"),
    **dict.fromkeys(("rv", "rvc", "rvcavity", "rightventricle", "rightventricularcavity", "rvbloodpool"), "RV"),
}


@dataclass(frozen=True)
class File:
    """A file and what its name says; words: parts without a key, the suffix among them."""

    path: Path
    entities: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    @property
    def is_label(self) -> bool:
        """Whether the name is a label map's."""
        return bool(self.words) and self.words[-1] in LABEL_SUFFIXES

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What an image and its label map have in common."""
        return tuple(entity for entity in self.entities if entity[0] not in NOT_COMPARED)

    @property
    def role(self) -> Role | None:
        """The view that the file is of, None for one that is not used."""
        said = {*self.words, *(value.lower() for key, value in self.entities if key not in ("sub", "ses"))}
        if any("4ch" in word for word in said):
            return "la4ch"
        return (
            None if any(part in word for word in said for part in OTHER_VIEWS[:2]) or said & {*OTHER_VIEWS} else "sax"
        )

    @property
    def phase(self) -> Phase:
        """ED or ES where the name has it."""
        phase = dict(self.entities).get("phase", "").upper()
        return phase if phase in ("ED", "ES") else ""  # type: ignore[return-value]

    @property
    def frame(self) -> int | None:
        """The frame's number where the name has it."""
        return tables.frame_number(dict(self.entities).get("frame"))

    @property
    def is_single(self) -> bool:
        """Whether the name makes it one frame of several files."""
        return bool(self.phase) or self.frame is not None


class Adapter(Cohort):
    """The subjects of such a folder. Of several sessions the first is taken, with a warning: subjects stay apart."""

    signs = (r"^sub-[^/]+/.*sub-[^/]+\.nii(\.gz)?$",)
    rank = 2

    def find(self) -> Sequence[Subject]:
        folders = sorted(path for path in self.root.glob("sub-*") if path.is_dir())
        if not folders:
            raise CardioPriorError(
                f"{self.root}: found no folder sub-<id>; wanted BIDS' layout, sub-<id>/…/sub-<id>_*.nii.gz"
            )
        return [self._subject(folder) for folder in folders]

    def load(self, subject: Subject) -> LoadedSubject:
        folder = self.root / subject.sources[0]
        sessions = sorted(path.name for path in folder.glob("ses-*") if path.is_dir())
        findings = []
        if len(sessions) > 1:
            sentence = f"{folder}: has sessions {', '.join(sessions)}; took {sessions[0]}, wanted one a subject"
            findings.append(Finding("warning", "several_sessions", sentence))
        files = self._files(folder, sessions[0] if sessions else "")
        images = [file for file in files if not file.is_label and file.role]
        if not images:
            raise SubjectError("no_image", f"{folder}: holds no short-axis image; wanted {folder.name}_*.nii.gz")
        views: dict[Role, View] = {}
        for role in sorted({file.role for file in images if file.role}, reverse=True):
            labels = [file for file in files if file.is_label and file.role == role]
            views[role], noticed = self._view(subject, role, [file for file in images if file.role == role], labels)
            findings += noticed
        return LoadedSubject(subject, views, tuple(findings))

    @cached_property
    def _participants(self) -> dict[str, dict[str, str]]:
        path = self.root / "participants.tsv"
        rows = tables.read_rows(path, ("participant_id",)) if path.is_file() else []
        return {row["participant_id"].removeprefix("sub-"): row for row in rows}

    def _subject(self, folder: Path) -> Subject:
        name = folder.name.removeprefix("sub-")
        row = self._participants.get(name, {})
        return Subject(
            id=name,
            sources=(folder.name,),
            group="" if row.get("group") == "n/a" else row.get("group", ""),
            sex=tables.sex(row.get("sex")),
            height_cm=tables.height_cm(tables.first_of(row, "height", "height_cm")),
            weight_kg=tables.weight_kg(tables.first_of(row, "weight", "weight_kg")),
            ed_frame=tables.frame_number(row.get("ed_frame")),
            es_frame=tables.frame_number(row.get("es_frame")),
        )

    def _files(self, folder: Path, session: str) -> list[File]:
        """The subject's NIfTI files of one session, those below derivatives included."""
        name = glob.escape(folder.name)
        below = [folder, *sorted(self.root.glob(f"derivatives/**/{name}"))]
        paths = [path for start in below for path in sorted(start.rglob(f"{name}_*")) if is_nifti_name(path.name)]
        files = [_parse(path) for path in paths]
        return [file for file in files if dict(file.entities).get("ses", "") in ("", session.removeprefix("ses-"))]

    def _view(self, subject: Subject, role: Role, images: list[File], labels: list[File]) -> tuple[View, list[Finding]]:
        from cardioprior.imaging.nifti_steps import read_checked
        from cardioprior.onboarding.phases import settle_phases

        singles = [file for file in images if file.is_single]
        whole = [file for file in images if not file.is_single]
        if len(whole) > 1:
            whole = _cines(whole)
        if len(whole) > 1:
            names = ", ".join(file.path.name for file in whole)
            raise SubjectError(
                "several_images",
                f"{self.root / subject.sources[0]}: {names} may each be its {role} image; wanted one, or one whose "
                "name ends in _cine",
            )
        findings: list[Finding] = []
        if whole:
            image, noticed = read_checked(whole[0].path)
            findings += noticed
            view = View(role, image, tuple(range(len(image.data))), len(image.data))
        else:
            view, noticed = _joined(role, singles, subject)
            findings += noticed
        annotations, noticed = self._annotations(subject, view, whole[0] if whole else None, singles, labels)
        view = replace(view, annotations=annotations)
        return settle_phases(view, subject.ed_frame, subject.es_frame), [*findings, *noticed]

    def _annotations(
        self, subject: Subject, view: View, whole: File | None, singles: list[File], labels: list[File]
    ) -> tuple[tuple[Annotation, ...], tuple[Finding, ...]]:
        from cardioprior.imaging.labels import STRUCTURES
        from cardioprior.imaging.nifti_steps import read_checked
        from cardioprior.onboarding.labelled import read_annotation, with_labels_of_cine

        found: list[Annotation] = []
        assumed: list[File] = []
        for label in labels:
            values = self._values(label)
            assumed += [] if values else [label]
            values = values or STRUCTURES
            if whole and label.key == whole.key and len(view.image.data) > 1:
                drawn = read_checked(label.path)[0]
                found += with_labels_of_cine(view, drawn, label.path, values).annotations
                continue
            index = _index(label, view, singles, whole, subject)
            if index is None:
                raise SubjectError(
                    "no_image",
                    f"{label.path}: has no image of its name; wanted one with the parts "
                    f"{'_'.join('-'.join(part) for part in label.key)}",
                )
            found.append(read_annotation(label.path, view.image, index, label.phase, values))
        frames = [annotation.frame for annotation in found]
        if len(set(frames)) < len(frames):
            names = ", ".join(label.path.name for label in labels)
            raise SubjectError("repeated_label", f"{labels[0].path.parent}: {names} label a frame twice; wanted once")
        return tuple(found), _assumed(assumed)

    def _values(self, label: File) -> dict[str, int]:
        """The label file's values by structure, from the nearest table; empty if there is none."""
        for folder in label.path.parents:
            for path in sorted(folder.glob("*dseg.tsv")):
                if path.name == "dseg.tsv" or path.name.startswith(stem(label.path.name).rsplit("_", 1)[0]):
                    return _read_values(path)
            if folder == self.root:
                break
        return {}


def _parse(path: Path) -> File:
    parts = stem(path.name).split("_")
    entities = tuple(tuple(part.split("-", 1)) for part in parts if "-" in part)
    return File(path, entities, tuple(part.lower() for part in parts if "-" not in part))  # type: ignore[arg-type]


def _cines(files: list[File]) -> list[File]:
    """Those that are called cines, if any is."""
    return [file for file in files if "cine" in file.words or ("acq", "cine") in file.entities] or files


def _joined(role: Role, singles: list[File], subject: Subject) -> tuple[View, tuple[Finding, ...]]:
    from cardioprior.imaging.nifti_steps import read_checked
    from cardioprior.onboarding.labelled import join_frames, one_frame

    singles.sort(key=lambda file: _place(file, subject))
    read = [read_checked(file.path) for file in singles]
    image = join_frames([(f.path, one_frame(volume, f.path)) for f, (volume, _) in zip(singles, read, strict=True)])
    places = [_place(file, subject) for file in singles]
    if len(set(places)) < len(places):
        raise SubjectError(
            "repeated_frame", f"{singles[0].path.parent}: {', '.join(f.path.name for f in singles)} share a frame"
        )
    findings = tuple(finding for _, noticed in read for finding in noticed)
    return View(role, image, tuple(places), max(places) + 1), findings


def _place(file: File, subject: Subject) -> int:
    """The place in the cycle: the name's frame, the table's for its phase, else ED first and ES second."""
    stated = {"ED": subject.ed_frame, "ES": subject.es_frame}.get(file.phase)
    order = int(file.phase == "ES")
    return file.frame if file.frame is not None else order if stated is None else stated


def _index(label: File, view: View, singles: list[File], whole: File | None, subject: Subject) -> int | None:
    """The index on the t axis that a label map belongs to, None if no image has its name."""
    if whole is None:
        return next((index for index, image in enumerate(singles) if image.key == label.key), None)
    own = tuple(entity for entity in label.key if entity[0] not in ("phase", "frame"))
    if own != whole.key:
        return None
    frame = {"ED": subject.ed_frame, "ES": subject.es_frame}.get(label.phase) if label.frame is None else label.frame
    if frame is not None:
        return frame if frame < len(view.image.data) else None
    return 0 if len(view.image.data) == 1 else None


def _read_values(path: Path) -> dict[str, int]:
    values = {}
    for row in tables.read_rows(path, ("index", "name")):
        name = NAMES.get(re.sub(r"[^a-z]", "", row["name"].lower()))
        value = tables.frame_number(row["index"])
        if name and value:
            values[name] = value
    return values


def _assumed(labels: list[File]) -> tuple[Finding, ...]:
    if not labels:
        return ()
    sentence = (
        f"{labels[0].path}: no table says what its values are; took LV=1, MYO=2, RV=3, wanted dseg.tsv with columns "
        "index and name"
    )
    return (Finding("warning", "label_values_assumed", sentence),)

"""Any data set, without code: a table `manifest.tsv` in the root names the files.

One row an image, or a labelled frame of an image. Columns (the first two are needed, paths are relative to the root):

subject   the subject's name
image     a NIfTI file, a cine or a single frame, or a folder of DICOM files that hold a short-axis cine
label     a NIfTI file with the labels of one frame, or of all frames of the image
          Both may lie in a zip or tar archive (`p01.zip/cine.nii.gz`), and an archive of DICOM files is a folder.
labels    the label file's values of the structures that were annotated: `LV=3 MYO=2 RV=1`; empty: `LV=1 MYO=2 RV=3`.
          A structure that is not named was not annotated in this frame.
frame     the frame's place in the cycle, counted from 0
phase     ED or ES. Without any phase, the largest and the smallest LV of a subject's labels are ED and ES.
role      sax (if empty), hr, lr, la4ch or us
group, sex, height_cm, weight_kg, edv_ml, esv_ml, cycle_length     of the subject; its first row that has one counts
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from cardioprior.cohorts.contract import Annotation, Cohort, CohortSettings, LoadedSubject, Phase, Role, Subject, View
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.imaging.archives import named_after, reached
from cardioprior.onboarding import tables
from cardioprior.onboarding.ids import safe_id

if TYPE_CHECKING:
    from cardioprior.imaging.volume import Volume

Row = dict[str, str]
COLUMNS = (
    *("subject", "image", "label", "labels", "frame", "phase", "role"),
    *("group", "sex", "height_cm", "weight_kg", "edv_ml", "esv_ml", "cycle_length"),
)


class Settings(CohortSettings):
    """manifest: the table, relative to the root."""

    manifest: Path = Path("manifest.tsv")


class Adapter(Cohort):
    """The subjects of such a table; a fault in a row is a fault of its subject."""

    Settings = Settings
    signs = (r"^manifest\.tsv$",)
    rank = 0

    def find(self) -> Sequence[Subject]:
        subjects = [self._subject(name, rows) for name, rows in self._rows.items()]
        if not subjects:
            raise CardioPriorError(f"{self._path}: names no subject; wanted a row an image")
        return sorted(subjects, key=lambda subject: subject.id)

    def load(self, subject: Subject) -> LoadedSubject:
        rows = self._rows[subject.id]
        roles = {role: [row for row in rows if (row.get("role") or "sax") == role] for role in _roles(rows, self._path)}
        views, findings = {}, []
        for role, of_role in roles.items():
            views[role], noticed = self._view(role, of_role)
            findings += noticed
        return LoadedSubject(subject, views, tuple(findings))

    @property
    def _path(self) -> Path:
        return self.root / cast("Settings", self.settings).manifest

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        """Rows by subject id; each has its line as `line`."""
        if not self._path.is_file():
            raise CardioPriorError(f"{self._path}: there is no such file; wanted a table of {', '.join(COLUMNS)}")
        rows = tables.read_rows(self._path, COLUMNS[:2])
        unknown = sorted(set().union(*rows) - set(COLUMNS)) if rows else []
        if unknown:
            raise CardioPriorError(f"{self._path}: has columns {', '.join(unknown)}; wanted {', '.join(COLUMNS)}")
        found: dict[str, list[Row]] = {}
        for row in rows:
            found.setdefault(safe_id(row["subject"]), []).append(row)
        return found

    def _subject(self, name: str, rows: list[Row]) -> Subject:
        about = {column: next((row[column] for row in rows if row.get(column)), "") for column in COLUMNS}
        frames = {phase: _frame_of(rows, phase) for phase in ("ED", "ES")}
        files = [row[column] for row in rows for column in ("image", "label") if row.get(column)]
        return Subject(
            id=name,
            sources=tuple(dict.fromkeys(files)),
            group=about["group"],
            sex=tables.sex(about["sex"]),
            height_cm=tables.height_cm(about["height_cm"]),
            weight_kg=tables.weight_kg(about["weight_kg"]),
            ed_frame=frames["ED"],
            es_frame=frames["ES"],
            edv_ml=tables.number(about["edv_ml"]),
            esv_ml=tables.number(about["esv_ml"]),
        )

    def _view(self, role: Role, rows: list[Row]) -> tuple[View, list[Finding]]:
        from cardioprior.onboarding.labelled import join_frames
        from cardioprior.onboarding.phases import settle_phases

        images: dict[str, View] = {}
        findings: list[Finding] = []
        for row in rows:
            if row["image"] not in images:
                images[row["image"]], noticed = self._image(row)
                findings += noticed
        paths = list(images)
        if len(paths) == 1:
            view = replace(images[paths[0]], role=role)
            if len(view.image.data) == 1:
                view = replace(view, frame_numbers=(_frame(rows[0], self._path) or 0,))
        else:
            self._refuse_cines(images)
            numbers = self._places(paths, rows)
            order = sorted(paths, key=lambda path: numbers[path])
            image = join_frames([(self.root / path, images[path].image) for path in order])
            view = View(role, image, tuple(numbers[path] for path in order), len(order))
            paths = order
        view = replace(view, cycle_length=self._cycle(rows, view))
        annotations = [a for row in rows if row.get("label") for a in self._annotations(row, rows, view, paths)]
        twice = {a.frame for a in annotations if sum(b.frame == a.frame for b in annotations) > 1}
        if twice:
            raise SubjectError(
                "repeated_label", f"{self._path}: {rows[0]['subject']}: frame {min(twice)} has two labels; wanted one"
            )
        view = replace(view, annotations=tuple(annotations))
        return settle_phases(view, _frame_of(rows, "ED"), _frame_of(rows, "ES")), findings

    def _image(self, row: Row) -> tuple[View, tuple[Finding, ...]]:
        """The frames of an image file or folder as a view of the short axis."""
        from cardioprior.imaging.nifti_steps import read_checked

        if not row["image"]:
            raise SubjectError("no_image", f"{self._path}: {row['subject']} has a row without an image; wanted a path")
        with reached(self.root / row["image"]) as path:
            if path.is_dir():
                from cardioprior.cohorts.dicom_cine import damaged_files, sax_view
                from cardioprior.imaging.dicom import find_stacks, short_axis

                study = find_stacks([path])
                view, findings = sax_view(short_axis(study)), damaged_files(study)
            else:
                image, findings = read_checked(path)
                view = View("sax", image, tuple(range(len(image.data))), len(image.data))
        return view, named_after(findings, path, self.root / row["image"])

    def _refuse_cines(self, images: dict[str, View]) -> None:
        for path, view in images.items():
            if len(view.image.data) > 1:
                raise SubjectError(
                    "several_images",
                    f"{self.root / path}: a cine of {len(view.image.data)} frames beside {len(images) - 1} other "
                    "image(s) of one role; wanted one cine, or images of single frames",
                )

    def _places(self, paths: list[str], rows: list[Row]) -> dict[str, int]:
        """The place in the cycle of every single-frame image: its row's frame, else its row's order."""
        stated = {row["image"]: _frame(row, self._path) for row in reversed(rows)}
        places = {path: index if stated[path] is None else stated[path] for index, path in enumerate(paths)}
        if len(set(places.values())) < len(places):
            raise SubjectError(
                "repeated_frame",
                f"{self._path}: {rows[0]['subject']}: images {', '.join(paths)} are frames {list(places.values())}; "
                "wanted each frame once",
            )
        return places  # type: ignore[return-value]

    def _cycle(self, rows: list[Row], view: View) -> int:
        stated = next((tables.frame_number(row["cycle_length"]) for row in rows if row.get("cycle_length")), None)
        return max(stated or 0, view.cycle_length, max(view.frame_numbers) + 1)

    def _annotations(self, row: Row, rows: list[Row], view: View, paths: list[str]) -> list[Annotation]:
        from cardioprior.imaging.nifti_steps import read_checked
        from cardioprior.onboarding.labelled import annotate, one_frame, refuse_other_grid, with_labels_of_cine

        path, values, phase = self.root / row["label"], _values(row, self._path), _phase(row, self._path)
        with reached(path) as reachable:
            label: Volume = read_checked(reachable)[0]
        frame = _frame(row, self._path)
        refuse_other_grid(label, view.image, path)
        if len(paths) == 1 and len(view.image.data) == len(label.data) > 1 and frame is None:
            return list(with_labels_of_cine(view, label, path, values).annotations)
        if len(paths) > 1:
            index = paths.index(row["image"])
        elif len(view.image.data) == 1:
            index = 0
        elif frame is not None and frame in view.frame_numbers:
            index = view.frame_numbers.index(frame)
        else:
            found = "no frame" if frame is None else f"frame {frame}"
            raise SubjectError(
                "frame_number",
                f"{self._path}: {row['subject']}: {found} for {row['label']}; wanted the frame of its image, 0 to "
                f"{len(view.image.data) - 1}",
            )
        return [annotate(one_frame(label, path, frame).data[0], index, phase, values, str(path))]


def _roles(rows: Sequence[Row], path: Path) -> list[Role]:
    known = get_args(Role)
    roles = list(dict.fromkeys(row.get("role") or "sax" for row in rows))
    wrong = [role for role in roles if role not in known]
    if wrong:
        raise SubjectError(
            "manifest", f"{path}: {rows[0]['subject']}: found role {wrong[0]!r}; wanted one of {', '.join(known)}"
        )
    return roles  # type: ignore[return-value]


def _frame(row: Row, path: Path) -> int | None:
    if not row.get("frame"):
        return None
    frame = tables.frame_number(row["frame"])
    if frame is None:
        raise SubjectError(
            "manifest", f"{path}: {row['subject']}: found frame {row['frame']!r}; wanted a number from 0"
        )
    return frame


def _frame_of(rows: Sequence[Row], phase: str) -> int | None:
    """The frame that the table names as ED or ES."""
    frames = (row.get("frame") for row in rows if (row.get("phase") or "").upper() == phase)
    return next((tables.frame_number(frame) for frame in frames if frame), None)


def _phase(row: Row, path: Path) -> Phase:
    phase = (row.get("phase") or "").upper()
    if phase not in get_args(Phase):
        raise SubjectError(
            "manifest", f"{path}: {row['subject']}: found phase {row['phase']!r}; wanted ED, ES or nothing"
        )
    return phase  # type: ignore[return-value]


def _values(row: Row, path: Path) -> dict[str, int]:
    """The label file's value of every structure annotated."""
    from cardioprior.imaging.labels import STRUCTURES

    text = row.get("labels") or ""
    parts = [re.fullmatch(r"(LV|MYO|RV)=(\d+)", part.upper()) for part in re.split(r"[\s,;]+", text) if part]
    values = {part[1]: int(part[2]) for part in parts if part}
    if not all(parts) or len(set(values.values())) < len(parts) or 0 in values.values():
        raise SubjectError(
            "manifest",
            f"{path}: {row['subject']}: found labels {text!r}; wanted a value above 0 for each structure that was "
            "annotated, such as LV=3 MYO=2 RV=1",
        )
    return values or dict(STRUCTURES)

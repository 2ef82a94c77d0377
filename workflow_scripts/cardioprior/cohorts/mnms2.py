"""M&Ms-2 (Martin-Isla et al., IEEE JBHI 2023) in its official layout: short axis and 4-chamber long axis.

`dataset_information.csv` and `dataset/NNN/NNN_{SA,LA}_{CINE,ED,ES}.nii.gz` with `NNN_{SA,LA}_{ED,ES}_gt.nii.gz`. The
places of ED and ES in the cycle are not stated: they are the frames of the cine that equal the ED and ES images.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior.cohorts.contract import Annotation, Cohort, LoadedSubject, Phase, Role, Subject, View
from cardioprior.errors import CardioPriorError, Finding
from cardioprior.onboarding import tables

if TYPE_CHECKING:
    from cardioprior.imaging.volume import Volume

#: the data set's label values
VALUES = {"LV": 1, "MYO": 2, "RV": 3}
TABLE = "dataset_information.csv"
ROLES: dict[str, Role] = {"SA": "sax", "LA": "la4ch"}
PHASES: tuple[Phase, ...] = ("ED", "ES")


class Adapter(Cohort):
    """Subjects with one view or both; a subject whose long axis is missing has a warning."""

    signs = (r"(^|/)\d+_SA_E[DS]\.nii\.gz$",)

    def find(self) -> Sequence[Subject]:
        folders = sorted({path.parent for path in self.root.rglob("*_SA_E[DS].nii.gz")})
        folders += sorted({path.parent for path in self.root.rglob("*_LA_E[DS].nii.gz")} - set(folders))
        if not folders:
            raise CardioPriorError(
                f"{self.root}: found no file NNN_SA_ED.nii.gz; wanted M&Ms-2's layout, dataset/NNN/NNN_SA_ED.nii.gz"
            )
        table = next(iter(sorted(self.root.rglob(TABLE))), None)
        rows = tables.read_rows(table, ("subject_code",)) if table else []
        known = {row["subject_code"].zfill(3): row for row in rows}
        return sorted((self._subject(folder, known) for folder in folders), key=lambda subject: subject.id)

    def load(self, subject: Subject) -> LoadedSubject:
        folder = self.root / subject.sources[0]
        views: dict[Role, View] = {}
        findings: list[Finding] = []
        for axis, role in ROLES.items():
            if not any(self._path(folder, axis, phase).is_file() for phase in PHASES):
                sentence = f"{folder}: has no {folder.name}_{axis}_ED.nii.gz and none of ES; wanted both axes"
                findings.append(Finding("warning", f"no_{role}", sentence))
                continue
            views[role], noticed = self._view(folder, axis, role)
            findings += noticed
        return LoadedSubject(subject, views, tuple(findings))

    def _subject(self, folder: Path, known: dict[str, dict[str, str]]) -> Subject:
        row = known.get(folder.name.zfill(3), {})
        return Subject(folder.name, (str(folder.relative_to(self.root)),), group=row.get("disease", ""))

    def _view(self, folder: Path, axis: str, role: Role) -> tuple[View, list[Finding]]:
        from cardioprior.imaging.nifti_steps import read_checked
        from cardioprior.onboarding.labelled import join_frames, one_frame

        frames: dict[Phase, tuple[Path, Volume]] = {}
        findings: list[Finding] = []
        for phase in PHASES:
            path = self._path(folder, axis, phase)
            if path.is_file():
                image, noticed = read_checked(path)
                frames[phase] = path, one_frame(image, path)
                findings += noticed
        image = join_frames(list(frames.values()))
        indices = {phase: index for index, phase in enumerate(frames)}
        cine = self._path(folder, axis, "CINE")
        view = View(role, image, tuple(indices.values()), len(indices), phases_from="labels")
        if cine.is_file():
            whole, places = self._places(cine, frames)
            if len(places) == len(frames):
                view = View(role, whole, tuple(range(len(whole.data))), len(whole.data), phases_from="labels")
                indices = places
            else:
                lost = ", ".join(frames[phase][0].name for phase in frames if phase not in places)
                sentence = f"{cine}: none of its {len(whole.data)} frames is {lost}; took the single frames alone"
                findings.append(Finding("warning", "cine_differs", sentence))
        annotations = tuple(self._annotations(folder, axis, view, indices))
        return View(role, view.image, view.frame_numbers, view.cycle_length, (), annotations, "labels"), findings

    def _places(self, cine: Path, frames: dict[Phase, tuple[Path, Volume]]) -> tuple[Volume, dict[Phase, int]]:
        """The cine, and the index of each frame in it."""
        import numpy as np

        from cardioprior.imaging.nifti_steps import read_checked

        whole = read_checked(cine)[0]
        places: dict[Phase, int] = {}
        for phase, (_, image) in frames.items():
            same = [t for t, frame in enumerate(whole.data) if np.array_equal(frame, image.data[0])]
            if same:
                places[phase] = same[0]
        return whole, places

    def _annotations(self, folder: Path, axis: str, view: View, indices: dict[Phase, int]) -> list[Annotation]:
        from cardioprior.onboarding.labelled import read_annotation

        paths = {phase: self._path(folder, axis, f"{phase}_gt") for phase in indices}
        return [
            read_annotation(path, view.image, indices[phase], phase, VALUES)
            for phase, path in paths.items()
            if path.is_file()
        ]

    def _path(self, folder: Path, axis: str, kind: str) -> Path:
        return folder / f"{folder.name}_{axis}_{kind}.nii.gz"

"""M&Ms (Campello et al., IEEE TMI 2021) in its official layout: a folder a subject, one table for all.

`{Training/{Labeled,Unlabeled},Validation,Testing}/CODE/{CODE_sa,CODE_sa_gt}.nii.gz` below the root; the csv file with a
column `External code` has group, ED and ES. Its frames count from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cardioprior.cohorts.contract import Cohort, LoadedSubject, Subject, View
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.onboarding import tables

#: the data set's label values
VALUES = {"LV": 1, "MYO": 2, "RV": 3}
IMAGE, LABELS = "_sa.nii.gz", "_sa_gt.nii.gz"
CODE = "external_code"


class Adapter(Cohort):
    """Short-axis cines with labels at ED and ES; the unlabelled part has label files without a label in them.

    Subjects that only the table names are found too, and fail to load.
    """

    signs = (r"(^|/)\w+_sa\.nii\.gz$",)

    def find(self) -> Sequence[Subject]:
        folders = {path.name[: -len(IMAGE)]: path.parent for path in sorted(self.root.rglob(f"*{IMAGE}"))}
        folders |= {path.name[: -len(LABELS)]: path.parent for path in sorted(self.root.rglob(f"*{LABELS}"))}
        known = self._table()
        if not folders:
            raise CardioPriorError(f"{self.root}: found no file *{IMAGE}; wanted M&Ms' layout, CODE/CODE{IMAGE}")
        return [self._subject(code, folders.get(code), known.get(code, {})) for code in sorted(folders | known)]

    def load(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.nifti_steps import read_checked

        if not subject.sources:
            raise SubjectError("no_files", f"{self.root}: holds no file {subject.id}{IMAGE}, which its table names")
        folder = self.root / subject.sources[0]
        image, findings = read_checked(folder / f"{subject.id}{IMAGE}")
        view = View("sax", image, tuple(range(len(image.data))), len(image.data))
        return LoadedSubject(subject, {"sax": self._labelled(view, subject, folder)}, (*findings, *_unstated(subject)))

    def _labelled(self, view: View, subject: Subject, folder: Path) -> View:
        from cardioprior.imaging.nifti_steps import read_checked
        from cardioprior.onboarding.labelled import with_labels_of_cine
        from cardioprior.onboarding.phases import settle_phases

        path = folder / f"{subject.id}{LABELS}"
        if not path.is_file():
            return view
        view = with_labels_of_cine(view, read_checked(path)[0], path, VALUES)
        return settle_phases(view, subject.ed_frame, subject.es_frame)

    def _table(self) -> dict[str, dict[str, str]]:
        """Rows by subject; empty if no csv file below the root has the column."""
        return {row[CODE]: row for row in tables.read_below(self.root, CODE) if row[CODE]}

    def _subject(self, code: str, folder: Path | None, row: dict[str, str]) -> Subject:
        return Subject(
            id=code,
            sources=(str(folder.relative_to(self.root)),) if folder else (),
            group=row.get("pathology", ""),
            sex=tables.sex(row.get("sex")),
            height_cm=tables.height_cm(row.get("height")),
            weight_kg=tables.weight_kg(row.get("weight")),
            ed_frame=tables.frame_number(row.get("ed")),
            es_frame=tables.frame_number(row.get("es")),
        )


def _unstated(subject: Subject) -> tuple[Finding, ...]:
    if subject.ed_frame is not None and subject.es_frame is not None:
        return ()
    sentence = f"{subject.id}: no csv file names its ED and ES frames; wanted columns External code, ED and ES"
    return (Finding("warning", "no_frames_stated", sentence),)

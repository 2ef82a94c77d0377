"""Kaggle's Data Science Bowl 2015: cines in DICOM with the LV's volumes, no masks.

`{train,validate,test}/ID/study/sax_N/IM-*.dcm` at any depth below the root (the archives have a doubled folder), a
folder a slice; long axes lie beside them. `train.csv` and `validate.csv` have Id, Systole and Diastole (ml),
`solution.csv` has a row a volume, Id `N_Systole` or `N_Diastole`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from cardioprior.cohorts.contract import Cohort, LoadedSubject, Subject
from cardioprior.cohorts.dicom_cine import damaged_files, sax_view
from cardioprior.errors import CardioPriorError, Finding
from cardioprior.onboarding import tables


class Adapter(Cohort):
    """Subjects with EDV and ESV as the tables state them. Slices that were acquired again count once, the last time."""

    signs = (r"(^|/)\d+/study/sax_\d+/",)

    def find(self) -> Sequence[Subject]:
        studies = sorted({path.parent for path in self.root.rglob("sax_*") if path.is_dir()})
        if not studies:
            raise CardioPriorError(
                f"{self.root}: found no folder ID/study/sax_N; wanted the layout of the Data Science Bowl 2015"
            )
        return sorted((self._subject(study) for study in studies), key=lambda subject: (len(subject.id), subject.id))

    def load(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.dicom import find_stacks, short_axis
        from cardioprior.imaging.dicom_repeats import last_of_repeats

        study, findings = last_of_repeats(find_stacks([self.root / source for source in subject.sources]))
        view = sax_view(short_axis(study))
        return LoadedSubject(subject, {"sax": view}, (*damaged_files(study), *findings, *_volumes(subject)))

    def _subject(self, study: Path) -> Subject:
        name = study.parent.name
        volumes = self._stated.get(name, {})
        folders = sorted(path for path in study.glob("sax_*") if path.is_dir())
        return Subject(
            id=name,
            sources=tuple(str(path.relative_to(self.root)) for path in folders),
            edv_ml=volumes.get("diastole"),
            esv_ml=volumes.get("systole"),
        )

    @cached_property
    def _stated(self) -> dict[str, dict[str, float]]:
        """Volumes by subject and by `diastole` or `systole`."""
        found: dict[str, dict[str, float]] = {}
        for row in tables.read_below(self.root, "id"):
            name, _, phase = row["id"].lower().partition("_")
            values = {phase: tables.first_of(row, "volume", "value")} if phase else row
            for key in ("diastole", "systole"):
                value = tables.number(values.get(key))
                if name and value is not None:
                    found.setdefault(name, {})[key] = value
        return found


def _volumes(subject: Subject) -> tuple[Finding, ...]:
    edv_ml, esv_ml = subject.edv_ml, subject.esv_ml
    if edv_ml is None or esv_ml is None:
        sentence = f"{subject.id}: no csv file states its volumes; wanted Diastole and Systole in ml"
        return (Finding("warning", "no_volumes", sentence),)
    if not 0 < esv_ml <= edv_ml:
        sentence = f"{subject.id}: is stated to have {edv_ml:g} ml in diastole and {esv_ml:g} ml in systole"
        return (Finding("warning", "volumes", f"{sentence}; wanted the former to be larger"),)
    return ()

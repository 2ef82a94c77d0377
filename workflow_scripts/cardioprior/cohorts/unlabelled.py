"""Studies that nobody has labelled, in any layout: what `snakemake apply` measures.

DICOM files anywhere below the folder are grouped into studies by their headers; every NIfTI file is a study, which
must be a cine (x, y, z, t). A study that is no short-axis cine (imaging/short_axis_cine.py says what is one) is
excluded with a sentence. A study is named after its folder, or by a digest of its identifiers where it shares one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior import digest
from cardioprior.cohorts.contract import Cohort, LoadedSubject, Subject, View
from cardioprior.cohorts.dicom_cine import damaged_files, sax_view
from cardioprior.errors import CardioPriorError, Finding
from cardioprior.imaging.nifti_names import is_nifti_name, stem

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from cardioprior.imaging.dicom import Cine
    from cardioprior.imaging.dicom_studies import FoundStudy


class Adapter(Cohort):
    """All studies below a folder."""

    signs = (r"\.(dcm|DCM|IMA|ima|nii|nii\.gz)$",)
    rank = 4

    def find(self) -> Sequence[Subject]:
        from cardioprior.imaging.dicom_studies import find_nifti, find_studies

        subjects = [self._subject(study) for study in find_studies(self.root)]
        subjects += [Subject(_safe(_stem(path)), (str(path),)) for path in find_nifti(self.root)]
        if not subjects:
            raise CardioPriorError(
                f"{self.root}: found no DICOM and no NIfTI file; wanted short-axis cines in DICOM (any layout) or as "
                "NIfTI files of x, y, z, t"
            )
        names = Counter(subject.id for subject in subjects)
        unique = [
            subject if names[subject.id] == 1 else replace(subject, id=f"{subject.id}-{_short(*subject.sources)}")
            for subject in subjects
        ]
        return sorted(unique, key=lambda subject: subject.id)

    def load(self, subject: Subject) -> LoadedSubject:
        return self._load_nifti(subject) if is_nifti(subject) else self._load_dicom(subject)

    def cine(self, subject: Subject) -> Cine:
        """The sorted files of a DICOM study's short axis, on the grid of its view. Raises as `load` does."""
        from cardioprior.imaging.dicom import find_stacks
        from cardioprior.imaging.short_axis_cine import short_axis_cine

        return short_axis_cine(find_stacks([self.root / source for source in subject.sources]))

    def _subject(self, study: FoundStudy) -> Subject:
        sources = tuple(map(str, study.sources))
        if sources == (".",):
            name = _safe(self.root.resolve().name)
        elif len(sources) == 1 and study.uid:
            name = _safe(sources[0])
        else:
            name = f"study-{_short(study.uid, study.patient, *([] if study.uid else sources))}"
        return Subject(name, sources, sex=study.sex, height_cm=study.height_cm, weight_kg=study.weight_kg)

    def _load_dicom(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.dicom import find_stacks
        from cardioprior.imaging.short_axis_cine import refuse_body_part, refuse_unless_cine, short_axis_cine

        study = find_stacks([self.root / source for source in subject.sources])
        header = _any_header(study.files.images[0].path if study.files.images else None, study.files.ignored)
        refuse_body_part(study.folder, str(header.get("BodyPartExamined") or "") if header else "")
        cine = short_axis_cine(study)
        view = sax_view(cine)
        times = view.frame_times_ms
        refuse_unless_cine(study.folder, view.image, times[-1] - times[0] if times else None)
        return LoadedSubject(subject, {"sax": view}, damaged_files(study) + _body_size_findings(subject, header))

    def _load_nifti(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.nifti_steps import read_checked, read_steps
        from cardioprior.imaging.short_axis_cine import refuse_unless_cine

        path = self.root / subject.sources[0]
        image, findings = read_checked(path)
        steps = read_steps(path)
        frames = len(image.data)
        duration_ms = None if steps.frame_ms is None else steps.frame_ms * (frames - 1)
        refuse_unless_cine(str(path), image, duration_ms)
        return LoadedSubject(subject, {"sax": View("sax", image, tuple(range(frames)), frames)}, findings)


def is_nifti(subject: Subject) -> bool:
    """Whether a subject of this cohort is a NIfTI file."""
    return len(subject.sources) == 1 and is_nifti_name(subject.sources[0])


def _any_header(first: Path | None, ignored: Sequence[tuple[Path, str]]) -> Dataset | None:
    """The header of the first image, or of the first file that is DICOM but was passed over; None if there is none."""
    from pydicom import dcmread

    from cardioprior.imaging.dicom_files import NOT_DICOM

    path = first or next((path for path, reason in ignored if reason != NOT_DICOM), None)
    tags = ["BodyPartExamined", "PatientSize", "PatientWeight"]
    return dcmread(path, stop_before_pixels=True, specific_tags=tags) if path else None  # type: ignore[arg-type]


def _body_size_findings(subject: Subject, header: Dataset | None) -> tuple[Finding, ...]:
    """A warning where a height or weight is stated but impossible; one that is not stated is no fault."""
    stated = {name: header.get(name) for name in ("PatientSize", "PatientWeight")} if header else {}
    read = {"PatientSize": subject.height_cm, "PatientWeight": subject.weight_kg}
    wrong = [f"{name} {value}" for name, value in stated.items() if value is not None and read[name] is None]
    if not wrong:
        return ()
    sentence = f"{subject.id}: {' and '.join(wrong)} cannot be; wanted m and kg; nothing is indexed to body surface"
    return (Finding("warning", "body_size", sentence),)


def _stem(path: Path) -> str:
    return str(path.with_name(stem(path.name)))


def _safe(name: str) -> str:
    """A name for files: letters, digits, dot, dash and underscore."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-") or "study"


def _short(*parts: str) -> str:
    return digest.text(*parts)[:8]

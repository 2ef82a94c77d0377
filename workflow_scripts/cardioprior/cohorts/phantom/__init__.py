"""A made-up cohort: MR (and ultrasound) of beating hearts with perfect truth, written as files, then read like any.

A subject `DCM-003` is the folder `DCM-003`. With `files: dicom` it has a folder of `.IMA` files a slice with contours
in overlays, `subject.json` (subject, group, sex, height_cm, weight_kg) and `truth.nii.gz` (labels of every frame on the
image grid, which no real scan has). With `files: nifti` it has an image and labels for every view. docs/phantom.md
shows what it is like and how it compares with real hearts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cardioprior.cohorts.contract import Cohort, CohortSettings, GeneratedCohort, LoadedSubject, Role, Subject
from cardioprior.cohorts.phantom import population
from cardioprior.errors import SubjectError

if TYPE_CHECKING:
    from cardioprior.cohorts.phantom.scans import Scanned


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if not 0 < pair[0] <= pair[1]:
        raise ValueError(f"found {pair}; wanted a range (lowest, highest) of positive numbers")
    return pair


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Millimetres = Annotated[float, Field(gt=0)]
Matrix = Annotated[int, Field(ge=32)]
AngleRange = Annotated[tuple[float, Annotated[float, Field(le=120)]], AfterValidator(_rising)]
MillimetreRange = Annotated[tuple[float, float], AfterValidator(_rising)]
FrameRange = Annotated[tuple[Annotated[int, Field(ge=4)], int], AfterValidator(_rising)]


class Stack(_Block):
    """A short-axis stack. Ranges (lowest, highest): each subject's own number comes from them.

    slices: follows from the heart's length where the range allows it; too few leave the heart's ends out.
    beyond: how many of them lie above the mitral valve at ED.
    matrix: rows and columns. gap_mm: empty space between slices. breathing_mm: usual SD of slice shifts along an axis.
    """

    slices: Annotated[tuple[int, int], AfterValidator(_rising)]
    beyond: tuple[int, int]
    pixel_mm: MillimetreRange
    matrix: Matrix
    thickness_mm: Millimetres
    gap_mm: Annotated[float, Field(ge=0)]
    breathing_mm: Annotated[float, Field(ge=0)]


class Block(_Block):
    """A volume around the LV's middle, in one breath-hold: slices, rows and columns."""

    shape_zyx: tuple[Matrix, Matrix, Matrix]
    pixel_mm: Millimetres
    spacing_mm: Millimetres


class Plane(_Block):
    """The four-chamber plane."""

    matrix: Matrix
    pixel_mm: Millimetres
    thickness_mm: Millimetres


class Sector(Block):
    """An ultrasound volume from the apex, depth along z, and the ranges of the sector's opening angles."""

    azimuth_deg: AngleRange = (72, 88)
    elevation_deg: AngleRange = (72, 88)


class Views(_Block):
    """What is pictured, by role: short axis, high resolution, low resolution, four-chamber plane, ultrasound."""

    sax: Stack | None = None
    hr: Block | None = None
    lr: Stack | None = None
    la4ch: Plane | None = None
    us: Sector | None = None


class SomeFrames(_Block):
    """A share of the subjects that have another number of frames than the rest."""

    share: Annotated[float, Field(ge=0, le=1)]
    frames: FrameRange


class Settings(CohortSettings):
    """Who is in the cohort, what is pictured, and in which files.

    frames: range of the number of frames in a cycle. phases: which of them are written.
    device: where pictures are computed; noise differs between kinds of device.
    """

    groups: tuple[Literal["NOR", "DCM", "HCM", "MINF", "ARV"], ...]
    subjects_per_group: Annotated[int, Field(ge=1)]
    frames: FrameRange
    some_frames: SomeFrames | None = None
    phases: Literal["all", "ed_es", "ed"]
    files: Literal["dicom", "nifti"]
    views: Views
    device: Literal["cpu", "cuda", "auto"] = "cpu"

    @model_validator(mode="after")
    def _files_hold_the_views(self) -> Settings:
        asked = sorted(self.views.model_dump(exclude_none=True))
        if not asked:
            raise ValueError("found no view; wanted at least one of " + ", ".join(sorted(Views.model_fields)))
        if self.files == "dicom" and (asked != ["sax"] or self.phases != "all"):
            raise ValueError(
                f"files: dicom holds the view sax in all phases; found {', '.join(asked)} in phases: {self.phases}"
            )
        return self


PhantomSettings = Settings  # inside Adapter, `Settings` is its attribute
ANNOTATED: dict[Role, tuple[str, ...]] = {"us": ("LV",)}  # where it is not all structures


class Adapter(GeneratedCohort):
    """The phantom below `root`."""

    Settings: ClassVar[type[CohortSettings]] = Settings
    settings: PhantomSettings

    def subject_ids(self) -> Sequence[str]:
        """`NOR-001`, `NOR-002`, ... of every group, sorted."""
        numbers = range(1, self.settings.subjects_per_group + 1)
        return sorted(f"{group}-{number:03d}" for group in self.settings.groups for number in numbers)

    def find(self) -> Sequence[Subject]:
        return [self._with_facts(subject) for subject in self._folders.find()]

    def load(self, subject: Subject) -> LoadedSubject:
        if self.settings.files == "dicom":
            return self._folders.load(subject)
        from cardioprior.cohorts.phantom import nifti_files

        return nifti_files.read(self.root / subject.id, subject, ANNOTATED)

    def generate(self, subject_id: str) -> Sequence[Path]:
        """Writes one subject, replacing an older copy, and returns its files, sorted.

        The folder appears complete or not at all. Other subjects and their number have no influence.
        """
        scanned = self.scan(subject_id)
        target = self.root / subject_id
        fresh = self.root / f".{subject_id}.{os.getpid()}.new"
        stale = self.root / f".{subject_id}.{os.getpid()}.old"
        for leftover in (fresh, stale):  # of a killed process that had this number
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            self._write(fresh, scanned)
            if target.exists():
                target.rename(stale)
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(stale, ignore_errors=True)
        return sorted(path for path in target.rglob("*") if path.is_file())

    def scan(self, subject_id: str) -> Scanned:
        """The subject's pictures and truth in memory. Raises SubjectError for an id that is not in the cohort."""
        from cardioprior.cohorts.phantom import scans

        if subject_id not in self.subject_ids():
            raise SubjectError(
                "unknown_subject",
                f"{subject_id}: not in the phantom {self.name}, which has {self.settings.subjects_per_group} subjects "
                f"in each of {', '.join(self.settings.groups)}",
            )
        return scans.scan(subject_id, self.settings, lambda purpose: self._stream(purpose, subject_id))

    def _write(self, folder: Path, scanned: Scanned) -> None:
        from cardioprior.cohorts.phantom import dicom_files, nifti_files

        if self.settings.files == "nifti":
            nifti_files.write(folder, scanned)
        else:
            order = self._stream("series", scanned.person.id)
            dicom_files.write(folder, dicom_files.as_scan(scanned, order, key=f"{self.name}/{self.seed}"))

    @cached_property
    def _folders(self) -> Cohort:
        from cardioprior.cohorts import siemens_overlays

        settings = siemens_overlays.Adapter.Settings(adapter="siemens_overlays", root=self.root)
        return siemens_overlays.Adapter(settings, self.root, self.name, self.seed)

    def _with_facts(self, subject: Subject) -> Subject:
        from cardioprior.cohorts.phantom import facts

        try:
            found = facts.read(self.root / subject.id)
            known = {key: found[key] for key in facts.PERSONAL}
        except (OSError, ValueError, KeyError):
            return subject  # a copy without facts is still a cohort of pictures
        return replace(subject, **known)

    def _stream(self, purpose: str, subject_id: str) -> np.random.Generator:
        return population.generator(self.seed, self.name, purpose, subject_id)

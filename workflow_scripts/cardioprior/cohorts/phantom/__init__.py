"""A made-up cohort: cine short-axis MR of beating hearts, written as Siemens DICOM with contours, then read like any.

A subject `DCM-003` is the folder `DCM-003` with a folder of `.IMA` files a slice, `subject.json` (subject, group, sex,
height_cm, weight_kg) and `truth.nii.gz` (labels of every frame on the image grid, which no real scan has).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import AfterValidator, Field

from cardioprior.cohorts.contract import Cohort, CohortSettings, GeneratedCohort, LoadedSubject, Subject
from cardioprior.cohorts.phantom import population
from cardioprior.errors import SubjectError

if TYPE_CHECKING:
    from cardioprior.cohorts.phantom.files import Scan


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if not 0 < pair[0] <= pair[1]:
        raise ValueError(f"found {pair}; wanted a range (lowest, highest) of positive numbers")
    return pair


class Settings(CohortSettings):
    """How large the cohort is and how it is scanned.

    frames, slices, pixel_spacing_mm: ranges (lowest, highest) from which each subject's own number comes; the number of
        slices follows from the heart's length where the range allows it; too few leave the heart's ends out.
    matrix: rows and columns of a picture. slice_gap_mm: empty space between slices.
    """

    subjects_per_group: Annotated[int, Field(ge=1)]
    frames: Annotated[tuple[Annotated[int, Field(ge=4)], int], AfterValidator(_rising)]
    slices: Annotated[tuple[int, int], AfterValidator(_rising)]
    pixel_spacing_mm: Annotated[tuple[float, float], AfterValidator(_rising)]
    matrix: Annotated[int, Field(ge=32)]
    slice_thickness_mm: Annotated[float, Field(gt=0)]
    slice_gap_mm: Annotated[float, Field(ge=0)]


PhantomSettings = Settings  # inside Adapter, `Settings` is its attribute


class Adapter(GeneratedCohort):
    """The phantom below `root`."""

    Settings: ClassVar[type[CohortSettings]] = Settings
    settings: PhantomSettings

    def subject_ids(self) -> Sequence[str]:
        """`NOR-001`, `NOR-002`, ... of every group, sorted."""
        numbers = range(1, self.settings.subjects_per_group + 1)
        return sorted(f"{group}-{number:03d}" for group in population.GROUPS for number in numbers)

    def find(self) -> Sequence[Subject]:
        return [self._with_facts(subject) for subject in self._reader.find()]

    def load(self, subject: Subject) -> LoadedSubject:
        return self._reader.load(subject)

    def generate(self, subject_id: str) -> Sequence[Path]:
        """Writes one subject, replacing an older copy, and returns its files, sorted.

        The folder appears complete or not at all. Other subjects and their number have no influence.
        """
        from cardioprior.cohorts.phantom import files

        scan = self._scan(subject_id)
        target = self.root / subject_id
        fresh = self.root / f".{subject_id}.{os.getpid()}.new"
        stale = self.root / f".{subject_id}.{os.getpid()}.old"
        for leftover in (fresh, stale):  # of a killed process that had this number
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            files.write(fresh, scan)
            if target.exists():
                target.rename(stale)
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(stale, ignore_errors=True)
        return sorted(path for path in target.rglob("*") if path.is_file())

    @cached_property
    def _reader(self) -> Cohort:
        from cardioprior.cohorts import siemens_overlays

        settings = siemens_overlays.Adapter.Settings(adapter="siemens_overlays", root=self.root)
        return siemens_overlays.Adapter(settings, self.root, self.name, self.seed)

    def _with_facts(self, subject: Subject) -> Subject:
        from cardioprior.cohorts.phantom import files

        path = self.root / subject.id / files.FACTS
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            known = {key: facts[key] for key in ("group", "sex", "height_cm", "weight_kg")}
        except (OSError, ValueError, KeyError, TypeError):
            return subject  # a copy without facts is still a cohort of pictures
        return replace(subject, **known)

    def _scan(self, subject_id: str) -> Scan:
        from cardioprior.cohorts.phantom import anatomy, files, motion, signal, stack

        settings = self.settings
        if subject_id not in self.subject_ids():
            raise SubjectError(
                "unknown_subject",
                f"{subject_id}: not in the phantom {self.name}, which has {settings.subjects_per_group} subjects in "
                f"each of {', '.join(population.GROUPS)}",
            )
        person = population.draw(subject_id, self._generator("person", subject_id))
        grid = stack.plan(
            person,
            self._generator("stack", subject_id),
            matrix=settings.matrix,
            pixel_mm=settings.pixel_spacing_mm,
            slices=settings.slices,
            frames=settings.frames,
            thickness_mm=settings.slice_thickness_mm,
            gap_mm=settings.slice_gap_mm,
        )
        beat = motion.beat(anatomy.build(person), grid.frames)
        image, truth = signal.render(person, beat, grid, self._generator("signal", subject_id))
        order = self._generator("series", subject_id)
        count = len(grid.z_mm)
        rr_ms = 60000 / person.heart_rate_bpm * np.clip(order.normal(1, 0.02, count), 0.9, 1.1)
        return files.Scan(
            person=person,
            stack=grid,
            image=image,
            truth=truth,
            ed_frame=0,
            es_frame=motion.es_frame(grid.frames, person.es_fraction),
            series=tuple(int(n) for n in 5 + order.permutation(count)),
            rr_ms=tuple(float(period) for period in rr_ms),
            key=f"{self.name}/{self.seed}",
        )

    def _generator(self, purpose: str, subject_id: str) -> np.random.Generator:
        return population.generator(self.seed, self.name, purpose, subject_id)

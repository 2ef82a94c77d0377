"""What a cohort is: it finds subjects below a folder and loads each in canonical form.

Adding a data set is one file in this folder with a class `Adapter(Cohort)` and one entry under `cohorts:` in the
configuration. Adapters raise SubjectError for a fault of one subject; nothing else may end a run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cardioprior.errors import Finding

if TYPE_CHECKING:
    import numpy as np

    from cardioprior.imaging.volume import Volume

Phase = Literal["ED", "ES", ""]
Role = Literal["sax", "hr", "lr", "la4ch", "us", "mesh"]
PhaseSource = Literal["", "metadata", "labels", "volume"]


class CohortSettings(BaseModel):
    """What every cohort's configuration may say; adapters add keys of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adapter: str
    root: Path | None = None


@dataclass(frozen=True)
class Subject:
    """A subject as found, before any image is read.

    sources: raw files or folders, relative to the cohort's root.
    ed_frame, es_frame: position in the cardiac cycle, counted from 0, where the data set states them.
    edv_ml, esv_ml: LV volumes at ED and ES, where the data set states them (some state nothing else).
    """

    id: str
    sources: tuple[str, ...]
    group: str = ""
    sex: str = ""
    height_cm: float | None = None
    weight_kg: float | None = None
    ed_frame: int | None = None
    es_frame: int | None = None
    edv_ml: float | None = None
    esv_ml: float | None = None


@dataclass(frozen=True)
class Annotation:
    """Labels of one frame.

    frame: index on the image's t axis. phase: ED, ES or "" (any other frame).
    structures: what was annotated in this frame; a structure that is not named is unknown, not absent.
    labels: uint8, shape (z, y, x), on the image grid, values of imaging.labels.
    """

    frame: int
    phase: Phase
    structures: tuple[str, ...]
    labels: np.ndarray


@dataclass(frozen=True)
class View:
    """One image of a subject, of one role, with its annotations.

    frame_numbers: for every index on the t axis, the frame's place in the cycle of `cycle_length` frames, from 0
        (a data set may ship ED and ES alone).
    frame_times_ms: time after the R wave of each frame on the t axis, empty if unknown.
    phases_from: what says which frame is ED and which ES: the data set's metadata, the way in which its labels are
        given, or the LV's volume; empty if nothing does.
    slice_shift_mm: by slice, how far what it shows lies off its place along y and x of the array, as (y, x), where that
        is known (of a phantom); empty if not.
    """

    role: Role
    image: Volume
    frame_numbers: tuple[int, ...]
    cycle_length: int
    frame_times_ms: tuple[float, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    phases_from: PhaseSource = ""
    slice_shift_mm: tuple[tuple[float, float], ...] = ()

    def annotation(self, phase: Phase) -> Annotation | None:
        """The annotation of ED or ES, None if there is none."""
        return next((a for a in self.annotations if a.phase == phase), None)


@dataclass(frozen=True)
class LoadedSubject:
    """A subject in canonical form: at most one view a role, and what was noticed while loading it."""

    subject: Subject
    views: dict[Role, View]
    findings: tuple[Finding, ...] = field(default=())


class Cohort(ABC):
    """A data set. An instance reads one copy of it, below `root`.

    signs: patterns (searched for in paths below the root, with `/`) that are all there where the layout is; none for a
    cohort that `adapter: auto` cannot be. rank: where signs of several layouts are there, the lowest rank is the one:
    0 for what a user put there, 1 for data sets, 2 for conventions, 3 and 4 for anything that can be read. judged:
    whether papers' claims are judged on it (not where its subjects share what is to be learnt). remark: a sentence that
    tables about it must say.
    """

    Settings: ClassVar[type[CohortSettings]] = CohortSettings
    generated: ClassVar[bool] = False
    signs: ClassVar[tuple[str, ...]] = ()
    rank: ClassVar[int] = 1
    judged: ClassVar[bool] = True
    remark: ClassVar[str] = ""

    def __init__(self, settings: CohortSettings, root: Path, name: str, seed: int) -> None:
        self.settings = settings
        self.root = root
        self.name = name
        self.seed = seed

    @abstractmethod
    def find(self) -> Sequence[Subject]:
        """All subjects below the root, sorted by id, without reading an image.

        Raises CardioPriorError, naming the root and the layout that was looked for, if there is none.
        """

    @abstractmethod
    def load(self, subject: Subject) -> LoadedSubject:
        """The subject's images and labels in canonical form. Raises SubjectError for a fault of its files."""


class GeneratedCohort(Cohort):
    """A cohort that first writes its raw files below its root: the phantom."""

    generated: ClassVar[bool] = True

    @abstractmethod
    def subject_ids(self) -> Sequence[str]:
        """Ids of all subjects that `generate` can write."""

    @abstractmethod
    def generate(self, subject_id: str) -> Sequence[Path]:
        """Writes the raw files of one subject below the root; the same bytes for the same name and seed."""

"""What a preparation is: a subject's images as the arrays that a study's models see.

A file here exports `Preparation`, with a pydantic class `Settings` of its own. It works without labels too, so that
new patients pass through the same code; arrays that need labels are left out then.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.store import Record


#: arrays that hold an image of a heart -> those that hold its labels, on the same place: of preparations of one frame
#: (`image`), and of the frames of ED and ES
LABELS_OF = {"image": "labels", "image_ED": "labels_ED", "image_ES": "labels_ES"}
#: the four-chamber plane at ED and its labels, (1, y, x)
LONG_AXIS, LONG_AXIS_LABELS = "image_la4ch", "labels_la4ch"


class PreparationSettings(BaseModel):
    """Settings of a preparation: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PreparationBase(ABC):
    """Turns canonical subjects into records of arrays."""

    Settings: ClassVar[type[PreparationSettings]]
    roles: ClassVar[tuple[Role, ...]]
    #: phases without whose labels a subject cannot be trained on or tested
    needs_phases: ClassVar[tuple[str, ...]] = ()
    needs_frames: ClassVar[int] = 1
    #: whether its records are written to shards; if not, they are made where they are predicted from
    stored: ClassVar[bool] = True

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @abstractmethod
    def prepare(self, loaded: LoadedSubject) -> Record:
        """The subject's arrays. Raises SubjectError where the image does not allow it."""

    @classmethod
    def lacks(cls, row: Mapping[str, str]) -> str:
        """What a subject, a row of subjects.tsv, lacks for this preparation, as a clause; empty if nothing."""
        views, phases, frames = row["views"].split("|"), row["phases"].split("|"), int(row["frames"])
        for role in cls.roles:
            if role not in views:
                return f"has no {role} view"
        for phase in cls.needs_phases:
            if phase not in phases:
                return f"has no labels at {phase}"
        if frames < cls.needs_frames:
            return f"has {frames} frames where {cls.needs_frames} are needed"
        return ""

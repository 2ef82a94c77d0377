"""A short-axis cine as it was converted, for methods that go from the cine to clinical figures."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.contract import PreparationBase, PreparationSettings
from cardioprior.store import Record


class Preparation(PreparationBase):
    """Array `cine` (t, z, y, x), the image as converted; where both are annotated, `phases`: the frames of ES and ED,
    counted from 0 on the t axis. Meta `affine` as of imaging.volume.

    It has no settings: each model's own preparation is applied by the method. Not stored: it would double the images.
    """

    Settings = PreparationSettings
    roles: ClassVar[tuple[Role, ...]] = ("sax",)
    needs_phases = ("ED", "ES")
    needs_frames: ClassVar[int] = 5
    stored = False

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        frames = len(view.image.data)
        if frames != view.cycle_length or frames < self.needs_frames:
            raise SubjectError(
                "not_a_cine",
                f"{loaded.subject.id}: has {frames} of {view.cycle_length} frames; wanted a whole cycle of at least "
                f"{self.needs_frames}",
            )
        arrays = {"cine": view.image.data}
        ed, es = view.annotation("ED"), view.annotation("ES")
        if ed and es:
            arrays["phases"] = np.array([es.frame, ed.frame])
        return Record(loaded.subject.id, arrays, {"affine": view.image.affine.tolist()})


def image_of(record: Record) -> Volume:
    """The cine of a record of this preparation."""
    return Volume(record.arrays["cine"], np.array(record.meta["affine"]))

"""Short-axis cines as of short_axis_cines, of subjects whose group is known and whose labels are not needed."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.preparations import short_axis_cines
from cardioprior.store import Record


class Preparation(short_axis_cines.Preparation):
    """Array `cines`; meta `group` besides."""

    needs_phases: ClassVar[tuple[str, ...]] = ()
    needs_frames: ClassVar[int] = 5

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = replace(loaded.views["sax"], annotations=())
        record = super().prepare(replace(loaded, views={"sax": view}))
        return replace(record, meta={**record.meta, "group": loaded.subject.group})

"""Cines as one projected image a frame (thesis, section 7.3.1)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, grid_of, resample, slice_affine, slice_grid
from cardioprior.imaging.intensity import min_max
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.in_plane import InPlanePreparation, grids
from cardioprior.store import Record


class Preparation(InPlanePreparation):
    """Every frame min-max normalised, then the median over slices from the second to the last but one.

    Array `cine`, float32, shape (t, size, size); `middle_slice`, the same of the middle slice alone. Array `phases`,
    int64: the frames of ES and ED, counted from 0 on the cine's own axis. With fewer than three slices all are taken.
    """

    needs_phases = ("ED", "ES")
    needs_frames: ClassVar[int] = 5

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        frames = len(view.image.data)
        if frames != view.cycle_length:
            raise SubjectError(
                "not_a_cine", f"{loaded.subject.id}: has {frames} of {view.cycle_length} frames; wanted the cycle"
            )
        source, grid = grid_of(view.image), self.grid(view.image)
        middle = view.image.shape_zyx[0] // 2
        one_slice = Volume(view.image.data[:, middle : middle + 1], slice_affine(view.image.affine, middle))
        arrays = {
            "cine": self.projection(view.image, grid),
            "middle_slice": self.projection(one_slice, slice_grid(grid, middle)),
        }
        ed, es = view.annotation("ED"), view.annotation("ES")
        if ed and es:
            arrays["phases"] = np.array([es.frame, ed.frame])
        return Record(loaded.subject.id, arrays, grids(source, grid))

    def projection(self, image: Volume, grid: Grid) -> np.ndarray:
        """The projected cine (t, size, size), float32."""
        on_grid = min_max(resample(image.data, grid_of(image), grid, "linear"), axes=(1, 2, 3))
        inner = on_grid[:, 1:-1] if on_grid.shape[1] >= 3 else on_grid
        projected: np.ndarray = np.median(inner, axis=1).astype(np.float32)
        return projected

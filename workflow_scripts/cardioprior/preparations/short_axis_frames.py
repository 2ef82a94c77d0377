"""Annotated short-axis frames on an in-plane grid (thesis, section 5.3.1)."""

from __future__ import annotations

from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.imaging.geometry import grid_of, resample
from cardioprior.preparations.in_plane import FramePreparation, grids
from cardioprior.store import Record


class Preparation(FramePreparation):
    """One volume a labelled phase: bilinear in plane, cropped or zero-padded, min-max per volume, slices untouched.

    Arrays `image_<phase>` float32 and `labels_<phase>` uint8, shape (z, size, size); meta has the structures
    annotated in each phase, and the native and the prepared grid.
    """

    needs_phases = ("ED",)

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        source, grid = grid_of(view.image), self.grid(view.image)
        arrays, structures = {}, {}
        for annotation in view.annotations:
            if not annotation.phase:
                continue
            arrays[f"image_{annotation.phase}"] = self.frame(view.image, annotation.frame, grid)
            arrays[f"labels_{annotation.phase}"] = resample(annotation.labels, source, grid, "nearest")
            structures[annotation.phase] = list(annotation.structures)
        return Record(loaded.subject.id, arrays, {"structures": structures, **grids(source, grid)})

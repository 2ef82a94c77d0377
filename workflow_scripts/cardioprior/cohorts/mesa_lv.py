"""The LV shape model of MESA (Cardiac Atlas Project; Medrano-Gracia et al., J Cardiovasc Magn Reson 2014;16:56) as
high-resolution label maps: subjects of whom the model keeps ten modes at ED and ten at ES.

`PCA_ED.mat` and `PCA_ES.mat` hold MEAN, COEFF (a column a mode) and SCORE (a row a subject); `SurfaceFaces.mat` the
triangles, counted from 1. A shape is MEAN + COEFF SCORE in mm: the endocardium's points, then as many of the
epicardium in the same order; x from base to apex, y to the septum, z to the inferior wall. Both surfaces are open at
the base, where they are closed flat. There are no images, no RV, and nothing of where a heart lies in its patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from cardioprior.cohorts.contract import Annotation, Cohort, CohortSettings, LoadedSubject, Phase, Subject, View
from cardioprior.errors import CardioPriorError

if TYPE_CHECKING:
    import numpy as np

    from cardioprior.imaging.geometry import Grid

PHASES: tuple[Phase, ...] = ("ED", "ES")
FACES = "SurfaceFaces.mat"
#: around both phases' surfaces
MARGIN_MM = 10.0
#: grey values of the picture that stands in an image's place
GREY = {"LV": 2, "MYO": 1}
#: decimals of mm by which points are the same: the apex and the column where the surface closes are written repeatedly
SAME = 3
Millimetres = Annotated[float, Field(gt=0)]


class MesaSettings(CohortSettings):
    """subjects: how many, the first by number; null for all. spacing_mm: of the label maps' voxels, z, y, x."""

    subjects: int | None = Field(None, ge=1)
    spacing_mm: tuple[Millimetres, Millimetres, Millimetres] = (2.0, 1.25, 1.25)


@dataclass(frozen=True, eq=False)
class ShapeModel:
    """mean: (2 n, 3), n points of the endocardium and n of the epicardium. modes: (modes, 2 n, 3). scores: (subjects,
    modes)."""

    mean: np.ndarray
    modes: np.ndarray
    scores: np.ndarray


class Adapter(Cohort):
    """Subjects `MESA-0001` and so on, group ASYMP, with the view `hr`: ED and ES, LV and MYO. Slices run from the apex
    to the base, rows away from the septum, columns to the inferior wall; the axes are called L, P and S. The image is
    the label map in grey."""

    Settings: ClassVar[type[CohortSettings]] = MesaSettings
    settings: MesaSettings
    signs = (r"(^|/)PCA_ED\.mat$", r"(^|/)SurfaceFaces\.mat$")
    judged: ClassVar[bool] = False
    remark: ClassVar[str] = (
        "its hearts are 10-mode shapes, and the modes were fitted on all of them, those tested included"
    )

    def find(self) -> Sequence[Subject]:
        counts = [len(self._model[phase].scores) for phase in PHASES]
        if counts[0] != counts[1]:
            raise CardioPriorError(
                f"{self.root}: has {counts[0]} subjects at ED and {counts[1]} at ES; wanted the same subjects"
            )
        number = min(counts[0], self.settings.subjects or counts[0])
        files = (*(f"PCA_{phase}.mat" for phase in PHASES), FACES)
        return [Subject(f"MESA-{n:04d}", files, "ASYMP", ed_frame=0, es_frame=1) for n in range(1, number + 1)]

    def load(self, subject: Subject) -> LoadedSubject:
        import numpy as np

        from cardioprior.imaging.volume import Volume

        number = int(subject.id.rpartition("-")[2]) - 1
        surfaces = [self._surfaces(phase, number) for phase in PHASES]
        grid = self._grid(np.concatenate(surfaces))
        labels = [self._labels(points, grid, subject.id) for points in surfaces]
        grey = np.array([0, GREY["LV"], GREY["MYO"]], np.int16)
        image = Volume(grey[np.stack(labels)], grid.affine)
        annotations = tuple(Annotation(frame, phase, tuple(GREY), labels[frame]) for frame, phase in enumerate(PHASES))
        view = View("hr", image, (0, 1), 2, annotations=annotations, phases_from="metadata")
        return LoadedSubject(subject, {"hr": view})

    def _surfaces(self, phase: Phase, number: int) -> np.ndarray:
        """Points of a subject, (2 n, 3), LPS mm: lateral, inferior, towards the base."""
        import numpy as np

        model = self._model[phase]
        x, y, z = (model.mean + np.tensordot(model.scores[number], model.modes, axes=1)).T
        return np.stack([-y, z, -x], axis=1)

    def _grid(self, points: np.ndarray) -> Grid:
        """Voxels that hold points and a margin."""
        import numpy as np

        from cardioprior.imaging.geometry import Grid

        spacing_mm = np.array(self.settings.spacing_mm[::-1])
        low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
        x, y, z = np.ceil((high - low) / spacing_mm).astype(int) + 1
        affine = np.diag([*spacing_mm, 1.0])
        affine[:3, 3] = low
        return Grid((int(z), int(y), int(x)), affine)

    def _labels(self, points: np.ndarray, grid: Grid, name: str) -> np.ndarray:
        """The cavity within the endocardium; the wall in the rest of what the epicardium holds, whose base is closed by
        a ring to the endocardium's and by that one's lid, so that no wall lies over the cavity."""
        import numpy as np

        from cardioprior.imaging.labels import LV, MYO
        from cardioprior.imaging.meshes import Mesh, open_edges, voxelise

        triangles, half = self._triangles, len(points) // 2
        rim = open_edges(triangles)
        ring = np.concatenate(
            [np.column_stack([rim, rim[:, 1] + half]), np.column_stack([rim[:, 0], rim + half])[:, [0, 2, 1]]]
        )
        cavity = voxelise(Mesh(points, triangles), grid, name)
        whole = voxelise(Mesh(points, np.concatenate([triangles + half, ring])), grid, name)
        return np.where(cavity, np.uint8(LV), np.where(whole, np.uint8(MYO), np.uint8(0)))

    @cached_property
    def _triangles(self) -> np.ndarray:
        """Of the endocardium, int (m, 3), with points at one place as one; the epicardium's have the same corners."""
        import numpy as np

        faces = self._read(FACES, "Face")
        endo, epi = (np.asarray(faces[name], int) for name in ("Endo", "Epi"))
        mean = self._model["ED"].mean
        half = len(mean) // 2
        if endo.shape != epi.shape or (endo + half != epi).any() or endo.min() < 1 or endo.max() > half:
            raise CardioPriorError(
                f"{self.root / FACES}: triangles of endocardium and epicardium differ or have corners beyond the "
                f"{half} points of a surface; wanted the same triangles of each"
            )
        _, first, same = np.unique(mean[:half].round(SAME), axis=0, return_index=True, return_inverse=True)
        corners = first[same.ravel()][endo - 1]
        a, b, c = corners.T
        return np.asarray(corners[(a != b) & (b != c) & (a != c)])

    @cached_property
    def _model(self) -> dict[Phase, ShapeModel]:
        import numpy as np

        found = {}
        for phase in PHASES:
            stored = self._read(f"PCA_{phase}.mat", f"PCA_{phase}")
            mean, modes, scores = (np.asarray(stored[name], float) for name in ("MEAN", "COEFF", "SCORE"))
            if mean.size % 6 or modes.shape != (mean.size, scores.shape[-1]) or scores.ndim != 2:
                raise CardioPriorError(
                    f"{self.root / f'PCA_{phase}.mat'}: MEAN {mean.shape}, COEFF {modes.shape} and SCORE "
                    f"{scores.shape} do not fit; wanted (6 n), (6 n, modes) and (subjects, modes)"
                )
            found[phase] = ShapeModel(mean.reshape(-1, 3), modes.T.reshape(modes.shape[1], -1, 3), scores)
        return found

    def _read(self, name: str, variable: str) -> Any:
        """A variable of a file. Raises CardioPriorError where there is none."""
        from scipy.io import loadmat

        path = Path(self.root) / name
        try:
            return loadmat(path, simplify_cells=True)[variable]
        except Exception as fault:  # a damaged file raises whatever the part that fails to read it does
            wanted = f"PCA_ED.mat, PCA_ES.mat and {FACES} of MESA's LV shape model"
            raise CardioPriorError(f"{path}: holds no {variable} ({fault}); wanted {wanted}") from fault

"""The only place that resamples: grids in the patient and images on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cardioprior.imaging.volume import Volume

if TYPE_CHECKING:
    import SimpleITK as sitk

Interpolation = Literal["linear", "nearest", "b-spline", "lanczos"]


@dataclass(frozen=True)
class Grid:
    """Where voxels lie: shape (z, y, x) and the affine from voxel index (x, y, z, 1) to LPS mm."""

    shape_zyx: tuple[int, int, int]
    affine: np.ndarray

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along z, y, x in mm."""
        return Volume(np.empty((0, *self.shape_zyx)), self.affine).spacing_mm


def grid_of(volume: Volume) -> Grid:
    """The grid that a volume lies on."""
    return Grid(volume.shape_zyx, volume.affine)


def stored_grid(about: Mapping[str, Any]) -> Grid:
    """The grid that preparations keep as JSON values: `shape_zyx` and `affine`."""
    return Grid(tuple(about["shape_zyx"]), np.array(about["affine"]))


def in_plane_grid(source: Grid, spacing_mm: float, size: int, centre_yx: tuple[float, float]) -> Grid:
    """A grid with the source's slices and square images of `size` pixels of `spacing_mm` about a centre.

    centre_yx: in-plane index on the source grid (fractions allowed) that becomes the middle of the new images.
    """
    affine = source.affine.astype(float).copy()
    _, dy, dx = source.spacing_mm
    affine[:3, 0] *= spacing_mm / dx
    affine[:3, 1] *= spacing_mm / dy
    centre = source.affine @ np.array([centre_yx[1], centre_yx[0], 0.0, 1.0])
    half = (size - 1) / 2
    affine[:3, 3] = centre[:3] - half * (affine[:3, 0] + affine[:3, 1])
    return Grid((source.shape_zyx[0], size, size), affine)


def centred_grid(
    source: Grid,
    spacing_mm: tuple[float, float, float],
    shape_zyx: tuple[int, int, int],
    centre_zyx: tuple[float, float, float],
) -> Grid:
    """A grid in the source's directions with another spacing and shape, its middle at an index on the source grid
    (fractions allowed)."""
    affine = source.affine.astype(float).copy()
    affine[:3, :3] *= (np.array(spacing_mm) / np.array(source.spacing_mm))[::-1]
    centre = source.affine @ np.array([*centre_zyx[::-1], 1.0])
    affine[:3, 3] = centre[:3] - affine[:3, :3] @ ((np.array(shape_zyx[::-1]) - 1) / 2)
    return Grid(shape_zyx, affine)


def isotropic_grid(source: Grid, spacing_mm: float, shape_zyx: tuple[int, int, int]) -> Grid:
    """A grid of voxels of `spacing_mm` along all axes about the source's middle, along its axes."""
    z, y, x = ((count - 1) / 2 for count in source.shape_zyx)
    return centred_grid(source, (spacing_mm,) * 3, shape_zyx, (z, y, x))


def slice_affine(affine: np.ndarray, z: int) -> np.ndarray:
    """The affine of a stack's slice z alone."""
    moved = affine.astype(float).copy()
    moved[:3, 3] += z * moved[:3, 2]
    return moved


def slice_grid(grid: Grid, z: int) -> Grid:
    """Slice z of a grid alone."""
    return Grid((1, *grid.shape_zyx[1:]), slice_affine(grid.affine, z))


def with_slices(grid: Grid, slices: int) -> Grid:
    """A grid with as many slices, those of the given one in the middle: added or left out at both ends, the odd one at
    the last."""
    return Grid((slices, *grid.shape_zyx[1:]), slice_affine(grid.affine, _first(grid.shape_zyx[0], slices)))


def own_slices(own: int, slices: int) -> np.ndarray:
    """Which slices, bool (slices,), of a stack that `with_slices` gave `slices` are among the `own` that it had."""
    places = np.arange(slices) + _first(own, slices)
    return (places >= 0) & (places < own)


def middle_slices(stack: np.ndarray, slices: int) -> np.ndarray:
    """The slices of a stack (z, y, x) that `with_slices` keeps; all of them where there are no more."""
    first = max(_first(len(stack), slices), 0)
    return stack[first : first + slices]


def _first(own: int, slices: int) -> int:
    return int((own - slices) / 2)


def thin_slices(grid: Grid, factor: int) -> Grid:
    """A grid of `factor` thin slices for each of the given one's, which together fill its place."""
    affine = grid.affine.astype(float).copy()
    affine[:3, 3] -= (factor - 1) / (2 * factor) * affine[:3, 2]
    affine[:3, 2] /= factor
    return Grid((factor * grid.shape_zyx[0], *grid.shape_zyx[1:]), affine)


def image_centre(grid: Grid) -> tuple[float, float]:
    """The middle of a grid's images as an in-plane index (y, x)."""
    return (grid.shape_zyx[1] - 1) / 2, (grid.shape_zyx[2] - 1) / 2


def resample(data: np.ndarray, source: Grid, target: Grid, interpolation: Interpolation) -> np.ndarray:
    """Arrays (..., z, y, x) on the source grid, brought to the target grid; zero outside the source.

    nearest: the input's type, for labels; the others float32. b-spline: cubic, through the samples, mirrored at the
    ends. lanczos: sinc windowed over five samples a side, the ends repeated.
    """
    import SimpleITK as sitk

    interpolator = {
        "linear": sitk.sitkLinear,
        "nearest": sitk.sitkNearestNeighbor,
        "b-spline": sitk.sitkBSpline3,
        "lanczos": sitk.sitkLanczosWindowedSinc,
    }[interpolation]
    leading = data.shape[:-3]
    frames = data.reshape((-1, *source.shape_zyx))
    resampler = sitk.ResampleImageFilter()
    resampler.SetReferenceImage(_placed(np.zeros(target.shape_zyx, np.uint8), target))
    resampler.SetInterpolator(interpolator)
    resampler.SetDefaultPixelValue(0)
    resampler.SetNumberOfThreads(1)
    kind = data.dtype if interpolation == "nearest" else np.float32
    result = np.empty((len(frames), *target.shape_zyx), kind)
    for frame, out in zip(frames, result, strict=True):
        image = resampler.Execute(_placed(frame.astype(kind, copy=False), source))
        out[...] = sitk.GetArrayFromImage(image)
    return result.reshape((*leading, *target.shape_zyx))


def _placed(data: np.ndarray, grid: Grid) -> sitk.Image:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(data))
    z, y, x = grid.spacing_mm
    image.SetSpacing((x, y, z))
    image.SetOrigin(tuple(map(float, grid.affine[:3, 3])))
    directions = grid.affine[:3, :3] / np.array([x, y, z])
    image.SetDirection(tuple(map(float, directions.ravel())))
    return image


def slices_last(image: Volume) -> Volume:
    """The image with its slices along z: as it is, or with axes exchanged where another axis must be the slices'.

    That is an axis whose steps are longer than those of the two others, which are equal, and which has fewer of them.
    Nothing is resampled.
    """
    lengths, counts = np.array(image.spacing_mm[::-1]), np.array(image.shape_zyx[::-1])
    axis = int(lengths.argmax())
    others = [other for other in range(3) if other != axis]
    alike = np.isclose(lengths[others[0]], lengths[others[1]], rtol=0.01)
    if axis == 2 or not alike or lengths[axis] < 1.05 * lengths[others].max() or counts[axis] >= counts[others].min():
        return image
    order = [*others, axis]  # of x, y, z
    data = image.data.transpose(0, *(1 + (2 - other) for other in reversed(order)))
    return Volume(np.ascontiguousarray(data), image.affine[:, [*order, 3]])


def middle(images: Any, size: int) -> Any:
    """The middle of images (..., y, x), arrays or tensors, `size` pixels a side."""
    y, x = ((length - size) // 2 for length in images.shape[-2:])
    return images[..., y : y + size, x : x + size]

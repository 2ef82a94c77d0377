"""A box seen by a thick oblique stack and by a plane across it: placed, optimised, refused where it is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import CLASSES, LV
from cardioprior.inference.latent_optimisation import Schedule, optimised
from cardioprior.inference.stored import Stored
from cardioprior.inference.views import check_grid, placed_views, plane_term
from cardioprior.networks.shape_vae import ShapeGenerator
from cardioprior.preparations.contract import LONG_AXIS
from cardioprior.store import Record

CPU = torch.device("cpu")
SHAPES = {"spacing_mm": 2.0, "size": 32, "slice_mm": 2.5, "slices": 32}
#: of the box, mm along the axes of the stack
LOW, HIGH = np.array([-13.0, -9.0, -20.0]), np.array([15.0, 17.0, 24.0])
TURN = np.array([[0.6, -0.8, 0.0], [0.48, 0.36, -0.8], [0.64, 0.48, 0.6]])


class Threshold(nn.Module):
    """Takes what is bright for LV: the segmentation of a picture that is its own mask."""

    def forward(self, image: Tensor) -> Tensor:
        inside = 20 * (image - 0.5)
        return torch.cat([-inside, inside, *2 * [torch.full_like(image, -40)]], dim=1)


def affine(axes: np.ndarray, spacing: tuple[float, float, float], first: tuple[float, float, float]) -> np.ndarray:
    """axes: x, y and z of the array in the stack's frame, as rows; first: the first voxel there, mm."""
    found = np.eye(4)
    found[:3, :3] = TURN @ (axes * np.array(spacing)[:, None]).T
    found[:3, 3] = TURN @ np.array(first)
    return found


def in_box(matrix: np.ndarray, zyx: np.ndarray) -> np.ndarray:
    """Whether indices z, y, x (n, 3) of an affine lie in the box."""
    mm = (matrix @ np.column_stack([zyx[:, ::-1], np.ones(len(zyx))]).T)[:3].T @ TURN
    return ((mm > LOW) & (mm < HIGH)).all(axis=1)


def mask(shape: tuple[int, int, int], matrix: np.ndarray) -> np.ndarray:
    return in_box(matrix, np.argwhere(np.ones(shape))).reshape(shape).astype(np.float32)


def record(bright: bool = True) -> Record:
    """Eight slices 9 mm apart, 48 x 48 pixels of 1.5 mm, prepared as acquired; a plane along the stack's z and x."""
    stack_shape, plane_shape = (8, 48, 48), (1, 48, 48)
    stack = affine(np.eye(3), (1.5, 1.5, 9.0), (-34.0, -33.0, -32.5))
    plane = affine(np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]), (1.7, 1.7, 6.0), (-38.0, 3.2, -41.0))
    grids = {"": (stack_shape, stack), "_la4ch": (plane_shape, plane)}
    about = {
        f"{name}{suffix}": {"shape_zyx": list(shape), "affine": matrix.tolist()}
        for suffix, (shape, matrix) in grids.items()
        for name in ("native", "grid")
    }
    arrays = {"image_ED": mask(stack_shape, stack), LONG_AXIS: mask(plane_shape, plane)}
    arrays = {name: array * bright for name, array in arrays.items()}
    return Record("a", arrays, {**about, "shapes": SHAPES})


def placed() -> tuple[Record, dict[str, np.ndarray]]:
    return placed_views(Threshold(), Threshold(), record(), CPU)


def test_every_pixel_of_the_stack_is_labelled_by_where_it_lies_in_the_patient() -> None:
    """Checked a millimetre off the box's faces, as labels are linear between pixels of 1.5 mm."""
    found, _ = placed()
    grid = stored_grid(found.meta["grid"])
    stack = found.arrays["stack"]
    assert stack.shape[1:] == (32, 32) and len(stack) == len(found.meta["places"]) >= 6
    indices = np.argwhere(np.ones(stack.shape)).astype(float)
    indices[:, 0] = np.repeat(found.meta["places"], 32 * 32)
    mm = (grid.affine @ np.column_stack([indices[:, ::-1], np.ones(len(indices))]).T)[:3].T @ TURN
    clear = (np.abs(mm - LOW) > 1).all(axis=1) & (np.abs(mm - HIGH) > 1).all(axis=1)
    assert clear.mean() > 0.5
    labels = stack.reshape(-1)[clear]
    assert np.array_equal(labels == LV, in_box(grid.affine, indices)[clear])
    assert 0 < (labels == LV).mean() < 1


def test_the_grid_has_the_middle_of_what_was_found_in_its_middle() -> None:
    grid = stored_grid(placed()[0].meta["grid"])
    z, y, x = (np.array(grid.shape_zyx) - 1) / 2
    middle = (grid.affine @ [x, y, z, 1])[:3] @ TURN
    np.testing.assert_allclose(middle[:2], (LOW + HIGH)[:2] / 2, atol=0.75)  # to half a pixel
    np.testing.assert_allclose(middle[2], (LOW + HIGH)[2] / 2, atol=4.5)  # to half a slice


def test_slices_beyond_the_grid_are_left_out_and_the_others_keep_their_numbers() -> None:
    low = {**SHAPES, "slices": 16}
    given = record()
    found, segmented = placed_views(Threshold(), Threshold(), replace(given, meta={**given.meta, "shapes": low}), CPU)
    assert all(0 <= place <= 15 for place in found.meta["places"])
    assert len(found.arrays["slices"]) == len(found.meta["places"]) < 8
    areas = segmented["labels_lr"].any(axis=(1, 2))[found.arrays["slices"]]
    assert np.array_equal(found.arrays["stack"].any(axis=(1, 2)), areas)


def test_points_of_the_plane_have_the_label_of_their_place() -> None:
    found, segmented = placed()
    grid = stored_grid(found.meta["grid"])
    points, labels = found.arrays["plane_points"], found.arrays["plane_labels"]
    assert len(points) == len(labels) > 500
    assert np.array_equal(labels == LV, in_box(grid.affine, points.astype(float)))
    assert (points >= 0).all() and (points <= np.array(grid.shape_zyx) - 1).all()
    assert (segmented["labels_la4ch"] == LV).sum() == (labels == LV).sum()  # all of the box is in the grid


def test_a_stack_without_a_heart_is_the_subjects_fault_and_says_how_many_slices_show_one() -> None:
    with pytest.raises(SubjectError, match=r"a: .* on 0 of 8 slices; wanted 2 at least"):
        placed_views(Threshold(), Threshold(), record(bright=False), CPU)


def generator() -> ShapeGenerator:
    torch.manual_seed(1)
    made = ShapeGenerator(CLASSES, (2, 2, 2), 4, width=2)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(0, 0.4)
    return made.eval().requires_grad_(False)


def across(y: int) -> np.ndarray:
    """The voxels of row y of every slice, indices z, y, x."""
    return np.argwhere(np.ones((32, 1, 32))) + np.array([0, y, 0])


def view_of(shapes: ShapeGenerator, code: Tensor, y: int) -> Record:
    """A plane's labels of the shape of a code."""
    with torch.no_grad():
        labels = shapes(code).argmax(dim=1)[0, :, y].reshape(-1).numpy().astype(np.uint8)
    return Record("a", {"plane_points": across(y).astype(np.float32), "plane_labels": labels})


def test_the_term_is_the_cross_entropy_of_the_whole_shape_at_the_planes_voxels() -> None:
    shapes, codes = generator(), torch.randn(3, 4)
    view = view_of(shapes, torch.randn(1, 4), 17)
    found = plane_term(shapes, view, CPU)(codes, torch.arange(3))
    logits = shapes(codes)[:, :, *torch.from_numpy(across(17)).T]
    target = torch.from_numpy(view.arrays["plane_labels"]).long().expand(3, -1)
    wanted = functional.cross_entropy(logits, target, reduction="none").mean(dim=1)
    assert found.tolist() == pytest.approx(wanted.tolist(), rel=1e-4)


def test_shapes_agree_better_with_a_plane_whose_term_was_there() -> None:
    """Two slices next to each other are the stack; what it leaves open the plane decides. Over six shapes."""
    shapes = generator()
    losses = np.zeros((6, 2))
    for row, true in zip(losses, torch.randn(6, 1, 4), strict=True):
        with torch.no_grad():
            stack = shapes(true).argmax(dim=1)[:, 15:17]
        term = plane_term(shapes, view_of(shapes, true, 17), CPU)
        for place, used in enumerate((None, term)):
            found = optimised(shapes.at_slices([15.0, 16.0]), 4, stack, Schedule(iterations=60), used, motion=False)
            row[place] = float(term(found.codes, torch.arange(1)))
    assert (losses[:, 1] < losses[:, 0]).all()


def test_a_model_of_another_grid_is_refused_with_both_grids() -> None:
    models = {"shape_vae": Stored({}, {"name": "high_resolution_shapes", "settings": {**SHAPES, "size": 48}})}
    with pytest.raises(CardioPriorError, match=r"shape_vae: was trained on shapes of .*48.* for .*32.*wanted one grid"):
        check_grid(models, record())
    check_grid({"shape_vae": Stored({}, {"settings": SHAPES})}, record())

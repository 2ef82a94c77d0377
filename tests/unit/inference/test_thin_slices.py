"""Thick stacks on the grid of thin slices: interpolation lies where it should, and times are fair."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from scipy.interpolate import CubicSpline

from cardioprior import registry
from cardioprior.inference.stacks import interpolated
from cardioprior.inference.super_resolution_method import SuperResolutionMethod
from cardioprior.models.super_resolution import ROWS
from cardioprior.store import Record

CPU = torch.device("cpu")
SLICES, FACTOR = 8, 5


def record(stack: np.ndarray, own: int = SLICES) -> Record:
    z, y, x = stack.shape
    meta = {"grid": {"shape_zyx": [FACTOR * z, y, x]}, "native": {"shape_zyx": [own, 30, 30]}}
    return Record("a", {"image": stack.astype(np.float32)}, meta)


def ramp() -> np.ndarray:
    """Slice z is z all over."""
    return np.broadcast_to(np.arange(SLICES, dtype=float)[:, None, None], (SLICES, 3, 2)).copy()


@pytest.mark.parametrize("kind", ["linear", "b-spline"])
def test_a_stack_that_is_linear_along_z_is_its_own_place_on_every_thin_slice(kind):
    """Thin slices lie at -.4, -.2, 0, .2, .4 of a thick one from each centre."""
    found = interpolated(kind, record(ramp()))[:, 1, 1]
    wanted = (np.arange(FACTOR * SLICES) - 2) / FACTOR
    inside = slice(12, -12) if kind == "b-spline" else slice(2, -2)  # a spline mirrors the ends
    np.testing.assert_allclose(found[inside], wanted[inside], atol=0.02 if kind == "b-spline" else 1e-5)
    np.testing.assert_allclose(found[[0, 1, -2, -1]], [0, 0, SLICES - 1, SLICES - 1], atol=1e-4)


def test_acquired_slices_stand_in_the_middle_of_their_thin_ones():
    stack = np.random.default_rng(0).random((SLICES, 4, 3))
    for kind in ("linear", "b-spline"):
        np.testing.assert_allclose(interpolated(kind, record(stack))[2::FACTOR], stack, atol=1e-4)


def test_a_spline_through_a_smooth_course_follows_it_better_than_lines():
    course = np.sin(np.arange(SLICES))
    stack = np.broadcast_to(course[:, None, None], (SLICES, 3, 2))
    inner = slice(15, 25)
    true = CubicSpline(np.arange(SLICES), course)((np.arange(FACTOR * SLICES) - 2) / FACTOR)[inner]
    spline, line = (interpolated(kind, record(stack))[inner, 1, 1] for kind in ("b-spline", "linear"))
    assert np.abs(spline - true).max() < 0.25 * np.abs(line - true).max()


def test_empty_slices_beyond_the_subjects_own_are_not_mixed_in():
    stack = np.zeros((SLICES, 3, 2))
    stack[1:7] = 1  # six of eight are its own
    for kind in ("linear", "b-spline"):
        np.testing.assert_allclose(interpolated(kind, record(stack, own=6)), 1, atol=1e-5)


class Slow(SuperResolutionMethod):
    """Takes long when it is cold, and once in between."""

    title = "slow"

    def __init__(self) -> None:
        self.waits = [0.3, 0.0, 0.3, 0.0]

    def models(self, study, cohort, fold, condition):
        return ()

    def predict_one(self, record, models, device):
        time.sleep(self.waits.pop(0))
        return {"upsampled": np.zeros(1)}


def test_a_case_is_run_once_for_nothing_and_then_three_times_of_which_the_median_counts():
    method = Slow()
    (found,) = method.predict([record(ramp())], {}, CPU)
    assert method.waits == []
    assert found.meta["seconds"] < 0.2


@pytest.mark.parametrize("name", ["acnn_sr", "acnn_sr_without_prior", "acnn_sr_cnn", "acnn_sr_3d_unet"])
def test_a_network_makes_an_image_of_all_thin_slices_from_the_stack(name):
    method = registry.entry("methods", name)()
    (ref,) = method.models("acnn_superresolution", "c", "main", "as-acquired")
    entry = registry.entry("models", ref.name)
    arrays = {"image": np.random.default_rng(0).random((3, 24, 24)).astype(np.float32)}
    networks = entry.build({"network": ROWS[ref.condition][0], "width": 0.1, "factor": FACTOR})
    given = Record("a", arrays, {"grid": {"shape_zyx": [15, 24, 24]}})
    networks["super_resolution"].eval()
    found = method.predict_one(given, {ref.id: networks}, CPU)["upsampled"]
    assert found.shape == (15, 24, 24) and found.dtype == np.float32


def test_super_resolution_then_segmentation_hands_its_image_on():
    method = registry.entry("methods", "acnn_sr_then_unet")()
    first, second = method.models("acnn_segmentation", "c", "fold-2", "as-acquired")
    assert (first.study, first.fold, first.id) == ("acnn_segmentation", "fold-2", "super_resolution@acnn-sr")
    assert (second.study, second.fold, second.id) == ("acnn_segmentation", "fold-2", "stack_segmentation@sr-then-unet")

    def upsampling(stack):
        return stack.repeat_interleave(FACTOR, dim=2) * 2

    def segmenting(image):  # LV where the upsampled image is above 1
        return torch.cat([torch.ones_like(image), image, torch.zeros_like(image)], dim=1)

    stack = np.zeros((SLICES, 3, 2), np.float32)
    stack[2] = 0.75
    models = {first.id: {"super_resolution": upsampling}, second.id: {"segmentation": segmenting}}
    labels = method.predict_one(record(stack), models, CPU)["labels"]
    assert labels[:, 1, 1].tolist() == [0] * 10 + [1] * 5 + [0] * 25

"""Images that can be of a heart, and those that cannot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cardioprior.cohorts.contract import View
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding.image_checks import check_image, interleaved, slice_order
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.imaging.dicom_world import real_data


def stack(slices: int = 8, frames: int = 2) -> np.ndarray:
    """Smooth noise (t, z, y, x) whose slices resemble their neighbours."""
    noise = np.random.default_rng(0).normal(size=(frames, slices, 40, 40))
    return (1000 * gaussian_filter(noise, (0, 1.5, 2, 2))).astype(np.float32)


def view(data: np.ndarray, spacing_mm: tuple[float, float, float] = (8, 3, 3), role: str = "sax") -> View:
    z, y, x = spacing_mm
    return View(role, Volume(data, np.diag([x, y, z, 1.0])), tuple(range(len(data))), 30)


def codes(*arguments: object, **options: object) -> list[str]:
    return [finding.code for finding in check_image("a", view(*arguments, **options))]


def test_a_sound_image_has_nothing_to_remark() -> None:
    assert codes(stack()) == []


def test_values_that_are_no_picture_are_refused() -> None:
    holed, black = stack(), stack()
    holed[1, 2, 3, 4] = np.inf
    black[1] = 0
    for data, code in ((holed, "not_finite"), (black, "constant_image")):
        with pytest.raises(SubjectError) as caught:
            check_image("a", view(data))
        assert caught.value.code == code


@pytest.mark.parametrize("spacing", [(8, 0.003, 0.003), (0.008, 3, 3), (8000, 3, 3), (8, 3, 41)])
def test_distances_that_no_scanner_makes_are_refused(spacing: tuple[float, float, float]) -> None:
    with pytest.raises(SubjectError, match=r"wanted 0\.1 to 40 mm") as caught:
        check_image("a", view(stack(), spacing))
    assert caught.value.code == "bad_spacing"


def test_a_picture_that_is_too_small_or_large_for_a_heart_is_a_warning() -> None:
    assert codes(stack(), (8, 0.5, 0.5)) == ["field_of_view"]
    assert codes(stack(), (8, 30, 30)) == ["field_of_view"]


def test_a_slice_or_frame_that_occurs_twice_is_a_warning() -> None:
    data = stack()
    data[:, 4] = data[:, 3]
    assert codes(data) == ["duplicated_slice"]
    data = stack()
    data[1] = data[0]
    assert codes(data) == ["repeated_frames"]


def test_slices_in_a_wrong_order_are_a_warning_and_in_either_direction_none() -> None:
    data = stack()
    assert slice_order(data[0]) > 0.9
    assert codes(data[:, ::-1]) == []
    assert codes(data[:, [4, 1, 6, 2, 7, 0, 3, 5]]) == ["slice_order"]


@pytest.mark.parametrize(
    "order",
    [[0, 2, 4, 6, 1, 3, 5, 7], [1, 3, 5, 7, 0, 2, 4, 6], [0, 2, 4, 6, 7, 5, 3, 1], [0, 3, 6, 1, 4, 7, 2, 5]],
)
def test_interleaved_slices_are_a_warning_that_says_how(order: list[int]) -> None:
    (finding,) = check_image("a", view(stack()[:, order]))
    assert finding.code == "interleaved_slices"
    assert f"stored in the order {', '.join(str(z + 1) for z in order)}; wanted" in finding.sentence


def test_of_acdc_every_interleaved_stack_is_found_and_no_other() -> None:
    adapter = cohort("acdc", real_data("acdc"))
    for subject in adapter.find()[::10]:
        frame = adapter.load(subject).views["sax"].image.data[0]
        if len(frame) >= 6:
            mixed = [*range(0, len(frame), 2), *range(1, len(frame), 2)]
            assert interleaved(frame) == "" and slice_order(frame) > 0.75
            assert interleaved(frame[mixed]) == ", ".join(str(z + 1) for z in mixed)


def test_few_slices_have_no_order_to_check() -> None:
    assert codes(stack()[:, [3, 0, 4, 1]]) == []


def test_an_image_of_more_pixels_than_any_is_refused() -> None:
    with pytest.raises(SubjectError, match="wanted at most 4096 pixels a side"):
        check_image("a", view(np.zeros((1, 1, 2, 5000), np.uint8)))

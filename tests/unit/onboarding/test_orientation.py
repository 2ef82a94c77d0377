"""A heart that lies in the patient as hearts do, and its mirror images."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, View
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding.orientation import base_to_apex, check_orientation, lv_to_rv
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.imaging.dicom_world import real_data

#: of a patient: slices from the base to the apex, rows to the left and back, columns down
Z = np.array([0.58, -0.52, -0.627])
Z = Z / np.linalg.norm(Z)
X = np.array([0.73, 0.67, 0.12])
X = (X - Z * (X @ Z)) / np.linalg.norm(X - Z * (X @ Z))
Y = np.cross(X, Z)
SPACING_MM = (1.5, 1.5, 8.0)


def affine(*axes: np.ndarray) -> np.ndarray:
    placed = np.eye(4)
    placed[:3, :3] = np.stack(axes, axis=1) * SPACING_MM
    return placed


def heart(slices: int = 8) -> np.ndarray:
    """Labels (z, y, x), base first: LV in its wall, tapering, RV at lower x in all slices but the last two."""
    labels = np.zeros((slices, 64, 64), np.uint8)
    y, x = np.mgrid[:64, :64]
    for z in range(slices):
        radius = 12 - z
        labels[z][np.hypot(y - 30, x - 20) <= radius * (z < slices - 2)] = 3
        labels[z][np.hypot(y - 32, x - 38) <= radius + 3] = 2
        labels[z][np.hypot(y - 32, x - 38) <= radius] = 1
    return labels


def view(labels: np.ndarray, grid: np.ndarray, role: str = "sax", structures=("LV", "MYO", "RV")) -> View:
    image = Volume(np.zeros((1, *labels.shape), np.int16), grid)
    return View(role, image, (0,), 1, annotations=(Annotation(0, "ED", structures, labels),))


def sentences(*arguments: object, **options: object) -> list[str]:
    return [finding.sentence for finding in check_orientation("a", view(*arguments, **options))]


def test_a_heart_in_its_place_has_nothing_to_remark() -> None:
    assert sentences(heart(), affine(X, Y, Z)) == []


def test_the_directions_are_those_of_the_affine() -> None:
    annotation = view(heart(), affine(X, Y, Z)).annotations[0]
    np.testing.assert_allclose(base_to_apex(annotation, affine(X, Y, Z)), Z, atol=1e-9)
    assert lv_to_rv(annotation, affine(X, Y, Z)) @ X < -0.98


def test_the_way_in_which_a_sound_file_stores_its_axes_does_not_matter() -> None:
    assert sentences(heart()[::-1], affine(X, Y, -Z)) == []
    assert sentences(heart()[:, :, ::-1], affine(-X, Y, Z)) == []
    assert sentences(heart().transpose(0, 2, 1), affine(Y, X, Z)) == []


def test_columns_that_were_reversed_without_the_affine_put_the_rv_on_the_wrong_side() -> None:
    (sentence,) = sentences(heart()[:, :, ::-1], affine(X, Y, Z))
    assert "the RV lies left of and behind the LV (wanted: lies right of and in front of)" in sentence
    assert "apex" not in sentence


def test_slices_that_were_reversed_without_the_affine_put_the_apex_on_the_wrong_side() -> None:
    (sentence,) = sentences(heart()[::-1], affine(X, Y, Z))
    assert "the apex lies right of and behind and above the base" in sentence and "RV" not in sentence


def test_axes_of_the_other_convention_are_noticed() -> None:
    """RAS taken for LPS: x and y have the wrong sign."""
    (sentence,) = sentences(heart(), np.diag([-1.0, -1, 1, 1]) @ affine(X, Y, Z))
    assert "RV lies left of and behind" in sentence


def test_without_the_rv_the_apex_is_looked_at_alone() -> None:
    left = np.where(heart() == 3, 0, heart()).astype(np.uint8)
    assert sentences(left[:, :, ::-1], affine(X, Y, Z), structures=("LV", "MYO")) == []
    assert len(sentences(left[::-1], affine(X, Y, Z), structures=("LV", "MYO"))) == 1


@pytest.mark.parametrize("turned", [np.eye(3), np.eye(3)[[1, 2, 0]]])
def test_slices_along_an_axis_of_the_body_say_that_the_affine_is_not_the_patients(turned: np.ndarray) -> None:
    assert sentences(heart()[::-1, :, ::-1], affine(*turned)) == []


def test_an_lv_of_one_width_has_no_apex() -> None:
    tube = np.repeat(heart()[:1], 8, axis=0)
    assert sentences(tube[::-1], affine(X, Y, Z)) == []


def test_other_views_have_other_directions() -> None:
    assert sentences(heart()[::-1], affine(X, Y, Z), role="us") == []


def test_in_sunnybrook_the_apex_is_where_it_belongs_and_reversed_slices_are_noticed() -> None:
    adapter = cohort("sunnybrook", real_data("sunnybrook"))
    for subject in adapter.find():
        found = adapter.load(subject).views["sax"]
        assert check_orientation(subject.id, found) == []
        ed = found.annotation("ED")
        reversed_slices = Annotation(0, "ED", ed.structures, ed.labels[::-1])
        mirrored = View("sax", found.image, found.frame_numbers, 20, annotations=(reversed_slices,))
        assert [finding.code for finding in check_orientation(subject.id, mirrored)] == ["mirrored"]

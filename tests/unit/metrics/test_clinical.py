"""Volumes, mass, ejection fraction and errors, reckoned by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.clinical import (
    absolute_relative_error,
    ejection_fraction_percent,
    mass_g,
    relative_error,
    stroke_volume_ml,
    volume_ml,
)

# 1.25 x 1.25 x 8 mm.
VOXEL_ML = 0.0125


def test_eighty_voxels_of_an_eightieth_millilitre_are_one_millilitre():
    mask = np.zeros((10, 20, 20), bool)
    mask[:5, :4, :4] = True
    assert volume_ml(mask, VOXEL_ML) == pytest.approx(1.0)


def test_an_empty_mask_has_no_volume_and_no_mass():
    nothing = np.zeros((3, 4, 4), bool)
    assert volume_ml(nothing, VOXEL_ML) == 0.0
    assert mass_g(nothing, VOXEL_ML) == 0.0


def test_a_hundred_millilitres_of_myocardium_weigh_a_hundred_and_five_grams():
    assert mass_g(np.ones((10, 10, 80), bool), VOXEL_ML) == pytest.approx(105.0)


def test_a_label_map_has_no_volume_until_a_structure_is_chosen():
    with pytest.raises(TypeError, match="wanted a boolean mask"):
        volume_ml(np.ones((2, 2), np.uint8), VOXEL_ML)


def test_a_heart_that_empties_from_120_to_48_ml_ejects_60_percent():
    assert stroke_volume_ml(120.0, 48.0) == 72.0
    assert ejection_fraction_percent(120.0, 48.0) == pytest.approx(60.0)


def test_a_heart_that_does_not_move_ejects_nothing():
    assert ejection_fraction_percent(120.0, 120.0) == 0.0


def test_a_prediction_that_grows_in_systole_has_a_negative_ejection_fraction():
    assert ejection_fraction_percent(100.0, 110.0) == pytest.approx(-10.0)


@pytest.mark.parametrize("edv_ml", [0.0, -3.0, math.nan])
def test_a_heart_without_a_volume_has_no_ejection_fraction(edv_ml):
    assert math.isnan(ejection_fraction_percent(edv_ml, 0.0))


def test_the_relative_error_keeps_its_sign_and_the_absolute_one_drops_it():
    assert relative_error(90.0, 100.0) == pytest.approx(-0.1)
    assert relative_error(110.0, 100.0) == pytest.approx(0.1)
    assert absolute_relative_error(90.0, 100.0) == pytest.approx(0.1)


@pytest.mark.parametrize(("value", "reference"), [(5.0, 0.0), (0.0, 0.0), (math.nan, 2.0), (2.0, math.nan)])
def test_an_error_relative_to_nothing_is_no_number(value, reference):
    assert math.isnan(relative_error(value, reference))
    assert math.isnan(absolute_relative_error(value, reference))

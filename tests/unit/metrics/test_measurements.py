"""Measurements of a heart of blocks, reckoned by hand: a voxel is half a millilitre."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.metrics.measurements import Segmented, doubts, measure


def block(lv: int, myo: int, rv: int) -> np.ndarray:
    """Labels (2, 10, 50) with so many voxels of each structure."""
    labels = np.zeros(1000, np.uint8)
    labels[:lv], labels[lv : lv + myo], labels[lv + myo : lv + myo + rv] = LV, MYO, RV
    return labels.reshape(2, 10, 50)


HEART = Segmented(ed=block(200, 160, 240), es=block(80, 170, 120), voxel_ml=0.5)


def test_volumes_ef_and_mass_are_those_of_the_voxels() -> None:
    found = measure(HEART, None, None)
    assert [found[f"lv_{name}"] for name in ("edv_ml", "esv_ml", "sv_ml", "ef_percent")] == [100, 40, 60, 60]
    assert [found[f"rv_{name}"] for name in ("edv_ml", "esv_ml", "sv_ml", "ef_percent")] == [120, 60, 60, 50]
    assert found["lv_mass_g"] == pytest.approx(84)


def test_180_cm_and_80_kg_are_two_square_metres_and_halve_every_volume() -> None:
    found = measure(HEART, 180, 80)
    assert found["bsa_m2"] == 2
    assert found["lv_edv_ml_per_m2"] == 50 and found["rv_sv_ml_per_m2"] == 30
    assert found["lv_mass_g_per_m2"] == pytest.approx(42)


@pytest.mark.parametrize(("height_cm", "weight_kg"), [(None, 80), (180, None), (None, None)])
def test_nothing_is_indexed_where_height_or_weight_is_unknown(height_cm, weight_kg) -> None:
    found = measure(HEART, height_cm, weight_kg)
    assert math.isnan(found["bsa_m2"]) and math.isnan(found["lv_edv_ml_per_m2"]) and found["lv_edv_ml"] == 100


def test_a_structure_that_was_not_found_has_no_volume_and_no_ef() -> None:
    found = measure(Segmented(block(200, 0, 0), block(80, 0, 0), 0.5), None, None)
    assert found["lv_ef_percent"] == 60
    assert all(math.isnan(found[name]) for name in ("rv_edv_ml", "rv_sv_ml", "rv_ef_percent", "lv_mass_g"))


def test_an_lv_that_is_missing_at_es_has_not_ejected_everything() -> None:
    assert math.isnan(measure(Segmented(HEART.ed, block(0, 1, 1), 0.5), None, None)["lv_ef_percent"])


# --- what speaks against them


def test_a_sound_heart_leaves_no_doubt() -> None:
    assert doubts("a", HEART, 0, 8) == ()


def codes(found: Segmented, ed: int = 0, es: int = 8) -> list[str]:
    return [finding.code for finding in doubts("a", found, ed, es)]


def test_one_frame_for_both_phases_is_doubtful() -> None:
    assert codes(Segmented(HEART.ed, HEART.ed, 0.5), 3, 3) == ["same_frame"]


def test_a_cavity_that_grows_is_doubtful() -> None:
    (lv, rv) = doubts("a", Segmented(HEART.es, HEART.ed, 0.5), 0, 8)
    assert lv.code == rv.code == "no_ejection"
    assert lv.sentence == "a: the LV has 40 ml at ED and 100 ml at ES; wanted less"


def test_a_structure_that_is_not_there_is_named_with_its_phase() -> None:
    (finding,) = doubts("a", Segmented(HEART.ed, block(80, 170, 0), 0.5), 0, 8)
    assert (finding.code, finding.sentence) == ("empty_structure", "a: no RV was found at ES")


def test_a_volume_that_no_heart_has_is_doubtful() -> None:
    assert codes(Segmented(HEART.ed, HEART.es, 5.0)) == ["implausible_volume"] * 2

"""Body surface area, reckoned by hand."""

from __future__ import annotations

import math

import pytest

from cardioprior.metrics.body_size import body_surface_area_m2


@pytest.mark.parametrize(("height_cm", "weight_kg", "area_m2"), [(180, 80, 2), (160, 62.5, 5 / 3), (100, 36, 1)])
def test_it_is_the_square_root_of_height_times_weight_over_3600(height_cm, weight_kg, area_m2) -> None:
    assert body_surface_area_m2(height_cm, weight_kg) == pytest.approx(area_m2)


def test_it_is_unknown_without_height_or_weight() -> None:
    assert math.isnan(body_surface_area_m2(None, 70)) and math.isnan(body_surface_area_m2(170, None))

"""What volumes and masses are indexed to."""

from __future__ import annotations

import math


def body_surface_area_m2(height_cm: float | None, weight_kg: float | None) -> float:
    """Mosteller, N Engl J Med 317:1098, 1987: the square root of height (cm) times weight (kg) over 3600, in m2; nan
    where one of them is unknown."""
    if height_cm is None or weight_kg is None:
        return math.nan
    return math.sqrt(height_cm * weight_kg / 3600)

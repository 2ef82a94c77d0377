"""The size of the scanning module's box (thesis, section 6.3.2), for those that read off it without a network."""

from __future__ import annotations

#: side of the box: 25 pixels of 2 mm; kept in mm, so that it means the same on other grids
BOX_MM = 50.0


def box_pixels(spacing_mm: float) -> int:
    """Side of the box in pixels: 25 at 2 mm."""
    return round(BOX_MM / spacing_mm)

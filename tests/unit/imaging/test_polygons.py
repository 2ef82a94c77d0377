"""Polygons with corners between pixels become the pixels whose centres they enclose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from cardioprior.imaging.polygons import area, fill_polygon, read_polygon

SQUARE = np.array([[1.5, 2.5], [4.5, 2.5], [4.5, 6.5], [1.5, 6.5]])  # x from 1.5 to 4.5, y from 2.5 to 6.5


def test_a_square_between_pixels_is_the_pixels_within() -> None:
    mask = fill_polygon(SQUARE, (10, 8), "here")
    assert set(map(tuple, np.argwhere(mask))) == {(row, column) for row in range(3, 7) for column in range(2, 5)}
    assert area(SQUARE) == mask.sum() == 12


def test_of_pixels_on_the_line_one_sides_count() -> None:
    on_centres = SQUARE + 0.5  # x from 2 to 5, y from 3 to 7
    assert fill_polygon(on_centres, (10, 8), "here").sum() == area(on_centres) == 12


def test_corners_in_fractions_of_a_pixel_are_the_same_square() -> None:
    np.testing.assert_array_equal(fill_polygon(4 * SQUARE, (10, 8), "here", 4), fill_polygon(SQUARE, (10, 8), "here"))


def test_a_circle_of_pixels_has_its_polygons_area() -> None:
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    circle = np.column_stack([30.3 + 20 * np.cos(angle), 31.6 + 20 * np.sin(angle)])
    assert fill_polygon(circle, (64, 64), "here").sum() == pytest.approx(area(circle), rel=0.01)


def test_a_contours_file_is_read_with_blanks_or_commas(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1.50 2.5\n4.5,2.5\r\n\n4.5 6.5\n")
    np.testing.assert_array_equal(read_polygon(tmp_path / "a.txt"), SQUARE[:3])


@pytest.mark.parametrize("text", ["", "1 2\n3 4\n", "1 2\n3 4\n5\n", "1 2\n3 4\nx y\n", "1 2\n3 nan\n5 6\n"])
def test_a_file_that_is_no_polygon_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(SubjectError, match=r"a\.txt: .*wanted") as caught:
        read_polygon(tmp_path / "a.txt")
    assert caught.value.code == "bad_contour"


@pytest.mark.parametrize("moved", [SQUARE + 100, SQUARE - 20, SQUARE / 50])
def test_a_polygon_outside_the_image_or_between_its_pixels_is_named(moved: np.ndarray) -> None:
    with pytest.raises(SubjectError, match=r"here: .*wanted") as caught:
        fill_polygon(moved + 0.3, (10, 8), "here")
    assert caught.value.code == "bad_contour"

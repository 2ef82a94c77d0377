"""Chapter 6's figures show the figures of the rows, and nothing that is not there."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from cardioprior.figures.thesis_chapter_6 import cam_overlay, volume_bland_altman, volume_scatter

TRUE, PREDICTED = [100.0, 200.0, 300.0, 50.0], [90.0, 200.0, 220.0, math.nan]


def rows() -> pd.DataFrame:
    """Three subjects at ED, one without a prediction, and one at ES; rows of another metric among them."""
    ed = pd.DataFrame({"metric": "volume", "phase": "ED", "value": PREDICTED, "reference": TRUE})
    return pd.concat([ed, ed[:1].assign(phase="ES"), ed.assign(metric="volume_signed_error")])


def test_the_scatter_has_a_point_a_subject_and_the_line_of_the_table():
    """Slope .65 through (200, 170), drawn from 90 to 300 ml; see the table's test."""
    (axes,) = volume_scatter(rows(), "ED").axes
    (points,) = axes.collections
    assert points.get_offsets().tolist() == [[100, 90], [200, 200], [300, 220]]
    identity, line = axes.lines
    assert identity.get_xdata().tolist() == identity.get_ydata().tolist() == [90, 300]
    np.testing.assert_allclose(line.get_ydata(), [0.65 * 90 + 40, 0.65 * 300 + 40])
    assert line.get_label() == "0.65 x + 40.0 ml, R = 0.93"


def test_the_bland_altman_plot_has_differences_over_means_with_bias_and_limits():
    """-10, 0 and -80 ml: bias -30, SD 43.589, limits -30 -+ 85.43."""
    (axes,) = volume_bland_altman(rows(), "ED").axes
    (points,) = axes.collections
    assert points.get_offsets().tolist() == [[95, -10], [200, 0], [260, -80]]
    heights = [line.get_ydata()[0] for line in axes.lines]
    assert heights == pytest.approx([-30, -30 - 1.96 * math.sqrt(1900), -30 + 1.96 * math.sqrt(1900)])


def test_every_slice_has_its_image_and_its_map_and_an_outline_where_there_is_lv():
    image, cam, truth = np.random.default_rng(0).random((5, 8, 8)), np.zeros((5, 8, 8)), np.zeros((5, 8, 8), bool)
    truth[1:4, 2:5, 2:5] = True
    cam[2, 3, 3] = 1
    figure = cam_overlay(image, cam, truth)
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 5
    for axes, picture, mask in zip(shown, image, truth, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), picture)
        assert bool(axes.collections) is bool(mask.any())
    assert [int((~np.ma.getmaskarray(axes.images[1].get_array())).sum()) for axes in shown] == [0, 0, 1, 0, 0]


def test_a_figure_can_be_written(tmp_path):
    for number, figure in enumerate((volume_scatter(rows(), "ED"), volume_bland_altman(rows(), "ED"))):
        figure.savefig(tmp_path / f"{number}.svg")
        assert (tmp_path / f"{number}.svg").stat().st_size > 0

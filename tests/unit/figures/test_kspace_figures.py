"""Pictures of the k-space studies, from small made-up results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cardioprior.figures import kspace_figure_2, kspace_figure_3, kspace_figure_4, kspace_pathology
from cardioprior.figures.contract import Sources
from cardioprior.store import Record

SLICES, FRAMES, SIDE = 3, 2, 16


def dices() -> pd.DataFrame:
    rows = [
        {"cohort": "c", "method": method, "condition": condition, "structure": s, "metric": "dice", "value": value}
        for method in ("Syn-net", "LI-net", "zero-filled images, network of full ones")
        for condition, value in (("1 lines", 0.4), ("10 lines", 0.7), ("40 lines", 0.8), ("fully sampled", 0.9))
        for s in ("LV", "MYO", "RV")
        for value in (value - 0.1, value + 0.1)
    ]
    return pd.DataFrame(rows)


def pair(lines: list[int], offset: float = 0.0) -> tuple[Record, Record]:
    rng = np.random.default_rng(0)
    labels = np.zeros((len(lines), SLICES, SIDE, SIDE), np.uint8)
    labels[..., 4:9, 4:9] = 1
    phases = np.zeros((2, SLICES, 2), np.int16)
    phases[..., 0], phases[1, :, 1] = np.arange(SLICES), 1
    codes = rng.normal(offset, 0.1, (len(lines), SLICES, 5)).astype(np.float16)
    arrays = {
        "cines": rng.random((SLICES, FRAMES, SIDE, SIDE)).astype(np.float16),
        "cine_labels": np.zeros((SLICES, FRAMES, SIDE, SIDE), np.uint8),
        "phases": phases,
        "waves": np.zeros((SLICES, 2, 4), np.float32),
        "masks": rng.random((len(lines), SLICES, FRAMES, SIDE)) < 0.5,
    }
    return Record("a", {"labels_ED": labels, "lines": np.array(lines), "codes": codes}), Record("a", arrays)


def sources(lines: list[int]) -> Sources:
    return Sources(dices(), predictions=lambda cohort, method, condition: iter([pair(lines), pair(lines, 5.0)]))


def test_curves_have_a_column_a_structure_and_a_row_of_the_first_ten_lines():
    picture = kspace_figure_2.Figure().draw(Sources(dices()))
    assert [axes.get_title() for axes in picture.axes][:3] == ["LV, c", "MYO, c", "RV, c"]
    whole, few = picture.axes[0], picture.axes[3]
    assert whole.lines[0].get_xdata().tolist() == [1, 10, 40]
    assert few.lines[0].get_xdata().tolist() == [1, 10]
    assert whole.lines[0].get_ydata().tolist() == pytest.approx([0.4, 0.7, 0.8])


def test_contours_stand_over_the_numbers_of_lines_that_there_are():
    picture = kspace_figure_3.Figure().draw(sources([1, 10]))
    titles = [axes.get_title() for axes in picture.axes if axes.images]
    assert titles == ["fully sampled, truth", "Syn-net, 1 lines", "Syn-net, 10 lines",
                      "fully sampled, truth", "LI-net, 1 lines", "LI-net, 10 lines"]  # fmt: skip


def test_codes_have_two_panels_a_method_with_a_point_a_draw():
    picture = kspace_figure_4.Figure().draw(sources([1, 1, 10, 10, 16]))
    assert len(picture.axes) == 4
    points = sum(len(collection.get_offsets()) for collection in picture.axes[0].collections)
    assert points == 2 * 5


def test_accuracies_are_means_over_draws_beside_the_largest_group():
    rows = [
        {"cohort": "c", "method": "m", "condition": condition, "metric": "correct", "draw": draw, "subject": subject,
         "group": "NOR" if subject < "c" else "DCM", "value": value}
        for condition, value in (("1 lines", 0.0), ("fully sampled", 1.0))
        for draw in ("0", "1")
        for subject in "abc"
    ]  # fmt: skip
    (axes,) = kspace_pathology.Figure().draw(Sources(pd.DataFrame(rows))).axes
    assert [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() in ("--", ":")] == [
        1,
        pytest.approx(2 / 3),
    ]

"""The picture of a study: what is cut out, what is drawn."""

from __future__ import annotations

import numpy as np

from cardioprior.figures.overlay import Picture, overlay
from cardioprior.figures.plots import CONTOURS
from cardioprior.imaging.labels import LV, MYO


def pictures(slices: int = 9) -> tuple[Picture, Picture]:
    labels = np.zeros((slices, 100, 120), np.uint8)
    labels[1, 40:60, 50:70], labels[1, 45:55, 55:65] = MYO, LV
    image = np.arange(labels.size, dtype=np.int16).reshape(labels.shape) % 1000
    return Picture("ED: frame 0", image, labels), Picture("ES: frame 7", image[::-1], np.zeros_like(labels))


def axes_of(figure, phase: int):
    return [axes for axes in figure.subfigs[phase].axes if axes.images]


def test_every_slice_is_shown_at_both_phases_under_its_heading() -> None:
    figure = overlay("a: EF 55 %", pictures(), (1.0, 1.0), "by a net")
    assert [len(axes_of(figure, phase)) for phase in (0, 1)] == [9, 9]
    assert figure.get_suptitle() == "a: EF 55 %"
    assert [part.get_suptitle() for part in figure.subfigs] == ["ED: frame 0", "ES: frame 7"]


def test_it_is_cut_to_the_labels_and_25_mm_around_them() -> None:
    figure = overlay("", pictures(), (1.0, 1.0), "")
    assert {axes.images[0].get_array().shape for axes in figure.axes if axes.images} == {(70, 70)}
    assert overlay("", pictures(), (2.0, 2.5), "").axes[0].images[0].get_array().shape == (44, 40)


def test_without_labels_it_is_whole_and_without_contours() -> None:
    bare = pictures()[1]
    figure = overlay("", (bare, bare), (1.0, 1.0), "")
    assert axes_of(figure, 0)[0].images[0].get_array().shape == (100, 120)
    assert not any(axes.collections for axes in figure.axes)


def test_contours_lie_on_the_slice_that_is_labelled_in_the_colours_of_the_legend() -> None:
    figure = overlay("", pictures(), (1.0, 1.0), "")
    drawn = [axes.collections for axes in axes_of(figure, 0)]
    assert [len(collections) for collections in drawn] == [0, 2, *[0] * 7]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(CONTOURS)

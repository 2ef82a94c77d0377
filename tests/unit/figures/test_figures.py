"""Figures show the figures of the rows, and nothing that is not there."""

from __future__ import annotations

import math
import re

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import shapiro

from cardioprior import registry
from cardioprior.figures import acnn_figure_6, acnn_figure_7
from cardioprior.figures.contract import Sources
from cardioprior.figures.stack_views import view_rows
from cardioprior.figures.thesis_figure_6_9 import SLICES, overlays
from cardioprior.imaging.labels import LV, MYO
from cardioprior.store import Record

TRUE, PREDICTED = [100.0, 200.0, 300.0, 50.0], [90.0, 200.0, 220.0, math.nan]
FIGURES = registry.names("figures")
NOTHING = pd.DataFrame(
    {name: [] for name in ("cohort", "method", "condition", "structure", "phase", "metric", "value")}
)


def rows(metric: str = "volume", **columns: str) -> pd.DataFrame:
    """Three subjects at ED, one without a prediction; rows of another metric among them."""
    names = {"cohort": "c", "method": "m", "condition": "clean", "structure": "LV", "phase": "ED", **columns}
    values = pd.DataFrame({**names, "metric": metric, "value": PREDICTED, "reference": TRUE})
    return pd.concat([values, values.assign(metric="volume_signed_error")])


def drawn(name: str, sources: Sources) -> list:
    return registry.entry("figures", name)().draw(sources).axes


def test_the_scatter_has_a_point_a_subject_and_the_line_of_the_table():
    """90, 200, 220 over 100, 200, 300: slope .65 through (200, 170), drawn from 90 to 300 ml."""
    axes, _ = drawn("thesis_figure_6_8", Sources(rows()))
    (points,) = axes.collections
    assert points.get_offsets().tolist() == [[100, 90], [200, 200], [300, 220]]
    identity, line = axes.lines
    assert identity.get_xdata().tolist() == identity.get_ydata().tolist() == [90, 300]
    np.testing.assert_allclose(line.get_ydata(), [0.65 * 90 + 40, 0.65 * 300 + 40])
    assert line.get_label() == "0.65 x + 40.0 ml, R = 0.93"


def test_the_bland_altman_plot_has_differences_over_means_with_bias_and_limits():
    """-10, 0 and -80 ml: bias -30, SD 43.589, limits -30 -+ 85.43."""
    _, axes = drawn("thesis_figure_6_8", Sources(rows()))
    (points,) = axes.collections
    assert points.get_offsets().tolist() == [[95, -10], [200, 0], [260, -80]]
    heights = [line.get_ydata()[0] for line in axes.lines]
    assert heights == pytest.approx([-30, -30 - 1.96 * math.sqrt(1900), -30 + 1.96 * math.sqrt(1900)])


def test_ef_has_a_panel_a_method_and_kind_of_frames():
    both = pd.concat([rows("ejection_fraction", phase="", condition=c) for c in ("annotated", "detected")])
    titles = [axes.get_title() for axes in drawn("thesis_end_to_end", Sources(both))]
    assert titles == ["m\nannotated frames, c", "m\ndetected frames, c"]


def test_losses_are_drawn_over_epochs_that_count_from_one():
    log = pd.DataFrame(
        {"epoch": [0, 0, 1, 1], "split": ["train", "validation"] * 2, "name": "loss", "value": [0.5, 0.6, 0.3, 0.4]}
    )
    other = log.assign(name="pi", value=9.0)
    (axes,) = drawn("thesis_figure_6_7", Sources(NOTHING, {("c", "volume_regressor"): pd.concat([log, other])}))
    curves = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines}
    assert curves == {"train": ([1, 2], [0.5, 0.3]), "validation": ([1, 2], [0.6, 0.4])}


def test_every_subject_has_a_row_of_slices_with_image_and_map_and_an_outline_where_there_is_lv():
    image, cam, truth = np.random.default_rng(0).random((SLICES, 8, 8)), np.zeros((SLICES, 8, 8)), None
    truth = np.zeros((SLICES, 8, 8), bool)
    truth[1:4, 2:5, 2:5] = True
    cam[2, 3, 3] = 1
    shown = [axes for axes in overlays([("a", image, cam, truth)]).axes if axes.images]
    assert len(shown) == SLICES
    for axes, picture, mask in zip(shown, image, truth, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), picture)
        assert bool(axes.collections) is bool(mask.any())
    drawn_pixels = [int((~np.ma.getmaskarray(axes.images[1].get_array())).sum()) for axes in shown]
    assert drawn_pixels == [0, 0, 1, *[0] * (SLICES - 3)]


def test_activation_maps_of_stated_volumes_have_no_true_outline():
    pair = Record("a", {"cam_ED": np.zeros((2, 4, 4))}), Record("a", {"image_ED": np.zeros((2, 4, 4))})
    axes = drawn("thesis_figure_6_9", Sources(rows(), predictions=lambda *names: iter([pair])))
    assert [len(a.collections) for a in axes if a.images] == [0, 0]


def test_activation_maps_are_those_of_the_first_test_subjects():
    arrays = {"image_ED": np.zeros((2, 4, 4)), "labels_ED": np.ones((2, 4, 4), np.uint8)}
    pairs = [(Record(s, {"cam_ED": np.zeros((2, 4, 4))}), Record(s, arrays)) for s in "abcde"]
    asked = []

    def predictions(*names):
        asked.append(names)
        return iter(pairs)

    axes = drawn("thesis_figure_6_9", Sources(rows(), predictions=predictions))
    assert asked == [("c", "m", "clean")]
    assert [a.get_title(loc="left") for a in axes if a.get_title(loc="left")] == ["a", "b", "c"]


# --- ACNN's codes

CODES = {
    "codes": torch.randn(20, 2, 64, generator=torch.Generator().manual_seed(0)),
    "splits": {"ED": torch.tensor([1, 0, 6, 3] + [0] * 60)},
    "sweep": torch.arange(25).reshape(5, 5, 1, 1, 1).remainder(3).expand(5, 5, 4, 6, 6).to(torch.uint8),
    "swept": [2, 3],
    "spacing_mm": [4.0, 2.0, 2.0],
}
MODELS = {("c", "diagnosis@autoencoder"): CODES, ("c", "diagnosis@volumes"): {"codes": torch.zeros(20, 2, 2)}}


def test_sixteen_codes_have_histograms_of_all_shapes_with_their_normality():
    axes = drawn("acnn_figure_5", Sources(NOTHING, models=MODELS))
    assert len(axes) == 16 == len({one.get_title() for one in axes})
    for one in axes:
        number = int(re.search(r"code (\d+)", one.get_title())[1]) - 1
        values = CODES["codes"][:, :, number].flatten().numpy()
        assert f"W = {shapiro(values).statistic:.2f}, p = {shapiro(values).pvalue:.2g}" in one.get_title()
        assert sum(patch.get_height() * patch.get_width() for patch in one.patches) == pytest.approx(1)


def test_codes_are_listed_by_their_share_of_splits_and_shapes_lie_along_the_two_first():
    axes = drawn("acnn_figure_9", Sources(NOTHING, models=MODELS))
    bars, *shapes = axes
    assert [bar.get_height() for bar in bars.patches[:4]] == [0.6, 0.3, 0.1, 0]
    assert bars.get_title() == "1 codes have half of the splits"
    assert [text.get_text() for text in bars.texts] == [" code 3", " code 4"]
    assert len(shapes) == 25
    for n, one in enumerate(shapes):
        picture = one.images[0].get_array()
        assert picture.shape == (8, 12)  # four slices of two pixels' height beside six by six pixels
        assert set(np.unique(picture[1:7])) == {n % 3}


def test_a_method_without_a_value_is_in_no_box_and_a_panel_without_any_says_so():
    """Two methods by three subjects; nobody found the myocardium, and one found no LV."""
    found = [
        rows("dice", method=method, structure=structure, condition="as-acquired").assign(
            value=value, subject=["a", "b", "c", "d"] * 2
        )
        for method, structure, value in (
            ("3D-Seg", "LV", 0.5), ("ACNN-Seg", "LV", math.nan),
            ("3D-Seg", "MYO", math.nan), ("ACNN-Seg", "MYO", math.nan),
        )
    ]  # fmt: skip
    shown = drawn("acnn_table_1", Sources(pd.concat(found)))
    named = {axes.get_title().split("\n")[0]: axes for axes in shown}
    assert [label.get_text() for label in named["LV, Dice"].get_xticklabels()] == ["3D-Seg"]
    assert [text.get_text() for text in named["MYO, Dice"].texts] == ["no value"]


def test_a_matrix_has_shares_of_the_true_group_and_a_box_plot_a_point_a_draw():
    said = {"NOR": ("NOR", "DCM"), "DCM": ("DCM", "DCM")}
    parts = []
    for group, named in said.items():
        for draw, one in enumerate(named):
            row = {"cohort": "c", "method": "T-L", "condition": "clean", "phase": "ED", "subject": group, "group":
            group, "draw": str(draw)}  # fmt: skip
            parts.append({**row, "metric": "correct", "value": float(one == group)})
            parts += [{**row, "metric": f"probability_{g}", "value": float(g == one)} for g in said]
    boxes, matrix = drawn("acnn_pathology", Sources(pd.DataFrame(parts)))
    points = np.concatenate([c.get_offsets() for c in boxes.collections])
    assert sorted(points[:, 1].tolist()) == [0.5, 1]
    assert [label.get_text() for label in matrix.get_yticklabels()] == ["DCM", "NOR"]
    np.testing.assert_allclose(matrix.images[0].get_array(), [[1, 0], [0.5, 0.5]])


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_nothing_can_be_written(name, tmp_path):
    picture = registry.entry("figures", name)().draw(Sources(NOTHING))
    picture.savefig(tmp_path / "nothing.png")
    assert (tmp_path / "nothing.png").stat().st_size > 0


# --- outlines in ultrasound


def cone() -> np.ndarray:
    """An LV along y, narrow at low y: its width is its place."""
    mask = np.zeros((40, 40, 40), bool)
    for y in range(6, 36):
        half = y // 4
        mask[20 - half : 20 + half + 1, y, 15 - half : 15 + half + 1] = True
    return mask


def test_cuts_go_along_the_longest_axis_through_the_middle_and_near_the_narrow_end():
    along, other, middle, apical = acnn_figure_7.cuts(cone())
    assert {along[0], other[0]} == {0, 2} and dict([along, other]) == {0: 20, 2: 15}
    assert middle[0] == apical[0] == 1
    assert apical[1] == round(6 + 0.15 * 29) and middle[1] > 20
    assert acnn_figure_7.cuts(np.flip(cone(), axis=1))[3] == (1, 39 - apical[1])


def test_ultrasound_is_shown_with_the_outlines_of_the_networks_that_were_run():
    grid = {"shape_zyx": [40, 40, 40], "affine": np.eye(4).tolist()}
    meta = {"grid": grid, "native": grid}
    truth, found = cone().astype(np.uint8), np.roll(cone(), 2, axis=2).astype(np.uint8)
    arrays = {"image_ED": np.zeros((40, 40, 40), np.float32), "labels_ED": truth}
    asked = []

    def predictions(*names):
        asked.append(names)
        return iter([(Record(s, {"labels_ED": found}), Record(s, arrays, meta)) for s in "abc"])

    axes = drawn("acnn_figure_7", Sources(rows(method="FCN"), predictions=predictions))
    assert asked == [("c", "FCN", "ultrasound")]
    pictures = [a for a in axes if a.images]
    assert len(pictures) == 2 * len(acnn_figure_7.CUTS)  # two subjects of three
    assert [a.get_title().split("\n")[0] for a in pictures[:: len(acnn_figure_7.CUTS)]] == ["a, ED", "b, ED"]
    outlines = [[matplotlib.colors.to_hex(c.get_edgecolor()[0]) for c in a.collections] for a in pictures]
    assert outlines[0] == [acnn_figure_7.COLOURS["labels"], acnn_figure_7.COLOURS["FCN"]]


def stacks(subject: str, own: int = 4) -> tuple[Record, Record]:
    """A stack of four slices and an image of twenty; the heart is one voxel, in slice 11 of the image."""
    thin = (20, 8, 10)
    labels = np.zeros(thin, np.uint8)
    labels[11, 3, 6] = 1
    meta = {"grid": {"shape_zyx": list(thin), "affine": np.diag([1.0, 1.0, 2.0, 1.0]).tolist()}}
    meta["native"] = {"shape_zyx": [own, 30, 30]}
    rng = np.random.default_rng(0)
    arrays = {"image": rng.random((4, 8, 10)), "image_hr": rng.random(thin), "labels": labels}
    return Record(subject, {"upsampled": rng.random(thin)}), Record(subject, arrays, meta)


def test_figure_8_shows_the_first_test_subject_in_three_planes_through_its_heart():
    pairs = [stacks("a"), stacks("b")]
    shown = pd.concat([rows("ssim", method=m, condition="as-acquired") for m in ("Linear", "ACNN-SR")])
    axes = drawn("acnn_figure_8", Sources(shown, predictions=lambda *names: iter(pairs)))
    assert [one.get_title() for one in axes[:3]] == ["low resolution", "ACNN-SR", "high resolution"]
    prediction, record = pairs[0]
    high = record.arrays["image_hr"]
    for row, plane in enumerate((high[:, 3], high[:, :, 6], high[10])):
        np.testing.assert_array_equal(axes[3 * row + 2].images[0].get_array(), plane)
    np.testing.assert_array_equal(axes[1].images[0].get_array(), prediction.arrays["upsampled"][:, 3])
    # a thick slice is a block of five; the third holds slices 10 to 14
    np.testing.assert_array_equal(axes[6].images[0].get_array(), record.arrays["image"][2])
    assert [one.get_aspect() for one in (axes[0], axes[6])] == [2, 1]


def test_planes_across_the_slices_end_with_the_subjects_own_stack():
    _, record = stacks("a", own=3)
    across = view_rows(record, {"high resolution": record.arrays["image_hr"]})[0][0].image
    np.testing.assert_array_equal(across, record.arrays["image_hr"][:15, 3])


def segmented_stack(subject: str) -> tuple[Record, Record]:
    """The image of `stacks`; the LV grows from one pixel in slice 5 to five by five in slice 15, in a wall one pixel
    wider, and is found one pixel too far to the right."""
    _, record = stacks(subject)
    labels = np.zeros((20, 8, 10), np.uint8)
    for z in range(5, 16):
        half = (z - 5) // 4
        labels[z, 3 - half - 1 : 3 + half + 2, 4 - half - 1 : 4 + half + 2] = MYO
        labels[z, 3 - half : 3 + half + 1, 4 - half : 4 + half + 1] = LV
    truth = Record(subject, {**record.arrays, "labels": labels}, record.meta)
    return Record(subject, {"labels": np.roll(labels, 1, axis=2)}), truth


def test_figure_6_shows_one_subject_as_acquired_and_the_next_with_its_slices_moved():
    asked = []

    def predictions(*names):
        asked.append(names)
        return iter([segmented_stack(one) for one in "abc"])

    run = pd.concat([rows("dice", method=m) for m in ("2D-FCN", "ACNN-Seg", "3D-Seg")])
    pictures = [axes for axes in drawn("acnn_figure_6", Sources(run, predictions=predictions)) if axes.images]
    assert asked == [
        ("c", "2D-FCN", "as-acquired"), ("c", "ACNN-Seg", "as-acquired"), ("c", "ACNN-Seg", "slices-moved"),
    ]  # fmt: skip
    titles = [axes.get_title() for axes in pictures]
    assert titles[0] == "a, as acquired\n2D-FCN, across the slices"
    assert titles[1:3] == ["ACNN-Seg, across the slices", "high resolution, across the slices"]
    assert titles[9] == "b, slices moved\nACNN-Seg, across the slices"
    assert len(pictures) == 3 * 3 + 3 * 2


def test_figure_6_has_both_outlines_over_the_stack_and_the_true_one_over_the_fine_image():
    pair = segmented_stack("a")
    run = Sources(rows("dice", method="ACNN-Seg"), predictions=lambda *names: iter([pair]))
    across, fine, basal, _, apical, _ = [axes for axes in drawn("acnn_figure_6", run) if axes.images]
    stack, image = pair[1].arrays["image"], pair[1].arrays["image_hr"]
    np.testing.assert_array_equal(across.images[0].get_array(), stack.repeat(5, axis=0)[:, 3])
    np.testing.assert_array_equal(fine.images[0].get_array(), image[:, 3])
    # 15 % of ten slices from slices 15 and 5: thin slices 13 and 7, thick ones 2 and 1
    np.testing.assert_array_equal(basal.images[0].get_array(), stack[2])
    np.testing.assert_array_equal(apical.images[0].get_array(), stack[1])
    colours = [[matplotlib.colors.to_hex(c.get_edgecolor()[0]) for c in a.collections] for a in (across, fine)]
    true, found = acnn_figure_6.COLOURS.values()
    assert colours == [[true, true, found, found], [true, true]]


def test_the_basal_slice_is_near_the_end_where_the_lv_is_larger():
    labels = segmented_stack("a")[1].arrays["labels"]
    assert acnn_figure_6.ends(labels) == (13, 7)
    assert acnn_figure_6.ends(labels[::-1]) == (6, 12)
    assert acnn_figure_6.ends(np.zeros_like(labels)) == (0, 19)


def viewed(subject: str, restored: np.ndarray) -> tuple[Record, Record]:
    """A stack whose restored grid is its own, and a plane through its row 5."""
    stack = {"shape_zyx": [8, 12, 12], "affine": np.diag([2.0, 2.0, 4.0, 1.0]).tolist()}
    across = np.array([[2.0, 0, 0, 0], [0, 0, 4.0, 10], [0, 4.0, 0, 0], [0, 0, 0, 1]])
    plane = {"shape_zyx": [1, 8, 12], "affine": across.tolist()}
    meta = {"grid": stack, "native": stack, "grid_la4ch": plane, "native_la4ch": plane}
    rng = np.random.default_rng(0)
    images = {"image_ED": rng.random((8, 12, 12)), "image_la4ch": rng.random((1, 8, 12))}
    segmented = {"labels_lr": np.ones((8, 12, 12), np.uint8), "labels_la4ch": np.ones((1, 8, 12), np.uint8)}
    return Record(subject, {"labels": restored, **segmented}, {"grid": stack}), Record(subject, images, meta)


def test_restored_labels_are_outlined_where_both_views_cut_them():
    restored = np.zeros((8, 12, 12), np.uint8)
    restored[3:, 4:8, 2:9] = 2  # the wall, from the fourth slice on
    shown = pd.concat([rows("dice", method=m) for m in ("NN", "LO")])
    pairs = [viewed("a", restored), viewed("b", 0 * restored)]
    axes = drawn("latent_optimisation_table_3", Sources(shown, predictions=lambda *names: iter(pairs)))
    assert [one.get_title() for one in axes[:3]] == ["a, segmented", "NN", "LO"]
    plane, low, high = axes[1], axes[4], axes[7]
    record = pairs[0][1]
    for one, image in (
        (plane, record.arrays["image_la4ch"][0]),
        (low, record.arrays["image_ED"][2]),
        (high, record.arrays["image_ED"][5]),
    ):
        np.testing.assert_array_equal(one.images[0].get_array(), image)
    assert not low.collections and len(high.collections) == 1
    (outline,) = plane.collections
    corners = outline.get_paths()[0].get_extents()
    assert corners.extents.tolist() == [1.5, 2.5, 8.5, 7.5]  # columns 2 to 8, rows 3 to 7

"""Overlay planes as bits, and outlines as labels, on masks that are drawn and then found again."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cardioprior.errors import SubjectError
from cardioprior.imaging import labels
from cardioprior.imaging.outlines import fill, labels_of_frame
from cardioprior.imaging.overlays import Overlay, draw, pack, read_overlays
from tests.unit.imaging.dicom_world import add_overlays, heart, outlines_of, real_data

SHAPE = (64, 80)
APART = {"LV": 0x6000, "EPI": 0x6002, "RV": 0x6004}
TOGETHER = {"LV": 0x6000, "EPI": 0x6000, "RV": 0x6000}
TEXTS = {0x6000: "LV endocardium", 0x6002: "LV epicardium", 0x6004: "RV endocardium"}


def picture(*rows: str) -> np.ndarray:
    return np.array([[character == "#" for character in row] for row in rows])


def stack(wall: float = 4) -> list[dict[str, np.ndarray]]:
    """Four slices from apex to base, the heart a little further on in each."""
    return [heart(SHAPE, (30 + z, 45 - z), 4 + 3 * z, wall) for z in range(4)]


def planes(masks: dict[str, np.ndarray], groups: dict[str, int], texts: dict[int, str] | None = None) -> list[Overlay]:
    drawn = outlines_of(masks, groups)
    return [Overlay(group, (texts or {}).get(group, ""), bits) for group, bits in drawn.items()]


def truth(slices: list[dict[str, np.ndarray]], epicardium: bool = True) -> np.ndarray:
    painted = np.zeros((len(slices), *SHAPE), np.uint8)
    for z, masks in enumerate(slices):
        if epicardium:
            painted[z][masks["EPI"]] = labels.MYO
        painted[z][masks["LV"]], painted[z][masks["RV"]] = labels.LV, labels.RV
    return painted


# Bits


def test_the_first_pixel_is_the_least_significant_bit():
    assert pack(picture("#...", "....", "....", "...#")) == b"\x01\x80"


def test_an_odd_number_of_bytes_is_padded():
    assert pack(picture("########")) == b"\xff\x00"


def test_planes_come_back_by_group_with_their_text_and_only_those_with_pixels():
    bits = np.random.default_rng(0).random((5, 7)) < 0.5
    image = Dataset()
    add_overlays(image, {0x601E: ~bits, 0x6002: bits}, {0x6002: "LV epicardium"})
    image.add_new((0x6004, 0x0010), "US", 5)
    found = read_overlays(image, "file")
    assert [(overlay.group, overlay.text, overlay.origin) for overlay in found] == [
        (0x6002, "LV epicardium", (1, 1)),
        (0x601E, "", (1, 1)),
    ]
    np.testing.assert_array_equal(found[0].bits, bits)
    np.testing.assert_array_equal(found[1].bits, ~bits)


def test_a_plane_with_too_few_bytes_names_its_file():
    image = Dataset()
    add_overlays(image, {0x6000: np.ones((8, 8), bool)})
    image[0x6000, 0x0010].value = 16
    with pytest.raises(
        SubjectError, match=r"a.IMA: overlay .6000,3000. has 8 bytes for 1 frame.s. of 16 x 8"
    ) as caught:
        read_overlays(image, "a.IMA")
    assert caught.value.code == "bad_overlay"


def test_a_real_siemens_overlay_is_what_pydicom_reads():
    path = real_data("enhanced_dicom") / "MR-SIEMENS-DICOM-WithOverlays.dcm"
    image = pydicom.dcmread(path)
    (overlay,) = read_overlays(image, path.name)
    np.testing.assert_array_equal(overlay.bits, image.overlay_array(0x6000))
    assert overlay.text == "Siemens MedCom Object Graphics"


# Drawing and filling


@pytest.mark.parametrize(
    "mask",
    [
        picture("...", ".#.", "..."),
        picture("....", ".##.", "...."),
        picture(".....", ".###.", ".#...", "....."),
        picture("......", "..##..", ".####.", "..##..", "......"),
        picture("#....", ".#...", "..#..", "...##"),
        picture("#####", "#####", "#####"),
        picture("......", "######", "......"),
        picture("..........", ".###..###.", ".########.", ".###..###.", ".........."),
    ],
)
def test_a_mask_however_thin_is_found_again_from_its_outline(mask):
    np.testing.assert_array_equal(fill(draw(mask)), mask)


def test_random_blobs_are_found_again_from_their_outlines():
    from scipy import ndimage

    rng = np.random.default_rng(1)
    for _ in range(200):
        blob = ndimage.gaussian_filter(rng.normal(size=(40, 40)), rng.uniform(1, 4))
        mask = ndimage.binary_fill_holes(blob > np.quantile(blob, rng.uniform(0.6, 0.95)))
        np.testing.assert_array_equal(fill(draw(mask)), mask)


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_a_gap_of_up_to_three_pixels_is_bridged(gap):
    mask = np.zeros(SHAPE, bool)
    mask[10:30, 20:50] = True
    outline = draw(mask)
    outline[10, 30 : 30 + gap] = False
    np.testing.assert_array_equal(fill(outline), mask)


def test_an_outline_drawn_in_two_pieces_is_one_region():
    mask = np.zeros(SHAPE, bool)
    mask[10:30, 20:50] = True
    outline = draw(mask)
    outline[[10, 29], 30] = False
    np.testing.assert_array_equal(fill(outline), mask)


def test_an_outline_with_a_wide_gap_is_refused_with_its_slice_and_place():
    outline = draw(heart(SHAPE, (30, 40), 12, 3)["LV"])
    outline[:, 40:48] = False
    with pytest.raises(SubjectError, match="P7, frame 3, slice 2: the outline in overlay 6000 around row 1") as caught:
        labels_of_frame([[], [Overlay(0x6000, "", outline)]], "P7, frame 3")
    assert caught.value.code == "open_contour"


# Which outline is which


@pytest.mark.parametrize("texts", [TEXTS, None])
@pytest.mark.parametrize("groups", [APART, TOGETHER])
def test_nested_outlines_are_cavity_and_wall_and_the_one_beside_them_is_rv(groups, texts):
    if groups is TOGETHER:
        texts = None
    slices = stack()
    found, structures = labels_of_frame([planes(masks, groups, texts) for masks in slices], "P1")
    assert structures == ("LV", "MYO", "RV") and found.dtype == np.uint8
    np.testing.assert_array_equal(found, truth(slices))


@pytest.mark.parametrize("groups", [APART, TOGETHER])
def test_a_frame_without_epicardium_has_lv_and_rv_told_by_a_reference(groups):
    ed, es = stack(), [heart(SHAPE, (30 + z, 45 - z), 2 + 2.4 * z, 6 + 0.6 * z) for z in range(4)]
    groups = {name: group for name, group in groups.items() if name != "EPI"}
    found, structures = labels_of_frame([planes(masks, groups) for masks in es], "P1", truth(ed))
    assert structures == ("LV", "RV")
    np.testing.assert_array_equal(found, truth(es, epicardium=False))


@pytest.mark.parametrize("groups", [{"LV": 0x6000, "RV": 0x6002}, {"LV": 0x6000, "RV": 0x6000}])
def test_without_a_reference_the_lv_is_the_rounder_region_and_single_regions_follow_it(groups):
    slices = stack()
    slices[0]["RV"] = np.zeros(SHAPE, bool)
    slices[3]["LV"] = np.zeros(SHAPE, bool)
    found, structures = labels_of_frame([planes(masks, groups) for masks in slices], "P1")
    assert structures == ("LV", "RV")
    np.testing.assert_array_equal(found, truth(slices, epicardium=False))


def test_in_ed_a_single_region_is_what_its_group_carries_in_the_other_slices():
    slices = stack()
    slices[0]["LV"][:] = slices[0]["RV"][:] = False  # the apex is muscle alone
    slices[3]["LV"][:] = slices[3]["EPI"][:] = False  # the base is RV alone
    found, _ = labels_of_frame([planes(masks, APART) for masks in slices], "P1")
    np.testing.assert_array_equal(found, truth(slices))


def test_in_one_plane_a_single_region_follows_what_it_overlaps_in_the_next_slice():
    slices = stack()
    slices[3]["LV"][:] = slices[3]["EPI"][:] = False
    found, _ = labels_of_frame([planes(masks, TOGETHER) for masks in slices], "P1")
    np.testing.assert_array_equal(found, truth(slices))


def test_outlines_that_touch_in_one_plane_are_taken_apart():
    row, column = np.indices(SHAPE)
    box = (row > 20) & (row < 40)
    masks = {
        "EPI": box & (column > 30) & (column < 60),
        "LV": (row > 24) & (row < 36) & (column > 36) & (column < 54),
        "RV": box & (column > 8) & (column <= 30),
    }
    found, structures = labels_of_frame([planes(masks, TOGETHER)], "P1")
    assert structures == ("LV", "MYO", "RV")
    np.testing.assert_array_equal(found, truth([masks]))


def test_in_one_plane_a_wall_too_thin_to_have_an_inside_still_encloses_its_cavity():
    column = np.indices(SHAPE)[1]
    masks = heart(SHAPE, (30, 45), 12, 4)
    masks["EPI"] &= column >= 45 - 14  # two pixels of wall on this side: both outlines, touching
    masks["RV"] &= column < 45 - 18
    found, structures = labels_of_frame([planes(masks, TOGETHER)], "P1")
    assert structures == ("LV", "MYO", "RV")
    assert (found != truth([masks])).sum() <= 0.05 * masks["EPI"].sum()


def test_at_es_a_thin_rv_where_the_wall_was_at_ed_is_not_a_second_lv():
    ed, es = heart(SHAPE, (30, 45), 12, 5), heart(SHAPE, (30, 45), 6, 8)
    row, column = np.indices(SHAPE)
    es["RV"] = (np.abs(row - 30) < 6) & (np.abs(column - 31) < 2)
    ed["RV"][:] = False
    assert (truth([ed])[0][es["RV"]] == labels.MYO).all()
    groups = {"LV": 0x6000, "RV": 0x6002}
    found, _ = labels_of_frame([planes(es, groups)], "P1", truth([ed]))
    np.testing.assert_array_equal(found, truth([es], epicardium=False))


def test_text_decides_against_geometry():
    masks = heart(SHAPE, (30, 40), 10, 4)
    only = {"LV": 0x6000, "RV": 0x6002}
    found, structures = labels_of_frame([planes(masks, only, {0x6000: "RV endo", 0x6002: "LV endo"})], "P1")
    assert structures == ("LV", "RV")
    np.testing.assert_array_equal(found[0] == labels.RV, masks["LV"])


def test_slices_without_outlines_are_background():
    found, structures = labels_of_frame([[], planes(stack()[2], APART, TEXTS), []], "P1")
    assert structures == ("LV", "MYO", "RV")
    assert found[1].any() and not found[0].any() and not found[2].any()


def test_a_frame_with_one_region_is_lv():
    masks = stack()[2]
    found, structures = labels_of_frame([planes(masks, {"LV": 0x6000})], "P1")
    assert structures == ("LV",)
    np.testing.assert_array_equal(found[0] == labels.LV, masks["LV"])


def test_a_frame_without_outlines_has_no_labels():
    with pytest.raises(ValueError, match="P1: a frame without outlines"):
        labels_of_frame([[], [Overlay(0x6000, "", np.zeros((4, 4), bool))]], "P1")

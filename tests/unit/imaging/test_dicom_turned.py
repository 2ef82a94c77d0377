"""Slices that are filed with exchanged or reversed axes belong to their stack."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from cardioprior.cohorts.dicom_cine import damaged_files
from cardioprior.imaging.dicom import find_stacks, short_axis
from cardioprior.imaging.dicom_turned import turn_pixels
from cardioprior.imaging.overlays import draw
from tests.unit.imaging.dicom_world import (
    COLUMN,
    ROW,
    ROW_SPACING_MM,
    add_overlays,
    position_of,
    write_cine,
)

SHAPE = (8, 8)
TURNS = [turn for turn in product((False, True), repeat=3) if any(turn)]


def filed_otherwise(turn: tuple[bool, bool, bool], slices: tuple[int, ...]):
    """A change of write_cine that files slices so that `turn` brings them back; pixels are square."""
    swapped, back_rows, back_columns = turn

    def change(image: Dataset, t: int, z: int) -> Dataset:
        image.PixelSpacing = [ROW_SPACING_MM, ROW_SPACING_MM]
        if z not in slices:
            return image
        pixels = np.frombuffer(image.PixelData, "<i2" if image.PixelRepresentation else "<u2").reshape(SHAPE)
        row, column, position = ROW, COLUMN, np.array(position_of(z), float)
        if back_columns:
            position, row, pixels = position + row * ROW_SPACING_MM * (SHAPE[1] - 1), -row, pixels[:, ::-1]
        if back_rows:
            position, column, pixels = position + column * ROW_SPACING_MM * (SHAPE[0] - 1), -column, pixels[::-1]
        if swapped:
            row, column, pixels = column, row, pixels.T
        image.ImageOrientationPatient = [f"{value:.6f}" for value in (*row, *column)]
        image.ImagePositionPatient = [f"{value:.6f}" for value in position]
        image.PixelData = np.ascontiguousarray(pixels).tobytes()
        return image

    return change


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("slices", [(1,), (0,), (3,)])
def test_a_slice_with_other_axes_lies_in_its_place(tmp_path: Path, turn, slices) -> None:
    write_cine(tmp_path / "plain", change=filed_otherwise((False, False, False), ()), shape=SHAPE)
    write_cine(tmp_path / "turned", change=filed_otherwise(turn, slices), shape=SHAPE)
    wanted = short_axis(find_stacks([tmp_path / "plain"]))
    study = find_stacks([tmp_path / "turned"])
    found = short_axis(study)
    np.testing.assert_array_equal(found.volume().data, wanted.volume().data)
    np.testing.assert_allclose(found.affine, wanted.affine, atol=1e-4)
    (finding,) = damaged_files(study)
    assert finding.code == "turned_slices" and "1 slice(s) have their rows and columns exchanged" in finding.sentence


def test_overlays_turn_with_their_pixels(tmp_path: Path) -> None:
    outline = np.zeros(SHAPE, bool)
    outline[1:4, 2:7] = True

    def change(image: Dataset, t: int, z: int) -> Dataset:
        image = filed_otherwise((True, False, True), (2,))(image, t, z)
        if z == 2:
            add_overlays(image, {0x6000: turn_pixels(draw(outline)[:, ::-1], (True, False, False))})
        return image

    write_cine(tmp_path, change=change, shape=SHAPE)
    cine = short_axis(find_stacks([tmp_path]))
    np.testing.assert_array_equal(cine.overlays[0][2][0].bits, draw(outline))


def test_a_stack_that_was_acquired_again_with_other_axes_is_no_part_of_the_first(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", change=filed_otherwise((False, False, False), ()), shape=SHAPE)
    write_cine(tmp_path / "b", slices=3, change=filed_otherwise((True, False, False), (0, 1, 2)), shape=SHAPE)
    study = find_stacks([tmp_path])
    assert sorted(len(stack.slices) for stack in study.stacks) == [3, 4]

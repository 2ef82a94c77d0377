"""Slices that were acquired more than once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from cardioprior.imaging.dicom import find_stacks, short_axis
from cardioprior.imaging.dicom_repeats import last_of_repeats
from tests.unit.imaging.dicom_world import dataset, pixels_of, position_of, write, write_cine

SHAPE = (6, 8)


def again(root: Path, z: int, series: int, brighter: int, frames: int = 3) -> None:
    """Slice z once more, as a series of its own."""
    for t in range(frames):
        image = dataset(pixels_of(t, z) + brighter, position_of(z), TriggerTime=f"{t * 41}", InstanceNumber=t + 1)
        image.SeriesNumber, image.SeriesInstanceUID = series, f"1.2.3.{series}"
        write(root / f"series{series}" / f"{t}.dcm", image)


def chosen(root: Path) -> tuple[np.ndarray, list[str]]:
    study, findings = last_of_repeats(find_stacks([root]))
    return short_axis(study).volume().data, [finding.code for finding in findings]


def test_the_last_series_of_a_slice_counts_and_it_is_said(tmp_path: Path) -> None:
    write_cine(tmp_path)
    again(tmp_path, 1, series=10, brighter=20)
    again(tmp_path, 1, series=9, brighter=10)
    data, codes = chosen(tmp_path)
    np.testing.assert_array_equal(data[2, 1], pixels_of(2, 1) + 20)
    np.testing.assert_array_equal(data[2, 2], pixels_of(2, 2))
    assert codes == ["repeated_slice"]


def test_a_repeat_that_lacks_frames_does_not_count(tmp_path: Path) -> None:
    write_cine(tmp_path)
    again(tmp_path, 1, series=9, brighter=10, frames=2)
    data, codes = chosen(tmp_path)
    np.testing.assert_array_equal(data[2, 1], pixels_of(2, 1))
    assert codes == ["repeated_slice"]


def test_all_slices_may_be_repeated(tmp_path: Path) -> None:
    write_cine(tmp_path)
    for z in range(4):
        again(tmp_path / str(z), z, series=20 + z, brighter=z)
    data, _ = chosen(tmp_path)
    np.testing.assert_array_equal(data[1], np.stack([pixels_of(1, z) + z for z in range(4)]))


def test_a_study_without_repeats_is_left_as_it_is(tmp_path: Path) -> None:
    write_cine(tmp_path)
    study = find_stacks([tmp_path])
    assert last_of_repeats(study) == (study, ())


def in_one_series(root: Path) -> None:
    """Every slice acquired twice: the same places and times, later numbers, brighter."""
    write_cine(root)
    for z in range(4):
        for t in range(3):
            image = dataset(
                pixels_of(t, z) + 30, position_of(z), TriggerTime=f"{t * (40 + z):.1f}", InstanceNumber=100 + 3 * z + t
            )
            write(root / f"again{z}-{t}", image)


def test_slices_that_one_series_holds_twice_are_no_cine_of_twice_the_frames(tmp_path: Path) -> None:
    in_one_series(tmp_path)
    with pytest.raises(SubjectError, match="has every trigger time 2 times in one series") as caught:
        short_axis(find_stacks([tmp_path]))
    assert caught.value.code == "repeated_slice"


def test_of_the_acquisitions_in_one_series_the_last_counts_where_repeats_are_usual(tmp_path: Path) -> None:
    in_one_series(tmp_path)
    data, codes = chosen(tmp_path)
    assert data.shape == (3, 4, *SHAPE) and codes == ["repeated_slice"]
    np.testing.assert_array_equal(data[1], np.stack([pixels_of(1, z) + 30 for z in range(4)]))

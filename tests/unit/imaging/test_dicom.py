"""Sorting of DICOM cines, on worlds whose pixels say where they belong, and on real ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from cardioprior.errors import SubjectError
from cardioprior.imaging.dicom import Cine, find_stacks, short_axis
from tests.unit.imaging.dicom_world import (
    COLUMN,
    COLUMN_SPACING_MM,
    NORMAL,
    ORIGIN,
    ROW,
    ROW_SPACING_MM,
    STEP_MM,
    dataset,
    folder_a_slice,
    one_folder,
    pixels_of,
    position_of,
    real_data,
    write,
    write_cine,
)


def load(folder: Path) -> Cine:
    return short_axis(find_stacks([folder]))


def in_order(frames: int = 3, slices: int = 4) -> np.ndarray:
    return np.array([[pixels_of(t, z) for z in range(slices)] for t in range(frames)])


def fault(folder: Path) -> SubjectError:
    with pytest.raises(SubjectError) as caught:
        load(folder).volume()
    return caught.value


# What is read


@pytest.mark.parametrize("layout", [one_folder, folder_a_slice])
def test_a_cine_is_sorted_by_position_and_time_whatever_its_files_are_called(tmp_path, layout):
    write_cine(tmp_path, name=layout)
    volume = load(tmp_path).volume()
    assert volume.data.dtype == np.int16
    np.testing.assert_array_equal(volume.data, in_order())


def test_a_voxel_lies_where_the_headers_put_it(tmp_path):
    write_cine(tmp_path)
    volume = load(tmp_path).volume()
    x, y, z = 7, 5, 2
    expected = ORIGIN + x * COLUMN_SPACING_MM * ROW + y * ROW_SPACING_MM * COLUMN + z * STEP_MM * NORMAL
    np.testing.assert_allclose((volume.affine @ (x, y, z, 1))[:3], expected, atol=1e-4)
    np.testing.assert_allclose(volume.spacing_mm, (STEP_MM, ROW_SPACING_MM, COLUMN_SPACING_MM), atol=1e-5)


def test_slice_location_and_spacing_between_slices_are_not_believed(tmp_path):
    def lie(image, t, z):
        image.SliceLocation, image.SpacingBetweenSlices = 6.7 * -z, 6.7
        return image

    write_cine(tmp_path, change=lie)
    volume = load(tmp_path).volume()
    assert volume.spacing_mm[0] == pytest.approx(STEP_MM, abs=1e-4)
    np.testing.assert_array_equal(volume.data, in_order())


def test_frame_times_are_the_median_over_slices_and_each_slice_keeps_its_own(tmp_path):
    write_cine(tmp_path)
    cine = load(tmp_path)
    assert cine.trigger_times_ms[:, 3].tolist() == [0, 43, 86]
    assert cine.frame_times_ms == (0, 41.5, 83)


def test_instance_numbers_are_those_of_the_files_in_place(tmp_path):
    write_cine(tmp_path)
    assert load(tmp_path).instance_numbers.tolist() == [[10, 7, 4, 1], [11, 8, 5, 2], [12, 9, 6, 3]]


@pytest.mark.parametrize("trigger", [None, "0", "17.5"])
def test_without_telling_trigger_times_frames_follow_the_instance_number(tmp_path, trigger):
    def forget(image, t, z):
        image.TriggerTime = trigger
        return image

    write_cine(tmp_path, change=forget)
    cine = load(tmp_path)
    np.testing.assert_array_equal(cine.volume().data, in_order())
    assert cine.frame_times_ms == ()


def test_without_trigger_times_and_instance_numbers_frames_follow_the_time_of_acquisition(tmp_path):
    def forget(image, t, z):
        del image.TriggerTime
        image.InstanceNumber, image.AcquisitionTime = 1, f"1159{58 - z:02d}.{t}00000"
        return image

    write_cine(tmp_path, change=forget)
    cine = load(tmp_path)
    np.testing.assert_array_equal(cine.volume().data, in_order())
    assert (cine.instance_numbers == 1).all()


def test_a_series_a_slice_with_numbers_in_no_order_is_one_stack(tmp_path):
    def part(image, t, z):
        image.SeriesNumber, image.SeriesInstanceUID = (8, 3, 11, 5)[z], f"1.2.3.{z}"
        image.InstanceNumber = t + 1
        return image

    write_cine(tmp_path, change=part)
    np.testing.assert_array_equal(load(tmp_path).volume().data, in_order())


def test_long_axis_series_and_a_pile_of_scouts_are_told_from_the_short_axis(tmp_path):
    write_cine(tmp_path)
    for t in range(3):
        image = dataset(pixels_of(t, 0, (8, 6)), (0, 0, 0), TriggerTime=t * 40, InstanceNumber=t + 1)
        image.ImageOrientationPatient = [*COLUMN, *NORMAL]
        write(tmp_path / "long" / f"{t}.dcm", image)
    for z in range(9):
        image = dataset(pixels_of(0, z), (0, 0, 8 * z), InstanceNumber=z + 1)
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        write(tmp_path / "scout" / f"{z}.dcm", image)
    study = find_stacks([tmp_path])
    assert sorted((len(stack.slices), stack.frames) for stack in study.stacks) == [(1, 3), (4, 3), (9, 1)]
    assert load(tmp_path).volume().data.shape == (3, 4, 6, 8)


def test_files_of_other_kinds_are_ignored_and_counted(tmp_path):
    write_cine(tmp_path)
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "empty.dcm").touch()
    write(tmp_path / "report", dataset(pixels_of(0, 0), (0, 0, 0), ImagePositionPatient=None))
    write(tmp_path / "enhanced.dcm", dataset(pixels_of(0, 0), (0, 0, 0), NumberOfFrames=5))
    study = find_stacks([tmp_path])
    assert len(study.files.images) == 12
    assert study.files.ignored_in_words() == (
        "4 file(s) ignored: 1 DICOM without a grey image in a known plane (report first), "
        "1 multi-frame DICOM without functional groups (enhanced.dcm first), 2 not DICOM (empty.dcm first)"
    )
    assert short_axis(study).volume().data.shape[:2] == (3, 4)


def test_a_slope_of_two_and_an_intercept_of_minus_ten_are_applied_to_each_file(tmp_path):
    def scale(image, t, z):
        image.RescaleSlope, image.RescaleIntercept = 2 if z else 1, -10
        return image

    write_cine(tmp_path, change=scale)
    data = load(tmp_path).volume().data
    assert data.dtype == np.float32
    assert (data[1, 2, 3, 4], data[1, 0, 3, 4]) == (2 * 1234 - 10, 1034 - 10)


def test_values_beyond_int16_stay_what_they_are(tmp_path):
    def brighten(image, t, z):
        image.PixelData = (pixels_of(t, z) + 40000).tobytes()
        return image

    write_cine(tmp_path, change=brighten)
    np.testing.assert_array_equal(load(tmp_path).volume().data, in_order().astype(np.float32) + 40000)


def test_a_slice_off_its_place_by_a_twentieth_of_a_step_is_kept(tmp_path):
    def shift(image, t, z):
        image.ImagePositionPatient = list(np.round(position_of(z) + 0.05 * STEP_MM * NORMAL * (z == 2), 5))
        return image

    write_cine(tmp_path, change=shift)
    assert load(tmp_path).volume().spacing_mm[0] == pytest.approx(STEP_MM, abs=1e-3)


# What is refused


def test_a_slice_that_is_missing_in_the_middle_is_named_with_its_gap(tmp_path):
    write_cine(tmp_path, slices=5, change=lambda image, t, z: None if z == 3 else image)
    error = fault(tmp_path)
    assert error.code == "missing_slice"
    assert "slices 3 and 4 of 4 are 18.00 mm apart" in error.sentence
    assert "the others 9.00 mm: 1 slice(s) missing" in error.sentence
    assert str(tmp_path) in error.sentence


def test_a_step_that_is_no_multiple_of_the_others_is_uneven(tmp_path):
    def shift(image, t, z):
        image.ImagePositionPatient = list(np.round(position_of(z) + 0.4 * STEP_MM * NORMAL * (z == 3), 5))
        return image

    write_cine(tmp_path, change=shift)
    error = fault(tmp_path)
    assert error.code == "uneven_slices"
    assert "slices 3 and 4 of 4 are 12.60 mm apart" in error.sentence and "wanted 9.00 mm" in error.sentence


def test_a_slice_that_is_shifted_in_its_plane_has_no_place_in_the_stack(tmp_path):
    def shift(image, t, z):
        image.ImagePositionPatient = list(np.round(position_of(z) + 5 * ROW * (z == 1), 5))
        return image

    write_cine(tmp_path, change=shift)
    error = fault(tmp_path)
    assert error.code == "shifted_slice"
    assert "shifted by 5.0 mm" in error.sentence


def test_a_slice_with_a_missing_frame_is_named_with_what_was_ignored(tmp_path):
    write_cine(tmp_path, name=folder_a_slice, change=lambda image, t, z: None if (t, z) == (1, 2) else image)
    (tmp_path / "broken.IMA").write_bytes(b"nothing")
    error = fault(tmp_path)
    assert error.code == "missing_frame"
    assert f"{tmp_path / 'slice6'}: slice 3 of 4 has 2 frames" in error.sentence
    assert "the others have 3" in error.sentence and "1 not DICOM" in error.sentence


def test_a_copy_of_a_file_is_a_repeated_frame(tmp_path):
    written = write_cine(tmp_path)
    shutil.copy(written[4], tmp_path / "copy.dcm")
    error = fault(tmp_path)
    assert error.code == "repeated_frame"
    assert "slice 2 of 4 has 4 frames" in error.sentence and str(tmp_path) in error.sentence


def test_a_frame_that_stands_in_for_another_is_a_repeated_frame(tmp_path):
    def repeat(image, t, z):
        if (t, z) == (2, 1):
            image.TriggerTime, image.InstanceNumber = "41.0", 8
        return image

    write_cine(tmp_path, change=repeat)
    error = fault(tmp_path)
    assert error.code == "repeated_frame"
    assert "3 frames of one slice" in error.sentence and "wanted each frame once" in error.sentence


def test_a_slice_that_was_acquired_again_is_a_repeated_slice(tmp_path):
    write_cine(tmp_path)
    for t in range(3):
        image = dataset(pixels_of(t, 1), position_of(1), TriggerTime=t * 50 + 1, InstanceNumber=t + 1)
        image.SeriesNumber, image.SeriesInstanceUID = 9, "1.2.3.9"
        write(tmp_path / "again" / f"{t}.dcm", image)
    error = fault(tmp_path)
    assert error.code == "repeated_slice"
    assert "slice 2 of 4 has 6 frames from 2 series" in error.sentence


def test_two_slices_are_no_short_axis(tmp_path):
    write_cine(tmp_path, slices=2)
    (tmp_path / "readme").write_text("x")
    error = fault(tmp_path)
    assert error.code == "no_short_axis"
    assert "among 6 images (stacks, slices x frames: 2 x 3); wanted 3 parallel slices or more" in error.sentence
    assert "1 not DICOM" in error.sentence and str(tmp_path) in error.sentence


def test_two_equal_stacks_leave_no_choice(tmp_path):
    write_cine(tmp_path / "a")

    def turn(image, t, z):
        image.ImageOrientationPatient = [*COLUMN, *NORMAL]
        image.ImagePositionPatient = [f"{value:.6f}" for value in z * 9 * ROW]
        return image

    write_cine(tmp_path / "b", change=turn)
    error = fault(tmp_path)
    assert error.code == "several_short_axes"
    assert str(tmp_path / "a") in error.sentence and str(tmp_path / "b") in error.sentence


def test_slices_of_another_spacing_next_to_the_stack_are_mixed_spacing(tmp_path):
    def coarsen(image, t, z):
        if z == 4:
            image.PixelSpacing = [2, 2]
        return image

    write_cine(tmp_path, slices=5, change=coarsen)
    error = fault(tmp_path)
    assert error.code == "mixed_spacing"
    assert "6 x 8 pixels of 1.5 x 1.25 mm" in error.sentence and "6 x 8 pixels of 2 x 2 mm" in error.sentence


def test_a_second_acquisition_of_the_same_slices_on_another_grid_is_left_alone(tmp_path):
    write_cine(tmp_path / "cine")

    def coarsen(image, t, z):
        image.PixelSpacing = [2, 2]
        return image if z < 3 else None

    write_cine(tmp_path / "other", change=coarsen)
    assert load(tmp_path).volume().spacing_mm[2] == pytest.approx(COLUMN_SPACING_MM)


@pytest.mark.parametrize("lost", [10, 10_000])
def test_a_file_that_ends_in_its_pixels_or_before_them_is_named(tmp_path, lost):
    written = write_cine(tmp_path, shape=(80, 64))
    content = written[5].read_bytes()
    written[5].write_bytes(content[:-lost])
    error = fault(tmp_path)
    assert error.code == "unreadable_dicom"
    assert str(written[5]) in error.sentence and "80 x 64 pixels" in error.sentence


def test_a_file_without_pixel_data_is_named(tmp_path):
    def empty(image, t, z):
        if (t, z) == (1, 1):
            del image.PixelData
        return image

    write_cine(tmp_path, change=empty)
    error = fault(tmp_path)
    assert error.code == "unreadable_dicom"
    assert "its pixel data cannot be read" in error.sentence


def test_a_header_with_damaged_bytes_is_named(tmp_path):
    written = write_cine(tmp_path)
    content = written[5].read_bytes()
    written[5].write_bytes(content.replace(b"0.800000", b"0.8x0000", 1))
    error = fault(tmp_path)
    assert error.code == "unreadable_dicom"
    assert f"{written[5]}: starts as DICOM but its header cannot be read" in error.sentence


def test_a_file_that_ends_before_its_geometry_is_missed_in_its_slice_and_named(tmp_path):
    written = write_cine(tmp_path)
    content = written[5].read_bytes()
    written[5].write_bytes(content[: content.index(b"\x20\x00\x32\x00")])
    error = fault(tmp_path)
    assert error.code == "missing_frame"
    assert f"1 DICOM without a grey image in a known plane ({written[5].name} first)" in error.sentence


@pytest.mark.parametrize(
    ("tag", "value", "found"),
    [
        ("PixelSpacing", [0, 1.5], "PixelSpacing (0.0, 1.5)"),
        ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0], "wanted two unit vectors at right angles"),
    ],
)
def test_an_impossible_plane_is_named(tmp_path, tag, value, found):
    def spoil(image, t, z):
        if (t, z) == (0, 0):
            setattr(image, tag, value)
        return image

    write_cine(tmp_path, change=spoil)
    error = fault(tmp_path)
    assert error.code == "bad_geometry"
    assert found in error.sentence


# What others make of the same files


def dcm2niix(folder: Path, out: Path) -> nibabel.Nifti1Image:
    tool = Path(sys.executable).with_name("dcm2niix")
    if not tool.exists():
        pytest.skip("dcm2niix is not installed")
    out.mkdir()
    subprocess.run([tool, "-z", "n", "-b", "n", "-o", out, folder], check=True, capture_output=True)
    (file,) = out.glob("*.nii")
    return nibabel.load(file)


def in_ras(volume) -> nibabel.Nifti1Image:
    flip = np.diag([-1, -1, 1, 1])
    return nibabel.as_closest_canonical(nibabel.Nifti1Image(volume.data.transpose(3, 2, 1, 0), flip @ volume.affine))


def assert_same_place(ours, theirs: nibabel.Nifti1Image, atol: float) -> None:
    ours, theirs = in_ras(ours), nibabel.as_closest_canonical(theirs)
    np.testing.assert_array_equal(np.asarray(ours.dataobj), np.asarray(theirs.dataobj))
    np.testing.assert_allclose(ours.affine, theirs.affine, atol=atol)


def test_dcm2niix_puts_a_classic_stack_in_the_same_place(tmp_path):
    def number_by_frame(image, t, z):  # dcm2niix takes files in the order of their instance numbers
        image.InstanceNumber = 4 * t + z + 1
        return image

    write_cine(tmp_path / "in", shape=(16, 20), change=number_by_frame)
    assert_same_place(load(tmp_path / "in").volume(), dcm2niix(tmp_path / "in", tmp_path / "out"), 1e-3)


@pytest.mark.parametrize(
    ("patient", "slices", "step_mm"), [("SCD0000101", 12, 10), ("SCD0000201", 13, 10), ("SCD0000301", 10, 8)]
)
def test_sunnybrook_has_twenty_frames_and_steps_of_its_positions(tmp_path, patient, slices, step_mm):
    folder = real_data(f"sunnybrook/dicoms/{patient}")
    cine = load(folder)
    volume = cine.volume()
    assert volume.data.shape == (20, slices, 256, 256)
    assert volume.spacing_mm[0] == pytest.approx(step_mm, abs=1e-3)
    assert len(cine.frame_times_ms) == 20
    # instance numbers count frames, then slices from base to apex
    expected = np.arange(1, 20 * slices + 1).reshape(slices, 20).T[:, ::-1]
    np.testing.assert_array_equal(cine.instance_numbers, expected)
    assert_same_place(volume, dcm2niix(folder, tmp_path / "out"), 0.05)


def test_six_siemens_series_are_a_short_axis_and_the_blood_pool_shrinks_and_grows():
    study = find_stacks([real_data("siemens_cine/patient1")])
    cine = short_axis(study)
    volume = cine.volume()
    assert volume.data.shape == (25, 6, 208, 256)
    assert volume.spacing_mm == pytest.approx((17.7, 1.40625, 1.40625), abs=1e-3)
    assert sorted(len(stack.slices) for stack in study.stacks) == [1, 1, 1, 1, 1, 6]
    assert {frame[0].series[1] for frame in zip(*cine.files, strict=True)} == {
        *("7001", "8001", "9001", "10001", "11001", "12001")
    }
    areas = [blood_pool(frame, 105, 130) for frame in volume.data[:, 3]]
    es = int(np.argmin(areas))
    assert 7 <= es <= 11
    assert areas[es] < 0.5 * areas[0] and areas[-1] > 0.9 * areas[0]
    assert areas[:es] == sorted(areas[:es], reverse=True)


def blood_pool(image: np.ndarray, row: int, column: int) -> int:
    """Pixels as bright as the blood around a place, and connected with it."""
    near = (slice(row - 3, row + 4), slice(column - 3, column + 4))
    regions, _ = ndimage.label(ndimage.binary_opening(image > 0.6 * image[near].max()))
    counts = np.bincount(regions[near].ravel())
    return int((regions == 1 + counts[1:].argmax()).sum())

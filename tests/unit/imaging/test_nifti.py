"""NIfTI files written, read again, and damaged."""

from __future__ import annotations

import gzip
import os
import time

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from cardioprior.errors import SubjectError
from cardioprior.imaging.nifti import read_volume, write_volume
from cardioprior.imaging.volume import Volume
from tests.unit.imaging.dicom_world import real_data

AFFINE = np.array(
    [[1.2, 0.0, 0.0, -50.0], [0.0, 1.2, -5.0, 20.25], [0.0, 0.9, 8.0 * 0.8, 7.5], [0.0, 0.0, 0.0, 1.0]], float
)


def volume(dtype=np.int16, frames: int = 3) -> Volume:
    affine = AFFINE.copy()
    affine[:3, 1] = [0, 1.04, 0.78]
    affine[:3, 2] = [0, -4.8, 6.4]
    data = np.random.default_rng(0).integers(0, 100, (frames, 4, 5, 6))
    return Volume(data.astype(dtype), affine)


def fault(path, **options) -> SubjectError:
    with pytest.raises(SubjectError) as caught:
        read_volume(path, **options)
    assert str(path) in caught.value.sentence
    return caught.value


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize("frames", [1, 3])
def test_what_is_written_is_read(tmp_path, name, dtype, frames):
    written = volume(dtype, frames)
    write_volume(tmp_path / name, written)
    read = read_volume(tmp_path / name)
    assert read.data.dtype == dtype
    np.testing.assert_array_equal(read.data, written.data)
    np.testing.assert_allclose(read.affine, written.affine, atol=1e-5)


def test_the_file_is_x_y_z_t_in_ras_with_units_and_codes(tmp_path):
    written = volume()
    write_volume(tmp_path / "a.nii.gz", written)
    image = nibabel.load(tmp_path / "a.nii.gz")
    assert image.shape == (6, 5, 4, 3)
    assert np.asarray(image.dataobj)[1, 2, 3, 0] == written.data[0, 3, 2, 1]
    assert image.header.get_xyzt_units()[0] == "mm"
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 1)
    np.testing.assert_allclose(image.get_qform(), np.diag([-1, -1, 1, 1]) @ written.affine, atol=1e-4)


def test_simpleitk_finds_a_voxel_in_the_same_place(tmp_path):
    written = volume(frames=1)
    write_volume(tmp_path / "a.nii.gz", written)
    image = sitk.ReadImage(str(tmp_path / "a.nii.gz"))
    place = image.TransformIndexToPhysicalPoint((5, 4, 3))
    np.testing.assert_allclose(place, (written.affine @ (5, 4, 3, 1))[:3], atol=1e-4)


def test_the_same_volume_is_the_same_bytes_at_another_time(tmp_path, monkeypatch):
    write_volume(tmp_path / "a.nii.gz", volume())
    monkeypatch.setattr(time, "time", lambda: 1e9)
    write_volume(tmp_path / "b.nii.gz", volume())
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


def test_a_mask_is_written_as_uint8(tmp_path):
    write_volume(tmp_path / "a.nii", Volume(volume().data > 50, np.eye(4)))
    assert read_volume(tmp_path / "a.nii").data.dtype == np.uint8


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.nii.gz"
    write_volume(path, volume())
    before = path.read_bytes()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_volume(path, volume(np.uint8))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a.mhd: wanted a name that ends in .nii or .nii.gz"):
        write_volume(tmp_path / "a.mhd", volume())


def test_a_scaled_file_is_read_as_float32(tmp_path):
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4))
    image.header.set_slope_inter(0.5, 10)
    content = bytearray(image.to_bytes())
    content[112:120] = np.array([0.5, 10], "<f4").tobytes()  # to_bytes scales back
    (tmp_path / "a.nii").write_bytes(content)
    read = read_volume(tmp_path / "a.nii")
    assert read.data.dtype == np.float32
    assert read.data[0, 3, 2, 1] == 0.5 * 23 + 10


def test_with_spacing_from_zooms_the_affine_gives_directions_and_the_header_spacing(tmp_path):
    image = nibabel.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.diag([-1.0, 1, 1, 1]))
    image.header.set_zooms((1.5, 1.5, 10))
    image.header.set_sform(np.diag([-1.0, 1, 1, 1]), code=2)
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(image.to_bytes()))
    assert read_volume(tmp_path / "a.nii.gz").spacing_mm == (1, 1, 1)
    read = read_volume(tmp_path / "a.nii.gz", spacing_from_zooms=True)
    assert read.spacing_mm == (10, 1.5, 1.5)
    np.testing.assert_allclose(read.affine[:3, :3], np.diag([1.5, -1.5, 10]))


def test_acdc_has_its_true_spacing_in_the_zooms():
    path = next(iter(sorted(real_data("acdc/training").rglob("*_frame01.nii.gz"))))
    assert read_volume(path).spacing_mm == (1, 1, 1)
    z, y, x = read_volume(path, spacing_from_zooms=True).spacing_mm
    assert 5 <= z <= 10 and y == x and 1 < x < 2


# What is refused


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "a.nii.gz"
    write_volume(path, volume())
    path.write_bytes(path.read_bytes()[:-20])
    error = fault(path)
    assert error.code == "corrupt_file" and "damaged gzip file" in error.sentence


def test_a_flipped_bit_is_noticed_or_changes_nothing(tmp_path):
    path, written = tmp_path / "a.nii.gz", volume()
    write_volume(path, written)
    whole, noticed = path.read_bytes(), []
    for place in range(10, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        path.write_bytes(damaged)
        try:  # a few bits between compressed blocks carry nothing
            np.testing.assert_array_equal(read_volume(path).data, written.data)
        except SubjectError as error:
            noticed.append(error.code)
    assert set(noticed) == {"corrupt_file"} and len(noticed) > 0.95 * len(whole) - 10


def test_a_plain_file_that_ends_early_is_named(tmp_path):
    path = tmp_path / "a.nii"
    write_volume(path, volume())
    path.write_bytes(path.read_bytes()[:-20])
    error = fault(path)
    assert error.code == "corrupt_file" and "ends before its last voxel" in error.sentence


@pytest.mark.parametrize(
    "content",
    [b"", b"a text", b"a text " * 100, gzip.compress(b"a text " * 100)],
    ids=["nothing", "a short text", "a text", "a compressed text"],
)
def test_what_is_no_nifti_is_named(tmp_path, content):
    (tmp_path / "a.nii.gz").write_bytes(content)
    error = fault(tmp_path / "a.nii.gz")
    assert error.code == "corrupt_file" and "is not a sound NIfTI file" in error.sentence


def test_a_missing_file_is_named(tmp_path):
    assert fault(tmp_path / "a.nii.gz").code == "missing_file"


@pytest.mark.parametrize("spacing", [0, np.nan, np.inf])
def test_an_impossible_spacing_is_named(tmp_path, spacing):
    write_volume(tmp_path / "a.nii", volume())
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[84:88] = np.float32(spacing).tobytes()  # pixdim[2]
    (tmp_path / "a.nii").write_bytes(content)
    error = fault(tmp_path / "a.nii")
    assert error.code == "corrupt_file" and "wanted finite numbers above 0" in error.sentence


def test_an_affine_without_volume_is_named(tmp_path):
    write_volume(tmp_path / "a.nii", volume())
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[280:296] = bytes(16)  # the sform's first row
    (tmp_path / "a.nii").write_bytes(content)
    error = fault(tmp_path / "a.nii")
    assert error.code == "corrupt_file" and "in its affine" in error.sentence


def test_a_picture_of_two_axes_is_no_volume(tmp_path):
    (tmp_path / "a.nii").write_bytes(nibabel.Nifti1Image(np.zeros((4, 5), np.int16), np.eye(4)).to_bytes())
    error = fault(tmp_path / "a.nii")
    assert error.code == "corrupt_file" and "wanted 3 or 4 axes" in error.sentence

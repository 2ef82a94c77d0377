"""NIfTI headers that contradict themselves: what is taken, and that it is said."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from cardioprior.imaging.geometry import slices_last
from cardioprior.imaging.nifti_steps import read_checked
from cardioprior.imaging.volume import Volume

SHAPE_XYZ = (6, 5, 4)
TRUE_MM = (1.5, 1.25, 8.0)


def header_of(path: Path, affine_mm=TRUE_MM, pixdim=TRUE_MM, unit: str = "mm") -> Path:
    """A file whose affine and pixdim say what they are told to."""
    image = nibabel.Nifti1Image(np.arange(120, dtype=np.int16).reshape(SHAPE_XYZ), np.diag([*affine_mm, 1.0]))
    image.header.set_xyzt_units(unit)
    content = bytearray(image.to_bytes())
    header = nibabel.Nifti1Header(bytes(content[:348]))
    header["pixdim"][1:4] = pixdim
    content[:348] = header.binaryblock
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ({}, []),
        ({"unit": "unknown"}, []),
        ({"affine_mm": (1, 1, 1)}, ["spacing_differs"]),
        ({"pixdim": (1, 1, 1)}, ["spacing_differs"]),
        ({"affine_mm": (3, 2.5, 16)}, ["spacing_differs"]),
        ({"affine_mm": (0.0015, 0.00125, 0.008), "pixdim": (0.0015, 0.00125, 0.008), "unit": "meter"}, ["metres"]),
        ({"affine_mm": (0.0015, 0.00125, 0.008), "pixdim": (0.0015, 0.00125, 0.008)}, ["metres"]),
        ({"affine_mm": (1500, 1250, 8000), "pixdim": (1500, 1250, 8000), "unit": "micron"}, ["metres"]),
    ],
)
def test_the_spacing_is_true_whatever_the_header_gets_wrong(tmp_path: Path, told: dict, codes: list[str]) -> None:
    path = header_of(tmp_path / "a.nii", **told)
    volume, findings = read_checked(path)
    assert volume.spacing_mm == pytest.approx(TRUE_MM[::-1])
    assert [finding.code for finding in findings] == codes
    assert all(finding.sentence.startswith(f"{path}: ") for finding in findings)


def test_metres_become_millimetres_in_the_origin_too(tmp_path: Path) -> None:
    affine = np.diag([0.0015, 0.00125, 0.008, 1.0])
    affine[:3, 3] = (-0.1, 0.05, 0.2)
    nibabel.save(nibabel.Nifti1Image(np.zeros(SHAPE_XYZ, np.int16), affine), tmp_path / "a.nii")
    np.testing.assert_allclose(read_checked(tmp_path / "a.nii")[0].affine[:3, 3], (100, -50, 200), rtol=1e-5)


@pytest.mark.parametrize("axis", [0, 1])
def test_axes_are_exchanged_where_slices_do_not_lie_along_the_last(axis: int) -> None:
    lengths, shape = np.full(3, 1.25), np.full(3, 9)
    lengths[axis], shape[axis] = 8.0, 4
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]) * lengths
    data = np.random.default_rng(0).integers(0, 99, (2, *shape[::-1]))
    volume = Volume(data, affine)
    turned = slices_last(volume)
    assert turned.shape_zyx == (4, 9, 9) and turned.spacing_mm == pytest.approx((8, 1.25, 1.25))
    for index_xyz in ((1, 2, 3), (3, 1, 0)):
        here = np.argwhere(turned.data[1] == volume.data[1][index_xyz[::-1]])
        there = (volume.affine @ [*index_xyz, 1])[:3]
        assert any(np.allclose((turned.affine @ [*zyx[::-1], 1])[:3], there) for zyx in here)


@pytest.mark.parametrize(
    ("lengths", "shape"),
    [((1.25, 1.25, 8), (9, 9, 4)), ((1, 1, 1), (4, 9, 9)), ((8, 1.25, 1.25), (9, 9, 9)), ((2, 1.2, 1.5), (4, 9, 9))],
)
def test_axes_stay_where_nothing_says_that_another_is_the_slices(lengths, shape) -> None:
    volume = Volume(np.zeros((1, *shape[::-1])), np.diag([*lengths, 1.0]))
    assert slices_last(volume) is volume

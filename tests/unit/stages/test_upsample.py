"""One image in, one image out, or a sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cardioprior.errors import CardioPriorError
from cardioprior.imaging.nifti import read_volume, write_volume
from cardioprior.imaging.volume import Volume
from cardioprior.inference.stored import save
from cardioprior.networks.slice_autoencoder import SliceAutoencoder
from cardioprior.stages import upsample

SETTINGS = {"spacing_mm": 1.5, "size": 32, "crop": 16, "centre": "picture", "frames": "all"}


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "slice_autoencoder@text" / "model.pt"
    path.parent.mkdir()
    save(path, {"preparation": {"name": "in_plane_slices", "settings": SETTINGS},
                "blueprint": {"form": "text", "width": 2},
                "networks": {"autoencoder": SliceAutoencoder("text", 2).state_dict()}})  # fmt: skip
    return path


@pytest.fixture
def image(tmp_path):
    data = np.random.default_rng(0).uniform(0, 900, (2, 4, 20, 24)).astype(np.float32)
    affine = np.array([[0.0, 1.5, 0, -9], [1.5, 0, 0, 7], [0, 0, -10, 3], [0, 0, 0, 1]])
    write_volume(tmp_path / "image.nii.gz", Volume(data, affine))
    return tmp_path / "image.nii.gz"


def test_the_image_comes_back_with_more_slices_in_its_place(tmp_path, image, model):
    out = tmp_path / "out.nii.gz"
    upsample.run(image, 2.5, model, "cpu", out)
    before, after = read_volume(image), read_volume(out)
    assert after.data.shape == (2, 13, 20, 24)
    assert after.spacing_mm == pytest.approx((2.5, 1.5, 1.5))
    np.testing.assert_allclose(after.affine[:3, 3], before.affine[:3, 3])
    np.testing.assert_allclose(after.data[:, ::4], before.data, rtol=1e-6)


def test_slices_wider_apart_than_they_are_is_a_sentence(tmp_path, image, model):
    sentence = r"image\.nii\.gz: has 4 slice\(s\) 10 mm apart; wanted .* 12 mm asked for"
    with pytest.raises(CardioPriorError, match=sentence):
        upsample.run(image, 12, model, "cpu", tmp_path / "out.nii.gz")


def test_a_unit_affine_beside_a_right_pixdim_is_read_by_pixdim_and_said(tmp_path, image, model, capsys):
    import nibabel

    stored = nibabel.load(image)
    header = stored.header.copy()
    header.set_sform(np.eye(4), code=1)
    header.set_qform(None, code=0)
    header["pixdim"][1:4] = (1.5, 1.5, 10)
    nibabel.save(nibabel.Nifti1Image(np.asarray(stored.dataobj), None, header), tmp_path / "unit.nii.gz")
    upsample.run(tmp_path / "unit.nii.gz", 2.5, model, "cpu", tmp_path / "out.nii.gz")
    assert read_volume(tmp_path / "out.nii.gz").spacing_mm == pytest.approx((2.5, 1.5, 1.5))
    assert "its affine says 1 x 1 x 1 mm, its pixdim 1.5 x 1.5 x 10 mm; took the latter" in capsys.readouterr().out

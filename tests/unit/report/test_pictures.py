"""Volumes and labels as a page holds them, read back."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from cardioprior.report import pictures


def unpacked(text: str) -> np.ndarray:
    pairs = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 2)
    return np.repeat(pairs[:, 0], pairs[:, 1])


@pytest.mark.parametrize("length", [1, 254, 255, 256, 510, 511])
def test_runs_of_any_length_come_back_as_they_were(length):
    labels = np.concatenate([np.full(length, 2), [0, 1, 1], np.full(length, 3)])
    assert unpacked(pictures.runs(labels)).tolist() == labels.tolist()


def test_a_volumes_labels_come_back_slice_after_slice():
    labels = np.random.default_rng(0).integers(0, 4, (3, 5, 7)).astype(np.uint8)
    assert (unpacked(pictures.runs(labels)).reshape(3, 5, 7) == labels).all()


def test_a_strip_holds_slice_below_slice_from_black_to_white():
    volume = np.array([[[0.0, 50.0]], [[100.0, 100.0]]])
    png = base64.b64decode(pictures.strip(volume).removeprefix("data:image/png;base64,"))
    grey = np.asarray(Image.open(io.BytesIO(png)))
    assert grey.shape == (2, 2)
    assert grey[0, 0] == 0 and (grey[1] == 255).all() and int(grey[0, 1]) == pytest.approx(127, abs=4)


def test_a_volume_of_one_value_is_black():
    png = base64.b64decode(pictures.strip(np.full((1, 2, 2), 7.0)).removeprefix("data:image/png;base64,"))
    assert not np.asarray(Image.open(io.BytesIO(png))).any()


@pytest.mark.parametrize(("height", "width", "step"), [(48, 48, 1), (160, 100, 1), (161, 100, 2), (100, 400, 3)])
def test_large_images_keep_every_few_pixels(height, width, step):
    assert pictures.stride(height, width) == step

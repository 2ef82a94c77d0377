"""A batch moved by affine transformations, images and labels, against TorchIO and MONAI."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from benchmarks.harness import Case, Work
from benchmarks.inputs import slices

SIZE = 176
#: turned by, deg; enlarged by; shifted along y and x, px
DRAWS = [(-25.0, 1.05, 4.0, -3.0), (10.0, 1.1, -2.0, 5.0), (17.0, 1.0, 0.0, 2.0), (3.0, 1.08, 6.0, 1.0)]
#: pixels of the rim where libraries differ in what comes in from outside
RIM = 3


def cases() -> list[Case]:
    """Windows of three slices moved in plane (chapter 5's batch, doubled), and volumes moved in space."""
    return [
        _case("Augmentation in plane", "windows of 3 slices", (8, 3, SIZE, SIZE)),
        _case("Augmentation in space", "volumes", (2, 64, 96, 96)),
    ]


def _case(name: str, things: str, shape: tuple[int, int, int, int]) -> Case:
    contenders = {"cardioprior": _ours, "TorchIO": _torchio, "MONAI": _monai}
    return Case(
        name,
        f"{shape[0]} {things}, {' x '.join(map(str, shape[1:]))}: images linear, labels by the nearest, "
        "turned in plane, enlarged and shifted",
        {contender: partial(prepare, shape) for contender, prepare in contenders.items()},
        _agree,
        {"TorchIO": 2},
        rounds=15,
        per=(shape[0], things),
    )


@cache
def _batch(shape: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images float32, labels uint8, and draws (batch, 5) as the project has them; volumes are enlarged along z too."""
    count, z, y, x = shape
    found = slices(20, SIZE)[1][:, :y, :x]
    images = np.stack([np.stack([found[(n + s) % len(found)] for s in range(z)]) for n in range(count)])
    labels = np.digitize(images, np.quantile(images, [0.4, 0.7, 0.9])).astype(np.uint8)
    chosen = [DRAWS[n % len(DRAWS)] for n in range(count)]
    draws = np.array([(np.deg2rad(turn), 0.0, zoom, down, right) for turn, zoom, down, right in chosen])
    return images, labels, draws


def _ours(shape: tuple[int, int, int, int]) -> Work:
    import torch

    from cardioprior.training.augmentation import IDENTITY, sampling_matrices, spatial_matrices, warp

    images, labels, draws = _batch(shape)
    both = torch.from_numpy(images), torch.from_numpy(labels)

    def work() -> Any:
        if shape[1] == 3:
            matrices = sampling_matrices(draws, shape[-1])
        else:
            still = np.broadcast_to(IDENTITY, draws.shape)
            matrices = spatial_matrices(np.stack([draws, still, still], axis=1), shape[1:])
        return [warp(array, matrices, kind).numpy() for array, kind in zip(both, ("bilinear", "nearest"), strict=True)]

    return work


def _torchio(shape: tuple[int, int, int, int]) -> Work:
    import torch
    import torchio

    images, labels, draws = _batch(shape)
    subjects = [
        torchio.Subject(
            image=torchio.ScalarImage(tensor=torch.from_numpy(image.transpose(2, 1, 0)[None].copy())),
            labels=torchio.LabelMap(tensor=torch.from_numpy(label.transpose(2, 1, 0)[None].copy())),
        )
        for image, label in zip(images, labels, strict=True)
    ]

    def moved(subject: Any, draw: np.ndarray) -> Any:
        turn, _, zoom, down, right = draw
        return torchio.Affine(
            scales=(zoom, zoom, 1),
            degrees=(0, 0, float(np.rad2deg(turn))),
            translation=(right / zoom, down / zoom, 0),  # it enlarges the shift, too
            default_pad_value=0,
            copy=False,
        )(torchio.Subject(image=_shallow(subject["image"]), labels=_shallow(subject["labels"])))

    def _shallow(image: Any) -> Any:
        return type(image)(tensor=image.data, affine=image.affine)

    def work() -> Any:
        done = [moved(subject, draw) for subject, draw in zip(subjects, draws, strict=True)]
        batches = (torch.stack([subject[name].data[0] for subject in done]) for name in ("image", "labels"))
        return [batch.permute(0, 3, 2, 1).numpy() for batch in batches]

    return work


def _monai(shape: tuple[int, int, int, int]) -> Work:
    """Slices are the channels of plane images, as fits it best."""
    import torch
    from monai.transforms import Affine

    images, labels, draws = _batch(shape)
    in_plane = shape[1] == 3
    arrays = [torch.from_numpy(array if in_plane else array[:, None]) for array in (images, labels)]

    def matrix(draw: np.ndarray) -> np.ndarray:
        """From output to input positions in voxels about the middle; axes y, x or z, y, x."""
        turn, _, zoom, down, right = draw
        cos, sin = np.cos(turn) / zoom, np.sin(turn) / zoom
        plane = np.array([[cos, -sin], [sin, cos]])
        whole = np.eye(4)
        whole[1:3, 1:3] = plane
        whole[1:3, 3] = -plane @ (down, right)
        return whole[1:, 1:] if in_plane else whole

    def work() -> Any:
        done = []
        for array, mode in zip(arrays, ("bilinear", "nearest"), strict=True):
            moved = [
                Affine(affine=matrix(draw), mode=mode, padding_mode="zeros", image_only=True)(item)
                for item, draw in zip(array, draws, strict=True)
            ]
            done.append(torch.stack(moved).numpy() if in_plane else torch.stack(moved)[:, 0].numpy())
        return done

    return work


def _agree(values: Mapping[str, Any]) -> str:
    import torch

    from cardioprior.training.augmentation import sampling_matrices, warp

    (images, labels), *others = values.values()
    ones = torch.ones(images.shape)
    ones[..., :RIM, :] = ones[..., -RIM:, :] = ones[..., :RIM] = ones[..., -RIM:] = 0
    inside = warp(ones, sampling_matrices(_batch(images.shape)[2], images.shape[-1]), "bilinear").numpy() > 0.999
    for image, label in others:
        difference = float(np.quantile(np.abs(image - images)[inside], 0.999))
        assert difference < 1e-3, f"images differ by {difference}"
        other = float((label != labels)[inside].mean())
        assert other < 1e-3, f"{other:.2%} of labels differ"
    return "images equal to .001, labels but for .1 % (ties of the nearest), away from the rim"

"""From thick stacks to labels and images on the grid of thin slices, from volumes to labels on their own (ACNN)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior.imaging.geometry import Interpolation, stored_grid
from cardioprior.inference.segmentation import native_labels
from cardioprior.inference.slices import interpolated_at
from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder
from cardioprior.preparations.contract import LABELS_OF
from cardioprior.preparations.paired_stacks import acquired
from cardioprior.store import Record
from cardioprior.training.pairs import on_thin_slices


def segmented(network: nn.Module, record: Record, device: torch.device) -> dict[str, np.ndarray]:
    """`labels` (f z, y, x) on the grid of thin slices, uint8, of a record of paired_stacks; of one of
    ultrasound_volumes `labels_<phase>` on the subject's own grid for every phase's image."""
    if "image" in record.arrays:
        return {"labels": segmented_stack(network, record, device)}
    prepared, native = (stored_grid(record.meta[name]) for name in ("grid", "native"))
    images = [name for name in LABELS_OF if name in record.arrays]
    probabilities = _probabilities(network, torch.stack([_image(record, name, device) for name in images]))
    return {
        LABELS_OF[name]: native_labels(of_image, prepared, native)
        for name, of_image in zip(images, probabilities.cpu().numpy(), strict=True)
    }


def segmented_stack(network: nn.Module, record: Record, device: torch.device) -> np.ndarray:
    """Labels (f z, y, x), uint8. A network that makes no thin slices has its probabilities interpolated along z."""
    probabilities = _probabilities(network, _image(record, "image", device)[None])[0]
    return _labels(on_thin_slices(probabilities, _slices(record) // probabilities.shape[1]))


def decoded_stack(
    predictor: CodePredictor, autoencoder: ShapeAutoencoder, record: Record, device: torch.device
) -> np.ndarray:
    """Labels (f z, y, x), uint8: the shape that an image's predicted code decodes to."""
    image = _image(record, "image", device)
    with torch.no_grad():
        upsampled = on_thin_slices(image, _slices(record) // image.shape[1])
        return _labels(autoencoder.decode(predictor(upsampled[None])).float()[0])


def _probabilities(network: nn.Module, images: Tensor) -> Tensor:
    """Of the classes, (batch, classes, z, y, x)."""
    with torch.no_grad():
        found: Tensor = network(images).float().softmax(dim=1)
    return found


def _image(record: Record, name: str, device: torch.device) -> Tensor:
    return torch.from_numpy(record.arrays[name]).to(device)[None]


def super_resolved(network: nn.Module, record: Record, device: torch.device) -> np.ndarray:
    """The image (f z, y, x), float32, that a network of one output makes of a stack."""
    with torch.no_grad():
        made: np.ndarray = network(_image(record, "image", device)[None])[0, 0].float().cpu().numpy()
    return made


def interpolated(interpolation: Interpolation, record: Record) -> np.ndarray:
    """The stack on the grid of thin slices (f z, y, x), float32, interpolated along z between its own slices; beyond
    the outer ones these are repeated."""
    stack, own = record.arrays["image"], acquired(record)
    factor = _slices(record) // len(stack)
    thin = (np.arange(_slices(record)) - (factor - 1) / 2) / factor
    return interpolated_at(thin - own.argmax(), stack[own], interpolation)


def _slices(record: Record) -> int:
    """Of the grid of thin slices."""
    return int(record.meta["grid"]["shape_zyx"][0])


def _labels(scores: Tensor) -> np.ndarray:
    labels: np.ndarray = scores.argmax(dim=0).to(torch.uint8).cpu().numpy()
    return labels

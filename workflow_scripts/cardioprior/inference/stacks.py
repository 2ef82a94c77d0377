"""From thick stacks to labels and to images on the grid of thin slices (ACNN)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior.imaging.geometry import Interpolation
from cardioprior.inference.slices import interpolated_at
from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder
from cardioprior.preparations.paired_stacks import acquired
from cardioprior.store import Record
from cardioprior.training.pairs import on_thin_slices


def segmented_stack(network: nn.Module, record: Record, device: torch.device) -> np.ndarray:
    """Labels (f z, y, x), uint8. A network that makes no thin slices has its probabilities interpolated along z."""
    with torch.no_grad():
        probabilities = network(_image(record, device)[None]).float().softmax(dim=1)[0]
    return _labels(on_thin_slices(probabilities, _slices(record) // probabilities.shape[1]))


def decoded_stack(
    predictor: CodePredictor, autoencoder: ShapeAutoencoder, record: Record, device: torch.device
) -> np.ndarray:
    """Labels (f z, y, x), uint8: the shape that an image's predicted code decodes to."""
    image = _image(record, device)
    with torch.no_grad():
        upsampled = on_thin_slices(image, _slices(record) // image.shape[1])
        return _labels(autoencoder.decode(predictor(upsampled[None])).float()[0])


def super_resolved(network: nn.Module, record: Record, device: torch.device) -> np.ndarray:
    """The image (f z, y, x), float32, that a network of one output makes of a stack."""
    with torch.no_grad():
        made: np.ndarray = network(_image(record, device)[None])[0, 0].float().cpu().numpy()
    return made


def interpolated(interpolation: Interpolation, record: Record) -> np.ndarray:
    """The stack on the grid of thin slices (f z, y, x), float32, interpolated along z between its own slices; beyond
    the outer ones these are repeated."""
    stack, own = record.arrays["image"], acquired(record)
    factor = _slices(record) // len(stack)
    thin = (np.arange(_slices(record)) - (factor - 1) / 2) / factor
    return interpolated_at(thin - own.argmax(), stack[own], interpolation)


def _image(record: Record, device: torch.device) -> Tensor:
    return torch.from_numpy(record.arrays["image"]).to(device)[None]


def _slices(record: Record) -> int:
    """Of the grid of thin slices."""
    return int(record.meta["grid"]["shape_zyx"][0])


def _labels(scores: Tensor) -> np.ndarray:
    labels: np.ndarray = scores.argmax(dim=0).to(torch.uint8).cpu().numpy()
    return labels

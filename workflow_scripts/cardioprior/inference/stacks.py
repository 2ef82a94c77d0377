"""From thick stacks to labels on the grid of thin slices (ACNN)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder
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


def _image(record: Record, device: torch.device) -> Tensor:
    return torch.from_numpy(record.arrays["image"]).to(device)[None]


def _slices(record: Record) -> int:
    """Of the grid of thin slices."""
    return int(record.meta["grid"]["shape_zyx"][0])


def _labels(scores: Tensor) -> np.ndarray:
    labels: np.ndarray = scores.argmax(dim=0).to(torch.uint8).cpu().numpy()
    return labels

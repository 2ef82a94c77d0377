"""Dice and surface distances of label maps, against medpy and MONAI."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.harness import Case, Work
from benchmarks.inputs import LabelPair, label_pairs

LABELS = (1, 2, 3)
HEARTS = 8
#: over the hearts for Dice: one takes a few milliseconds, and finds another library's data in the cache
PASSES = 5
#: figures of a prediction's and a reference's mask
Figures = tuple[float, ...]
Measure = Callable[[np.ndarray, np.ndarray, tuple[float, ...]], Figures]


def cases() -> list[Case]:
    """Both, of three structures a heart, from label maps to figures."""
    warnings.filterwarnings("ignore", module="monai")
    per = (HEARTS * len(LABELS), "structures")
    return [
        Case(
            "Dice",
            f"LV, MYO and RV of {label_pairs(HEARTS)[0]}",
            {
                "cardioprior": lambda: _again(_each(_our_dice(), boxed=True)),
                "medpy": lambda: _again(_each(_medpy_dice())),
                "MONAI": lambda: _again(_monai_dice()),
            },
            _agree,
            {"medpy": 3, "MONAI": 3},
            per=(PASSES * per[0], per[1]),
        ),
        Case(
            "Surface distances",
            f"mean surface distance (both ways) and Hausdorff distance of LV, MYO and RV of {label_pairs(HEARTS)[0]}",
            {
                "cardioprior": lambda: _each(_our_distances(), boxed=True),
                "medpy": lambda: _each(_medpy_distances()),
                "MONAI": lambda: _each(_monai_distances()),
                "MONAI, its inner function": lambda: _each(_monai_inner_function()),
            },
            _agree,
            {"medpy": 3, "MONAI": 3},
            rounds=3,
            per=per,
        ),
    ]


def _each(measure: Measure, boxed: bool = False) -> Work:
    """Figures of every structure of every pair. boxed: label maps are cut first, as where predictions are scored."""
    from cardioprior.metrics.boxes import cropped

    def work() -> list[Figures]:
        found = []
        for pair in _pairs():
            maps = cropped(pair.prediction, pair.reference) if boxed else (pair.prediction, pair.reference)
            for label in LABELS:
                found.append(measure(maps[0] == label, maps[1] == label, pair.spacing_mm))
        return found

    return work


def _again(work: Work) -> Work:
    """Several passes, the figures of the last."""
    return lambda: [work() for _ in range(PASSES)][-1]


def _pairs() -> tuple[LabelPair, ...]:
    return label_pairs(HEARTS)[1]


def _agree(values: Mapping[str, Any]) -> str:
    ours, *others = values.values()
    for other in others:
        np.testing.assert_allclose(other, ours, rtol=1e-6, atol=1e-6)
    return "equal to 1e-6"


def _our_dice() -> Measure:
    from cardioprior.metrics.overlap import dice

    return lambda prediction, reference, spacing_mm: (dice(prediction, reference),)


def _medpy_dice() -> Measure:
    from medpy.metric.binary import dc

    return lambda prediction, reference, spacing_mm: (dc(prediction, reference),)


def _monai_dice() -> Work:
    """All classes at once, from label maps without one-hot coding, as it advises."""
    import torch
    from monai.metrics import DiceHelper

    helper = DiceHelper(include_background=False, num_classes=1 + len(LABELS), get_not_nans=False, reduction="none")
    tensors = [
        tuple(torch.from_numpy(labels)[None, None] for labels in (pair.prediction, pair.reference)) for pair in _pairs()
    ]

    def work() -> list[Figures]:
        return [(value,) for tensor in tensors for value in helper(*tensor)[0].tolist()]

    return work


def _our_distances() -> Measure:
    from cardioprior.metrics.surface import surface_distances

    def measure(prediction: np.ndarray, reference: np.ndarray, spacing_mm: tuple[float, ...]) -> Figures:
        found = surface_distances(prediction, reference, spacing_mm)
        return found.mean_mm, found.hausdorff_mm

    return measure


def _medpy_distances() -> Measure:
    from medpy.metric.binary import asd, hd

    def measure(prediction: np.ndarray, reference: np.ndarray, spacing_mm: tuple[float, ...]) -> Figures:
        forth, back = asd(prediction, reference, spacing_mm), asd(reference, prediction, spacing_mm)
        return (forth + back) / 2, hd(prediction, reference, spacing_mm)

    return measure


def _monai_distances() -> Measure:
    """Its public functions."""
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

    def measure(prediction: np.ndarray, reference: np.ndarray, spacing_mm: tuple[float, ...]) -> Figures:
        one, other = _tensors(prediction, reference)
        options: dict[str, Any] = {"include_background": True, "spacing": spacing_mm}
        means = [compute_average_surface_distance(a, b, **options).item() for a, b in ((one, other), (other, one))]
        return sum(means) / 2, compute_hausdorff_distance(one, other, **options).item()

    return measure


def _monai_inner_function() -> Measure:
    """The one that gives the distances of both directions at once: MONAI at its best."""
    from monai.metrics.utils import get_edge_surface_distance

    def measure(prediction: np.ndarray, reference: np.ndarray, spacing_mm: tuple[float, ...]) -> Figures:
        one, other = (tensor[0, 0] for tensor in _tensors(prediction, reference))
        _, (forth, back), _ = get_edge_surface_distance(one, other, spacing=spacing_mm, symmetric=True)
        return (forth.mean().item() + back.mean().item()) / 2, max(forth.max().item(), back.max().item())

    return measure


def _tensors(*masks: np.ndarray) -> Iterator[Any]:
    import torch

    return (torch.from_numpy(mask)[None, None] for mask in masks)

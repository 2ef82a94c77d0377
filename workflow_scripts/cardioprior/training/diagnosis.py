"""Cross-validated diagnosis by trees on codes of shapes (ACNN, section III-F)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cardioprior import seeds
from cardioprior.imaging.labels import LV, MYO
from cardioprior.models import diagnosis as kinds
from cardioprior.models.diagnosis import FEATURE_SETS
from cardioprior.models.shape_autoencoders import ONE
from cardioprior.networks.shape_prior import CODE, ShapeAutoencoder
from cardioprior.training.components import Components, fit_components
from cardioprior.training.parts import Part, Shapes, encoded, parts_of
from cardioprior.training.setting import Setting
from cardioprior.training.trees import fit_trees

#: standard deviations from the mean at which codes are decoded
SWEEP = (-2.0, -1.0, 0.0, 1.0, 2.0)


@dataclass(frozen=True)
class Features:
    """codes: from a part to codes (subjects, 2, k) of all subjects, by models that its test subjects did not teach.
    draws: the first ones, those that there are codes for; None for all. common: whether codes are the same in all
    parts. decoder: of the first part's codes, where they can be decoded."""

    codes: Callable[[Part], Tensor]
    draws: int | None
    common: bool
    decoder: ShapeAutoencoder | None = None


def features(kind: str, shapes: Shapes, stored: Any) -> Features:
    """The codes of a condition of models.diagnosis. stored: the model that it depends on."""
    if kind == kinds.AUTOENCODER:
        draws = _draws(stored)
        return Features(
            lambda part: encoded(stored[part.autoencoder], shapes.labels), draws, False, stored["autoencoder-0-0"]
        )
    if kind == kinds.COMPONENTS:
        return Features(lambda part: _components(shapes, part), _draws(stored), False)
    if kind == kinds.AUTOENCODER_ELSEWHERE:
        codes = encoded(stored[ONE], shapes.labels)
        return Features(lambda part: codes, None, True, stored[ONE])
    codes = _volumes_ml(shapes) if kind == kinds.VOLUMES else _coded(Components.of(stored.parts), shapes)
    return Features(lambda part: codes, None, True)


def cross_validated(shapes: Shapes, given: Features, setting: Setting, settings: Any) -> dict[str, Any]:
    """Every subject's probabilities in every draw, by trees and codes that it taught nothing.

    subjects, classes, sets: names, the last those of FEATURE_SETS. probabilities: (subjects, draws, sets, classes).
    part: (subjects, draws). codes: of the first part, (subjects, 2, k). splits: nodes of trees that split on each of
    these codes, by feature set; from all parts where codes are common, else from the first. sweep: labels decoded along
    the two codes that trees at ED split on most, (5, 5, z, y, x), the first along the second axis; swept: which two.
    """
    parts = parts_of(shapes.subjects, setting.parts, given.draws)
    draws, classes = parts[-1].draw + 1, tuple(sorted(set(shapes.groups)))
    probabilities = np.zeros((len(shapes.subjects), draws, len(FEATURE_SETS), len(classes)), np.float32)
    tested = np.zeros((len(shapes.subjects), draws), np.int64)
    splits: dict[str, np.ndarray] = {}
    first = np.empty(0)
    for part in parts:
        codes = given.codes(part).cpu().numpy()
        first = codes if part is parts[0] else first
        train, test = list(part.train), list(part.test)
        tested[test, part.draw] = part.number
        for place, name in enumerate(FEATURE_SETS):
            seen = codes[:, 0] if name == "ED" else codes.reshape(len(codes), -1)
            seed = seeds.derive(setting.seed, "trees", part.draw, part.number, name)
            trees = fit_trees(seen[train], [shapes.groups[i] for i in train], settings.ensemble, settings.trees, seed)
            probabilities[test, part.draw, place] = trees.probabilities_of(classes, seen[test])
            if given.common or part is parts[0]:
                splits[name] = splits.get(name, 0) + trees.splits()
    return {
        "subjects": list(shapes.subjects),
        "classes": list(classes),
        "sets": list(FEATURE_SETS),
        "spacing_mm": list(shapes.spacing_mm),
        "probabilities": torch.from_numpy(probabilities),
        "part": torch.from_numpy(tested),
        "codes": torch.from_numpy(first),
        "splits": {name: torch.from_numpy(counts) for name, counts in splits.items()},
        **(_sweep(given.decoder, first[:, 0], splits["ED"]) if given.decoder else {}),
    }


def _sweep(decoder: ShapeAutoencoder, numbers: np.ndarray, splits: np.ndarray) -> dict[str, Any]:
    codes = torch.from_numpy(numbers).to(next(decoder.parameters()).device)
    swept = np.argsort(-splits, kind="stable")[:2].tolist()
    mean, sd = codes.mean(dim=0), codes.std(dim=0)
    rows = []
    for across in SWEEP:
        code = mean.repeat(len(SWEEP), 1)
        code[:, swept[0]] += torch.tensor(SWEEP, device=code.device) * sd[swept[0]]
        code[:, swept[1]] += across * sd[swept[1]]
        with torch.no_grad():
            rows.append(decoder.decode(code).argmax(dim=1).to(torch.uint8).cpu())
    return {"sweep": torch.stack(rows), "swept": swept}


def _draws(stored: Any) -> int:
    """In how many draws parts have autoencoders of their own."""
    return 1 + max(int(name.split("-")[1]) for name in stored.parts)


def _components(shapes: Shapes, part: Part) -> Tensor:
    return _coded(fit_components(shapes.labels[list(part.train)].flatten(0, 1)), shapes)


def _coded(components: Components, shapes: Shapes) -> Tensor:
    """Codes (subjects, 2, 64); zeros where there is variation in fewer directions."""
    codes = components.codes(shapes.labels.flatten(0, 1))
    return functional.pad(codes, (0, CODE - codes.shape[1])).unflatten(0, shapes.labels.shape[:2])


def _volumes_ml(shapes: Shapes) -> Tensor:
    """Volumes (subjects, 2, 2) of cavity and wall."""
    ml = float(np.prod(shapes.spacing_mm)) / 1000
    return torch.stack([(shapes.labels == value).sum(dim=(2, 3, 4)) * ml for value in (LV, MYO)], dim=-1)

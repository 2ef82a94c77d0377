"""Cross-validated diagnosis by trees on LI-net's codes of undersampled cines."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from cardioprior import seeds
from cardioprior.errors import CardioPriorError
from cardioprior.inference.stored import Stored
from cardioprior.metrics.lines import lines_text
from cardioprior.store import Record
from cardioprior.training.cines import acquire, generator_of
from cardioprior.training.parts import parts_of
from cardioprior.training.setting import Setting
from cardioprior.training.trees import fit_trees


def cross_validated(setting: Setting, predictor: Stored, settings: Any) -> dict[str, Any]:
    """Every subject's probabilities in every draw of the parts, by trees that none of its masks taught anything.

    subjects, classes: names. sets: numbers of lines, as tables name them. probabilities: (subjects, draws, sets,
    classes), the mean over a subject's masks. part: (subjects, draws). Trees learn from every mask of their subjects.
    Raises CardioPriorError where cines are not of the size that the predictor learnt from.
    """
    records = setting.train
    size, total = list(records[0].arrays["cines"].shape[1:]), records[0].arrays["cines"].shape[-2]
    if size != predictor.blueprint["size"]:
        raise CardioPriorError(
            f"cines of frames, rows and columns {size} for codes of a network of {predictor.blueprint['size']}: wanted "
            "the same `preparation` in both studies"
        )
    subjects, groups = [r.subject for r in records], [r.meta["group"] for r in records]
    classes = sorted(set(groups))
    masks = records[0].meta["masks"]
    lines = sorted({n for n in (*masks["repeated"], total) if n <= total})
    parts = parts_of(subjects, setting.parts, None)
    probabilities = np.zeros((len(subjects), parts[-1].draw + 1, len(lines), len(classes)), np.float32)
    tested = np.zeros(probabilities.shape[:2], np.int64)
    for place, n in enumerate(lines):
        # the fully sampled image differs between draws by its phase alone
        codes = np.stack([_codes(record, predictor, n, masks["repeats"], setting) for record in records])
        for part in parts:
            train, test = list(part.train), list(part.test)
            tested[test, part.draw] = part.number
            named = [groups[i] for i in train for _ in range(masks["repeats"])]
            seed = seeds.derive(setting.seed, "trees", part.draw, part.number, n)
            trees = fit_trees(np.concatenate(codes[train]), named, settings.ensemble, settings.trees, seed)
            for subject in test:
                probabilities[subject, part.draw, place] = trees.probabilities_of(classes, codes[subject]).mean(axis=0)
    return {
        "subjects": subjects,
        "classes": classes,
        "sets": [lines_text(n, total) for n in lines],
        "probabilities": torch.from_numpy(probabilities),
        "part": torch.from_numpy(tested),
    }


def _codes(record: Record, predictor: Stored, lines: int, repeats: int, setting: Setting) -> np.ndarray:
    """Features (repeats, 2 k) of a subject: mean and SD over its slices of the codes under each draw of masks."""
    cine = torch.from_numpy(record.arrays["cines"]).to(setting.device).float()
    count = torch.full((len(cine),), lines, device=setting.device)
    features = []
    for draw in range(repeats):
        generator = generator_of(setting.device, setting.seed, "masks", record.subject, lines, draw)
        with torch.no_grad():
            codes = predictor["predictor"](acquire(cine, count, generator).undersampled).float()
        features.append(torch.cat([codes.mean(dim=0), codes.std(dim=0, correction=0)]).cpu().numpy())
    return np.stack(features)

"""Inputs of benchmarks: real images where a folder of them is given, the phantom's where it is not."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

#: the folder with acdc/training and sunnybrook/dicoms; as the tests have it
VARIABLE = "CMR_TEST_DATA"
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class LabelPair:
    """Two label maps (z, y, x), uint8, on one grid."""

    prediction: np.ndarray
    reference: np.ndarray
    spacing_mm: tuple[float, ...]


def real(*parts: str) -> Path | None:
    """A folder of real data, None where it is not there."""
    path = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data", *parts)
    return path if path.is_dir() else None


@cache
def label_pairs(count: int) -> tuple[str, tuple[LabelPair, ...]]:
    """What they are, and label maps at ES against the same heart's at ED: ACDC's, else the phantom's."""
    folder = real("acdc", "training")
    if folder is None:
        return f"{count} phantoms' label maps, ES against ED", tuple(_phantom_pairs(count))
    import nibabel

    pairs = []
    for patient in sorted(folder.glob("patient*"))[:count]:
        ed, es = (nibabel.load(file) for file in sorted(patient.glob("*_gt.nii.gz")))
        arrays = (np.ascontiguousarray(np.asarray(image.dataobj).T.astype(np.uint8)) for image in (es, ed))
        pairs.append(LabelPair(*arrays, tuple(float(zoom) for zoom in ed.header.get_zooms()[2::-1])))
    return f"{len(pairs)} of ACDC's patients, label maps at ES against ED", tuple(pairs)


@cache
def slices(count: int, size: int) -> tuple[str, np.ndarray]:
    """What they are, and images (count, size, size), float32 from 0 to 1: ACDC's middle slices, else the phantom's."""
    folder = real("acdc", "training")
    if folder is None:
        volumes = [view.image.data[0] for view in _phantom_views(min(count, 5))]
        of = "the phantom's"
    else:
        import nibabel

        files = [sorted(patient.glob("*_frame??.nii.gz"))[0] for patient in sorted(folder.glob("patient*"))[:count]]
        volumes = [np.asarray(nibabel.load(file).dataobj, np.float32).T for file in files]
        of = "ACDC's"
    chosen = [volumes[n % len(volumes)] for n in range(count)]
    images = [
        _fitted(volume[(len(volume) // 2 + n // len(volumes)) % len(volume)], size) for n, volume in enumerate(chosen)
    ]
    return f"{count} of {of} slices, {size} x {size}", np.stack([i / max(float(i.max()), 1e-6) for i in images])


def _fitted(image: np.ndarray, size: int) -> np.ndarray:
    """The middle of an image, filled up with zeros."""
    padded = np.pad(image.astype(np.float32), [(max(0, size - n) // 2 + 1,) * 2 for n in image.shape])
    y, x = ((n - size) // 2 for n in padded.shape)
    return padded[y : y + size, x : x + size]


def _phantom_pairs(count: int) -> list[LabelPair]:
    pairs = []
    for view in _phantom_views(count):
        frames = {annotation.phase: annotation.labels for annotation in view.annotations}
        pairs.append(LabelPair(frames["ES"], frames["ED"], view.image.spacing_mm[-3:]))
    return pairs


@cache
def _phantom_views(count: int) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        cohort = phantom("phantom_diagnosis", Path(folder), -(-count // 5))
        chosen = cohort.subject_ids()[:count]
        for subject in chosen:
            cohort.generate(subject)
        return [cohort.load(subject).views["sax"] for subject in cohort.find() if subject.id in chosen]


def phantom_shapes(count: int, size: tuple[int, int, int]) -> Any:
    """Label maps at ED of phantoms (count, z, y, x), a tensor of whole numbers, nearest on a grid of this size."""
    import torch

    with tempfile.TemporaryDirectory() as folder:
        cohort = phantom("phantom_paired", Path(folder), count)
        for subject in cohort.subject_ids():
            cohort.generate(subject)
        maps = [cohort.load(subject).views["hr"].annotations[0].labels for subject in cohort.find()]
    whole = torch.from_numpy(np.stack(maps))[:, None].float()
    return torch.nn.functional.interpolate(whole, size, mode="nearest")[:, 0].long()


def phantom(name: str, root: Path, subjects_per_group: int, **changes: Any) -> Any:
    """A phantom cohort of config.yaml with as many subjects a group, to be written below a folder."""
    from cardioprior.cohorts.phantom import Adapter
    from cardioprior.config import load

    raw = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    settings: Any = load(raw).cohorts[name]
    changes = {"subjects_per_group": subjects_per_group, **changes}
    return Adapter(settings.model_copy(update=changes), root, name, 0)

"""Time both surface distances of ACDC-sized masks, as computed here, by medpy and by MONAI.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/surface_metrics.py [FOLDER] [--repeats N]

FOLDER holds ACDC's patients (patient*/…_gt.nii.gz); a pair is then a structure at ES against the same at ED. Without
it, pairs are synthetic: rings and discs in thick slices, and the same a little deformed. All produce the mean of both
directed mean distances and the Hausdorff distance. The printed ratios are of median times over all pairs, with values
checked to agree first; times are of one run on one machine, ratios carry further.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cardioprior.metrics.surface import surface_distances

SPACING_MM = (10.0, 1.5, 1.5)
SHAPE = (10, 216, 256)

Pair = tuple[np.ndarray, np.ndarray, tuple[float, ...]]
Distances = tuple[float, float]


def synthetic_pairs(hearts: int = 8) -> list[Pair]:
    """LV, MYO and RV of made-up hearts against slightly deformed copies."""
    from scipy import ndimage

    pairs: list[Pair] = []
    z, y, x = np.indices(SHAPE, dtype=float)
    for seed in range(hearts):
        generator = np.random.default_rng(seed)
        cavity = generator.uniform(14, 20) * np.sqrt(np.clip((z + 1) / SHAPE[0], 0, 1))
        wall = generator.uniform(5, 9)
        masks = []
        for amount in (0.0, 1.5):
            waves = ndimage.gaussian_filter(generator.normal(size=(2, *SHAPE)), (0, 1, 12, 12))
            dy, dx = amount * waves / waves.std()
            left = np.hypot(y + dy - 108, x + dx - 128)
            right = np.hypot((y + dy - 108) / 1.3, x + dx - 100)
            muscle = (left >= cavity) & (left < cavity + wall)
            masks.append((left < cavity, muscle, (right < cavity + 4) & (left >= cavity + wall)))
        pairs += [(prediction, reference, SPACING_MM) for reference, prediction in zip(*masks, strict=True)]
    return pairs


def acdc_pairs(folder: Path, patients: int = 12) -> list[Pair]:
    """LV, MYO and RV at ES against ED of the first patients in a folder."""
    import nibabel

    pairs: list[Pair] = []
    for patient in sorted(folder.glob("patient*"))[:patients]:
        diastole, systole = (nibabel.load(file) for file in sorted(patient.glob("*_gt.nii.gz")))
        spacing = tuple(float(zoom) for zoom in diastole.header.get_zooms()[2::-1])
        for label in (1, 2, 3):
            reference, prediction = (np.ascontiguousarray(np.equal(i.dataobj, label).T) for i in (diastole, systole))
            if reference.any() and prediction.any():
                pairs.append((prediction, reference, spacing))
    return pairs


def ours(prediction: np.ndarray, reference: np.ndarray, spacing: tuple[float, ...]) -> Distances:
    result = surface_distances(prediction, reference, spacing)
    return result.mean_mm, result.hausdorff_mm


def medpy(prediction: np.ndarray, reference: np.ndarray, spacing: tuple[float, ...]) -> Distances:
    from medpy.metric.binary import asd, hd

    forth, back = asd(prediction, reference, spacing), asd(reference, prediction, spacing)
    return (forth + back) / 2, hd(prediction, reference, spacing)


def monai(prediction: np.ndarray, reference: np.ndarray, spacing: tuple[float, ...]) -> Distances:
    """Its public functions: two directed means and the Hausdorff distance."""
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

    one, other = (torch.from_numpy(mask)[None, None] for mask in (prediction, reference))
    options = {"include_background": True, "spacing": spacing}
    forth = compute_average_surface_distance(one, other, **options)
    back = compute_average_surface_distance(other, one, **options)
    return (forth.item() + back.item()) / 2, compute_hausdorff_distance(one, other, **options).item()


def monai_once(prediction: np.ndarray, reference: np.ndarray, spacing: tuple[float, ...]) -> Distances:
    """Its inner function, which gives the distances of both directions at once: MONAI at its best."""
    import torch
    from monai.metrics.utils import get_edge_surface_distance

    one, other = (torch.from_numpy(mask) for mask in (prediction, reference))
    _, (forth, back), _ = get_edge_surface_distance(one, other, spacing=spacing, symmetric=True)
    return (forth.mean().item() + back.mean().item()) / 2, max(forth.max().item(), back.max().item())


def median_seconds(measure: Callable[..., Distances], pairs: list[Pair], repeats: int) -> float:
    """Median over all pairs and repeats of the time that one pair takes."""
    times = []
    for _ in range(repeats):
        for pair in pairs:
            start = time.perf_counter()
            measure(*pair)
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="ACDC's training folder; synthetic pairs without it")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)

    pairs = acdc_pairs(arguments.folder) if arguments.folder else synthetic_pairs()
    if not pairs:
        parser.error(f"{arguments.folder}: found no patient*/*_gt.nii.gz; wanted ACDC's layout")
    peers = {"medpy": medpy, "MONAI": monai, "MONAI, inner function": monai_once}
    for pair in pairs:
        for name, peer in peers.items():
            # MONAI computes in single precision, hence the relative part.
            np.testing.assert_allclose(ours(*pair), peer(*pair), rtol=1e-6, atol=1e-6, err_msg=name)
    base = median_seconds(ours, pairs, arguments.repeats)
    print(f"{len(pairs)} pairs, values equal to 1e-6; ours: median {1000 * base:.2f} ms a pair")
    for name, peer in peers.items():
        print(f"{name} / ours: {median_seconds(peer, pairs, arguments.repeats) / base:.1f}")


if __name__ == "__main__":
    main()

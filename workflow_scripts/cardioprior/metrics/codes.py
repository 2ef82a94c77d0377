"""How codes cluster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def silhouettes(codes: np.ndarray, clusters: Sequence[object]) -> np.ndarray:
    """Silhouettes (cases,) (Rousseeuw 1987) of codes (cases, k) by their clusters, Euclidean: near 1 where clusters are
    tight and apart, below 0 where a code lies nearer to another cluster. nan with one cluster, or one case a
    cluster."""
    from sklearn.metrics import silhouette_samples

    names = [str(cluster) for cluster in clusters]
    if not 1 < len(set(names)) < len(names):
        return np.full(len(names), np.nan)
    found: np.ndarray = silhouette_samples(codes, names)
    return found


def distances_from_mean(codes: np.ndarray) -> np.ndarray:
    """How far each code (cases, k) lies from the mean of all."""
    found: np.ndarray = np.linalg.norm(codes - codes.mean(axis=0), axis=1)
    return found

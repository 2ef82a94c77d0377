"""How codes cluster."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def silhouette(codes: np.ndarray, clusters: Sequence[object]) -> float:
    """Mean silhouette (Rousseeuw 1987) of codes (cases, k) by their clusters, Euclidean: near 1 where clusters are
    tight and apart, below 0 where codes lie nearer to another cluster. nan with one cluster, or one case a cluster."""
    from sklearn.metrics import silhouette_score

    names = [str(cluster) for cluster in clusters]
    if not 1 < len(set(names)) < len(names):
        return math.nan
    return float(silhouette_score(codes, names))

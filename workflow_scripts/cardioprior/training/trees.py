"""Ensembles of decision trees on codes (ACNN, section III-F)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: kinds, as scikit-learn calls them; with its defaults a split chooses from as many codes as the square root of all
ENSEMBLES = {"random-forest": "RandomForestClassifier", "extra-trees": "ExtraTreesClassifier"}


@dataclass(frozen=True)
class Trees:
    """A fitted ensemble. classes: names, in the order of probabilities."""

    ensemble: Any
    classes: tuple[str, ...]

    def probabilities_of(self, classes: Sequence[str], codes: np.ndarray) -> np.ndarray:
        """Shape (cases, classes): the mean over trees of the shares of training cases in each case's leaf; 0 for a
        class that no training case had."""
        found = np.zeros((len(codes), len(classes)))
        found[:, [classes.index(name) for name in self.classes]] = self.ensemble.predict_proba(codes)
        return found

    def splits(self) -> np.ndarray:
        """How many nodes of all trees split on each code."""
        features = np.concatenate([tree.tree_.feature for tree in self.ensemble.estimators_])
        return np.bincount(features[features >= 0], minlength=self.ensemble.n_features_in_)


def fit_trees(codes: np.ndarray, groups: Sequence[str], kind: str, trees: int, seed: int) -> Trees:
    """Trees grown until their leaves are pure. codes: (cases, features). kind: of ENSEMBLES."""
    from sklearn import ensemble

    forest = getattr(ensemble, ENSEMBLES[kind])(n_estimators=trees, random_state=seed % 2**32)
    forest.fit(codes, np.array(groups))
    return Trees(forest, tuple(map(str, forest.classes_)))

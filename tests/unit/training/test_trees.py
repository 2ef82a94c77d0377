"""Ensembles of trees on codes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from cardioprior.training.trees import ENSEMBLES, fit_trees

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(40, 6))
GROUPS = np.where(CODES[:, 3] > 0, "HCM", "DCM").tolist()


@pytest.mark.parametrize("kind", ENSEMBLES)
def test_most_splits_are_on_the_code_that_tells_the_groups_apart(kind):
    splits = fit_trees(CODES, GROUPS, kind, 50, 0).splits()
    assert splits.argmax() == 3 and len(splits) == 6


def test_a_tree_that_needs_one_split_has_one():
    codes = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 9.0], [0.0, 9.0]])
    assert fit_trees(codes, ["a", "a", "b", "b"], "extra-trees", 1, 0).splits().tolist() == [0, 1]


def test_probabilities_stand_under_their_names_and_an_unseen_group_has_none():
    trees = fit_trees(CODES, GROUPS, "random-forest", 20, 7)
    found = trees.probabilities_of(("DCM", "NOR", "HCM"), CODES)
    oracle = RandomForestClassifier(20, random_state=7).fit(CODES, GROUPS).predict_proba(CODES)
    np.testing.assert_array_equal(found[:, [0, 2]], oracle)
    assert not found[:, 1].any()


def test_the_same_seed_grows_the_same_trees():
    one, same, other = (
        fit_trees(CODES, GROUPS, "random-forest", 20, seed).probabilities_of(("DCM", "HCM"), CODES)
        for seed in (1, 1, 2**62 + 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()

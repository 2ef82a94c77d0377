"""Who is seen when, in epochs of a handful of members."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from cardioprior.training.batches import grouped, shuffled

FRAMES = [20, 20, 20, 20, 20, 35, 35, 35, 14]  # five, three and one cine of equal length


def seen(batches) -> list[int]:
    return [member for batch in batches for member in batch]


@pytest.mark.parametrize(("members", "size", "sizes"), [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (2, 5, [2])])
def test_every_member_is_seen_once_an_epoch(members, size, sizes):
    epoch_batches = shuffled(members, size, seed=0)
    for epoch in range(4):
        assert [len(batch) for batch in epoch_batches(epoch)] == sizes
        assert sorted(seen(epoch_batches(epoch))) == list(range(members))


def test_epochs_and_seeds_shuffle_differently():
    orders = {tuple(seen(shuffled(20, 4, seed)(epoch))) for seed in (0, 1) for epoch in (0, 1, 2)}
    assert len(orders) == 6


@pytest.mark.parametrize("make", [lambda: shuffled(9, 2, 5), lambda: grouped(FRAMES, 2, 5)])
def test_an_epochs_batches_do_not_depend_on_which_were_asked_for_before(make):
    asked_in_order = make()
    in_order = [asked_in_order(epoch) for epoch in range(6)]
    for epoch in (5, 2, 0, 2, 4):
        assert make()(epoch) == in_order[epoch]
    backwards = make()
    assert [backwards(epoch) for epoch in reversed(range(6))] == in_order[::-1]


def test_a_late_epoch_can_be_asked_for_first():
    assert len(seen(grouped(FRAMES, 2, seed=0)(1500))) == 4 + 2 + 1


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_members_of_a_batch_have_equal_keys(size):
    epoch_batches = grouped(FRAMES, size, seed=0)
    for epoch in range(5):
        for batch in epoch_batches(epoch):
            assert len({FRAMES[member] for member in batch}) == 1


def test_all_batches_are_full_but_those_of_a_group_that_cannot_fill_one():
    for epoch in range(5):
        lengths = {FRAMES[batch[0]]: len(batch) for batch in grouped(FRAMES, 2, seed=0)(epoch)}
        assert lengths == {20: 2, 35: 2, 14: 1}


def test_no_member_is_seen_twice_in_an_epoch_and_left_overs_come_first_in_the_next():
    epoch_batches = grouped(FRAMES, 2, seed=3)
    for before, after in pairwise(epoch_batches(epoch) for epoch in range(8)):
        assert max(Counter(seen(before)).values()) == 1
        left_over = set(range(len(FRAMES))) - set(seen(before))
        assert {FRAMES[member] for member in left_over} == {20, 35}  # one of five, one of three
        assert left_over <= set(seen(after[:2]))


def test_over_many_epochs_all_are_seen_alike():
    """Of five cines in batches of two, four are seen an epoch: four fifths of the time each."""
    epoch_batches = grouped(FRAMES, 2, seed=0)
    counts = Counter(member for epoch in range(400) for member in seen(epoch_batches(epoch)))
    for member, frames in enumerate(FRAMES):
        assert counts[member] / 400 == pytest.approx({20: 4 / 5, 35: 2 / 3, 14: 1}[frames], abs=0.05)

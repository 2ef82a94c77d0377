"""Which members make up each batch of an epoch: functions of seed and epoch alone, so that a resume needs no state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import cache

import numpy as np

from cardioprior import seeds

Batches = Callable[[int], Sequence[tuple[int, ...]]]


def shuffled(members: int, batch_size: int, seed: int) -> Batches:
    """All members in a new random order every epoch; the last batch may be smaller."""

    def epoch_batches(epoch: int) -> list[tuple[int, ...]]:
        order = np.random.default_rng(seeds.derive(seed, "batches", epoch)).permutation(members).tolist()
        return [tuple(order[start : start + batch_size]) for start in range(0, members, batch_size)]

    return epoch_batches


def grouped(keys: Sequence[Hashable], batch_size: int, seed: int) -> Batches:
    """Batches of members with equal keys (frames, slices); members left over come first in the next epoch.

    An epoch's left-overs are those that do not fill a batch of their group; a group smaller than a batch makes one
    smaller batch of its own, else it would never be seen.
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for member, key in enumerate(keys):
        groups[key].append(member)

    @cache
    def plan(epoch: int) -> tuple[tuple[tuple[int, ...], ...], frozenset[int]]:
        left_over = plan(epoch - 1)[1] if epoch else frozenset()
        rng = np.random.default_rng(seeds.derive(seed, "batches", epoch))
        first: list[tuple[int, ...]] = []
        others: list[tuple[int, ...]] = []
        left: list[int] = []
        for key in sorted(groups, key=str):
            order = [groups[key][i] for i in rng.permutation(len(groups[key]))]
            order.sort(key=lambda member: member not in left_over)
            size = min(batch_size, len(order))
            whole = len(order) - len(order) % size
            for start in range(0, whole, size):
                batch = tuple(order[start : start + size])
                (first if left_over.intersection(batch) else others).append(batch)
            left += order[whole:]
        shuffled_others = [others[i] for i in rng.permutation(len(others))]
        return (*first, *shuffled_others), frozenset(left)

    def epoch_batches(epoch: int) -> Sequence[tuple[int, ...]]:
        for earlier in range(epoch):  # fills the cache from the front: no deep recursion
            plan(earlier)
        return plan(epoch)[0]

    return epoch_batches


def with_copies(keys: Sequence[Hashable], batch_size: int, seed: int) -> Batches:
    """Batches of `grouped`, each followed by one of the members' copies, drawn in the same way but independently.

    The copy of a member is its index plus the number of members (thesis, section 6.3.3: a batch, then one that is
    augmented).
    """
    originals, copies = (grouped(keys, batch_size, seeds.derive(seed, purpose)) for purpose in ("originals", "copies"))

    def epoch_batches(epoch: int) -> list[tuple[int, ...]]:
        return [
            batch
            for original, copied in zip(originals(epoch), copies(epoch), strict=True)
            for batch in (original, tuple(member + len(keys) for member in copied))
        ]

    return epoch_batches

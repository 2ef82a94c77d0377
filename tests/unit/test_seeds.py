"""Seeds are named by what they are for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import cardioprior
from cardioprior.seeds import derive, shard_of


def test_known_seeds_never_change():
    """From sha256 of the parts joined by the unit separator, its first eight bytes halved; by an independent tool."""
    assert derive(0, "cohort", "mask", "a", 1) == 0x8028667D2CEF306C >> 1
    assert derive(0) == 0x5FECEB66FFC86F38 >> 1


def test_every_part_of_the_name_counts_and_so_does_where_one_ends():
    names = [(0,), (1,), (0, ""), (0, "a"), (0, "a", "b"), (0, "ab"), (0, "b", "a"), (0, "a", 1), (0, "a1")]
    assert len({derive(*name) for name in names}) == len(names)


def test_seeds_are_whole_numbers_that_every_generator_takes():
    seeds = [derive(0, n) for n in range(1000)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62


def test_another_process_derives_the_same():
    environment = {**os.environ, "PYTHONPATH": str(Path(cardioprior.__file__).parents[1]), "PYTHONHASHSEED": "7"}
    code = "from cardioprior.seeds import derive; print(derive(5, 'a', 'b'))"
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(printed.stdout) == derive(5, "a", "b")


@pytest.mark.parametrize("shards", [1, 4])
def test_subjects_are_dealt_to_all_shards_about_evenly(shards):
    counts = Counter(shard_of(f"sub-{n:04}", shards) for n in range(2000))
    assert sorted(counts) == list(range(shards))
    assert min(counts.values()) > 0.85 * 2000 / shards

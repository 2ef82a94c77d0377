"""One seed decides everything random: a stream is named by what it is for, never by the order of calls."""

from __future__ import annotations

import hashlib


def derive(seed: int, *purpose: object) -> int:
    """A 63-bit seed of the named stream, the same on every machine: derive(0, cohort, "mask", subject, draw)."""
    text = "\x1f".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def shard_of(subject: str, shards: int) -> int:
    """The shard of a subject: a stable hash, independent of who else is in the cohort."""
    return derive(0, "shard", subject) % shards

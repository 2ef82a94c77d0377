"""What a degradation is: a test condition made from prepared data, with fixed seeds.

A file here has one function `degrade(record, rng) -> Record`; the rule `degrade` applies it subject by subject with a
stream named by (seed, cohort, condition, subject), and materialises the result. One that comes in levels (severities,
numbers of lines) is `degrade(record, rng, level)`, and conditions name it `name@level`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from cardioprior import registry
from cardioprior.store import Record

Degradation = Callable[[Record, np.random.Generator], Record]
SEPARATOR = "@"


def entry_of(degradation: str) -> str:
    """The name of the file of a condition's degradation, which may have a level."""
    return degradation.partition(SEPARATOR)[0]


def degradation_of(degradation: str) -> Degradation:
    """What a condition's degradation does: `name`, or `name@level`."""
    name, _, level = degradation.partition(SEPARATOR)
    degrade = registry.entry("degradation", name)
    found: Degradation = partial(degrade, level=level) if level else degrade
    return found

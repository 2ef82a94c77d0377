"""What a degradation is: a test condition made from prepared data, with fixed seeds.

A file here has one function `degrade(record, rng) -> Record`; the rule `degrade` applies it subject by subject with a
stream named by (seed, cohort, condition, subject), and materialises the result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cardioprior.store import Record

Degradation = Callable[[Record, np.random.Generator], Record]

"""How the learning rate changes over a phase."""

from __future__ import annotations

import math
from collections.abc import Callable

Rate = Callable[[float], float]


def rate_of(schedule: str, epochs: int) -> Rate:
    """Factor on the learning rate by epochs done, fractions included, out of `epochs`.

    constant: 1 throughout, as the thesis trains. cosine: half a cosine from 1 to 0 (Loshchilov and Hutter, 2017), for
    short trainings: without the long schedule that averages it out, the last steps' noise stays in the weights.
    """
    if schedule == "constant":
        return lambda done: 1.0
    if schedule == "cosine":
        return lambda done: 0.5 * (1 + math.cos(math.pi * done / epochs))
    raise ValueError(f"there is no schedule {schedule!r}; known are constant and cosine")

"""How the learning rate changes over a phase, and the optimiser that follows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch import nn

from cardioprior.models.contract import TrainingSettings
from cardioprior.training.adam import Adam
from cardioprior.training.phase import Batch, Losses, Update

Rate = Callable[[float], float]
#: share of a phase over which the cosine schedule rises
WARM_UP = 1 / 6
#: of the staircase
STEP, STEP_EPOCHS = 0.8, 2


def rate_of(schedule: str, epochs: int) -> Rate:
    """Factor on the learning rate by epochs done, fractions included, out of `epochs`.

    constant: 1 throughout, as the thesis trains. cosine: for short trainings, half a cosine from 1 to 0 (Loshchilov
    and Hutter, 2017), under a linear rise over the first sixth. Without the fall, the noise of the last steps stays in
    the weights; without the rise, the weighted Dice loss can lose a structure for good in the first steps, as its
    gradient fades with the structure's probability. staircase: times .8 every two epochs, as the k-space paper trains.
    """
    if schedule == "constant":
        return lambda done: 1.0
    if schedule == "cosine":
        return lambda done: min(1.0, done / epochs / WARM_UP) * 0.5 * (1 + math.cos(math.pi * done / epochs))
    if schedule == "staircase":
        return lambda done: STEP ** (int(done) // STEP_EPOCHS)
    raise ValueError(f"there is no schedule {schedule!r}; known are constant, cosine and staircase")


def adam_update(
    networks: nn.Module | Sequence[nn.Module], loss: Callable[[Batch], Losses], settings: TrainingSettings,
    epochs: int | None = None, weight_decay: float = 0.0,
) -> Update:  # fmt: skip
    """Networks updated together by Adam at the rate and schedule of its settings.

    epochs: of the phase, where these are not those of the settings. weight_decay: w of a term w |weights|^2.
    """
    return Update(
        "adam",
        [networks] if isinstance(networks, nn.Module) else networks,
        lambda parameters: Adam(parameters, lr=settings.learning_rate, weight_decay=2 * weight_decay),
        loss,
        rate_of(settings.schedule, epochs or settings.epochs),
    )

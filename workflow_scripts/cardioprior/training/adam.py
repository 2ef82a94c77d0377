"""torch's Adam, a kernel for all weights and without torch's compiler."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import unwrap

import torch
from torch import nn
from torch.optim import Optimizer


class Adam(torch.optim.Adam):
    """torch.optim.Adam with its fused kernel, which equals the plain one to rounding; weight_decay: as there.

    torch wraps these methods in ways out for its compiler, and the first call of one imports the compiler: a second
    and a half of a processor's time in every training job, as long as some of the demo's trainings take. The methods
    themselves do not need it. The plain kernel, a dozen calls a weight, is a tenth of a step of a network of many small
    layers.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr=lr, betas=betas, weight_decay=weight_decay, fused=True)

    add_param_group = unwrap(Optimizer.add_param_group)
    zero_grad = unwrap(Optimizer.zero_grad)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)
    step = torch.no_grad()(unwrap(torch.optim.Adam.step))

"""What benchmarks need to know of the device."""

from __future__ import annotations

import torch


def wait() -> None:
    """Returns once a GPU, where there is one, has done what it was asked for."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()

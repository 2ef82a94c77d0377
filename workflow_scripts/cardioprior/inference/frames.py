"""From projected cines to probabilities of being ES and ED."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cardioprior.store import Record


def phase_probabilities(network: nn.Module, record: Record, device: torch.device) -> np.ndarray:
    """Probabilities (2, frames) of being ES and of being ED, from the record's `cine`."""
    return cine_probabilities(network, record.arrays["cine"], device)


def cine_probabilities(network: nn.Module, cine: np.ndarray, device: torch.device) -> np.ndarray:
    """Probabilities (2, frames) of being ES and of being ED, from a projected cine (t, size, size)."""
    with torch.no_grad():
        logits = network(torch.from_numpy(cine).to(device)[None, None])
    probabilities: np.ndarray = logits[0].float().softmax(dim=0)[:2].cpu().numpy()
    return probabilities

"""Model files: weights and what is needed to build their networks again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from cardioprior import atomic, registry
from cardioprior.errors import CardioPriorError
from cardioprior.models.contract import ModelRef


def device_of(name: str) -> torch.device:
    """The device of a configuration: `auto` is a GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise CardioPriorError(
            "config key `compute.device`: is cuda, but no GPU is visible; wanted one, or auto or cpu"
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """What a model file holds: networks by name, in evaluation mode on the device, or fitted values by name."""
    if not path.is_file():
        raise CardioPriorError(f"{path}: is missing; wanted a trained model")
    stored = torch.load(path, map_location=device, weights_only=True)
    if "fitted" in stored:
        return dict(stored["fitted"])
    name = ModelRef.parse("", "", "", path.parent.name).name
    networks = registry.entry("models", name).build(stored["blueprint"])
    for key, network in networks.items():
        network.load_state_dict(stored["networks"][key])
        network.to(device).eval().requires_grad_(False)
    return dict(networks)


def save(path: Path, content: dict[str, Any]) -> None:
    """Writes a model file: `blueprint` and `networks` (state dictionaries), or `fitted`."""
    with atomic.replacing(path) as temporary:
        torch.save(content, temporary)

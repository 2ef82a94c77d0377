"""Model files: weights, what is needed to build their networks again, and how their images were prepared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from cardioprior import atomic, registry
from cardioprior.errors import CardioPriorError
from cardioprior.models.contract import ModelRef
from cardioprior.preparations.contract import PreparationBase


@dataclass(frozen=True)
class Stored:
    """A trained model: its networks (or fitted values) by name, read as of a dictionary, and its preparation.

    made_by: name and settings of the preparation that its training set passed through. blueprint: what its networks
    were built from; empty for fitted values.
    """

    parts: Mapping[str, Any]
    made_by: Mapping[str, Any]
    blueprint: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.parts[name]

    def __contains__(self, name: object) -> bool:
        return name in self.parts

    @property
    def preparation(self) -> PreparationBase:
        """The preparation that images must pass through before this model sees them."""
        entry = registry.entry("preparations", self.made_by["name"])
        preparation: PreparationBase = entry(entry.Settings(**self.made_by["settings"]))
        return preparation


def device_of(name: str) -> torch.device:
    """The device of a configuration: `auto` is a GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise CardioPriorError(
            "config key `compute.device`: is cuda, but no GPU is visible; wanted one, or auto or cpu"
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def load(path: Path, device: torch.device) -> Stored:
    """What a model file holds: networks in evaluation mode on the device, or fitted values."""
    if not path.is_file():
        raise CardioPriorError(f"{path}: is missing; wanted a trained model")
    stored = torch.load(path, map_location=device, weights_only=True)
    if "fitted" in stored:
        return Stored(stored["fitted"], stored["preparation"])
    name = ModelRef.parse("", "", "", path.parent.name).name
    networks = registry.entry("models", name).build(stored["blueprint"])
    for key, network in networks.items():
        network.load_state_dict(stored["networks"][key])
        network.to(device).eval().requires_grad_(False)
    return Stored(networks, stored["preparation"], stored["blueprint"])


def save(path: Path, content: dict[str, Any]) -> None:
    """Writes a model file: `blueprint` and `networks` (state dictionaries), or `fitted`; and `preparation` (its name
    and its settings as JSON values)."""
    with atomic.replacing(path) as temporary, temporary.open("wb") as file:
        torch.save(content, file)  # given a path, torch hides that a disk is full

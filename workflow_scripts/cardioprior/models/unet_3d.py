"""3D U-net of the thesis, chapter 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.training.window_model import WindowModel

if TYPE_CHECKING:
    from torch import nn


class Model(WindowModel):
    """The window training with the 3D U-net."""

    published: ClassVar[Mapping[str, float | str]] = {
        "width": 64,
        "epochs": 50,
        "batch_size": 3,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.unet_3d import UNet3D

        return {"segmentation": UNet3D(**blueprint)}

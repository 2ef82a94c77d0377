"""Syn-net (k-space paper, section 2): zero-filled cines straight to labels, for any number of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Settings(TrainingSettings):
    """width: channels of the first level. warm_epochs: until any number of lines is drawn; the first epoch sees all."""

    width: int = Field(ge=1)
    warm_epochs: int = Field(ge=0)


class Model(GradientModel):
    """Network `synthesis`."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 32,
        "warm_epochs": 10,
        "epochs": 50,
        "batch_size": 8,
        "learning_rate": 1e-4,
        "schedule": "staircase",
    }
    arrays = ("cines", "cine_labels")
    streams = True

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"width": self.settings.width, "frames": int(setting.train[0].arrays["cines"].shape[1])}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.kspace import SynNet

        return {"synthesis": SynNet(**blueprint)}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.kspace import synthesis_phase

        return [synthesis_phase(networks["synthesis"], setting, self.settings, self.settings.warm_epochs)]  # type: ignore[arg-type]

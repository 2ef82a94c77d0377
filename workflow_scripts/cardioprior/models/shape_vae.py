"""The beta-VAE of latent optimisation; its condition is the size of the code and beta, where these are not the
settings': `z32-b1e-3`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

CONDITION = re.compile(r"z(\d+)-b(.+)")


class Settings(TrainingSettings):
    """code: latent dimensions, 64 in the paper. beta: weight of the divergence. width: of the first convolution."""

    code: int = Field(ge=1)
    beta: float = Field(ge=0)
    width: int = Field(ge=1)


class Model(GradientModel):
    """Network `vae`; `generator` is its decoder."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "code": 64,
        "beta": 1e-3,
        "width": 4,
        "batch_size": 16,
        "learning_rate": 1e-4,
        "schedule": "constant",
    }
    arrays = ("labels",)

    @property
    def code_and_beta(self) -> tuple[int, float]:
        """Of the condition, or else of the settings."""
        found = CONDITION.fullmatch(self.ref.condition)
        return (int(found[1]), float(found[2])) if found else (self.settings.code, self.settings.beta)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        size = list(setting.train[0].arrays["labels"].shape)
        return {"size": size, "code": self.code_and_beta[0], "width": self.settings.width}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.networks.shape_vae import ShapeVAE

        return {"vae": ShapeVAE(CLASSES, tuple(blueprint["size"]), blueprint["code"], blueprint["width"])}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.shape_generators import vae_phase

        return [vae_phase(networks["vae"], setting, self.settings, self.code_and_beta[1])]  # type: ignore[arg-type]

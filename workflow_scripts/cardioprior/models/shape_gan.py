"""The DCGAN that latent optimisation's beta-VAE was compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Settings(TrainingSettings):
    """code: latent dimensions. width: of the critic's first convolution."""

    code: int = Field(ge=1)
    width: int = Field(ge=1)


class Model(GradientModel):
    """Networks `generator` and `critic`, which take turns within a step."""

    Settings = Settings
    arrays = ("labels",)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        size = list(setting.train[0].arrays["labels"].shape)
        return {"size": size, "code": self.settings.code, "width": self.settings.width}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.networks.shape_gan import ShapeCritic
        from cardioprior.networks.shape_vae import ShapeGenerator, coarse_size

        size, width = tuple(blueprint["size"]), blueprint["width"]
        return {
            "generator": ShapeGenerator(CLASSES, coarse_size(size), blueprint["code"], width),
            "critic": ShapeCritic(CLASSES, size, width),
        }

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.shape_generators import gan_phase

        return [gan_phase(networks["generator"], networks["critic"], setting, self.settings)]  # type: ignore[arg-type]

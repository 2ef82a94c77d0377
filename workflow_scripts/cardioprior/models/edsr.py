"""EDSR, trained on one level of degradation: its condition, `none`, `normal` or `severe`."""

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
    """width, blocks: 64 and 16 of EDSR's baseline. crop: side in pixels of the crops that are trained on."""

    width: int = Field(ge=1)
    blocks: int = Field(ge=1)
    crop: int = Field(ge=8)


class Model(GradientModel):
    """Network `edsr`."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {"width": 64, "blocks": 16}
    arrays = ("labels",)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"width": self.settings.width, "blocks": self.settings.blocks}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.networks.edsr import EDSR

        return {"edsr": EDSR(CLASSES, blueprint["width"], blueprint["blocks"])}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.shape_restoration import restoration_phase

        return [restoration_phase(networks["edsr"], setting, self.settings, self.ref.condition, self.settings.crop)]  # type: ignore[arg-type]

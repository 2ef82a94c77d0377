"""LI-net's autoencoder of label maps (k-space paper, section 2, stage 1)."""

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
    """width: channels of the first level. code: numbers in a code."""

    width: int = Field(ge=1)
    code: int = Field(ge=1)


class Model(GradientModel):
    """Networks `encoder` and `decoder`, trained together on label maps alone."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 32,
        "code": 1024,
        "epochs": 30,
        "batch_size": 8,
        "learning_rate": 1e-4,
        "schedule": "staircase",
    }
    arrays = ("cines", "cine_labels")
    streams = True

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        size = list(setting.train[0].arrays["cine_labels"].shape[1:])
        return {"width": self.settings.width, "code": self.settings.code, "size": size}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.networks.kspace import CodeDecoder, CodeEncoder

        width, size, code = blueprint["width"], tuple(blueprint["size"]), blueprint["code"]
        return {
            "encoder": CodeEncoder(width, CLASSES, size, code),
            "decoder": CodeDecoder(width, CLASSES, size, code),
        }

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.kspace import label_phase

        return [label_phase(networks["encoder"], networks["decoder"], setting, self.settings)]  # type: ignore[arg-type]

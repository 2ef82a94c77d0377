"""The autoencoder of slices of the slice interpolation paper; its condition is the form: `text` or `code`."""

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
    """width: channels of the first block, 32 in the paper. crop: side of the training crops in pixels."""

    width: int = Field(ge=1)
    crop: int = Field(gt=0, multiple_of=16)


class Model(GradientModel):
    """Reconstructs single slices; the paper gives no number of epochs."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 32,
        "batch_size": 12,
        "learning_rate": 1e-5,
        "schedule": "constant",
        "crop": 128,
    }

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"form": self.ref.condition, "width": self.settings.width}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.slice_autoencoder import SliceAutoencoder

        return {"autoencoder": SliceAutoencoder(**blueprint)}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.slices import slice_phase

        scored = setting.train[0].meta["crop"]
        return [slice_phase(networks["autoencoder"], setting, self.settings, self.settings.crop, scored)]  # type: ignore[arg-type]

"""Regression U-net of the thesis, chapter 6: learns from LV volumes alone."""

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
    """width: channels at full resolution, 32 in the thesis."""

    width: int = Field(ge=1)


class Model(GradientModel):
    """Trained on ED images and the LV's volume in each, in batches of equal slice count; labels are never read."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 32,
        "epochs": 50,
        "batch_size": 5,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }
    arrays = ("image_ED",)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.networks.scanning_box import box_pixels

        return {"width": self.settings.width, "box": box_pixels(setting.train[0].meta["pixel_mm"])}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.volume_regressor import VolumeRegressor

        return {"regressor": VolumeRegressor(**blueprint)}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.volumes import volume_phase

        return [volume_phase(networks["regressor"], setting, self.settings)]

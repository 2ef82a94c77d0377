"""Models that segment windows of three slices (thesis, chapter 5): two networks, one training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class WindowSettings(TrainingSettings):
    """width: channels at full resolution, 64 for the thesis' 3D U-net and 32 for its PSPU-net."""

    width: int = Field(ge=4)


class WindowModel(GradientModel):
    """Trained at ED with the weighted Dice loss."""

    Settings = WindowSettings
    arrays = ("image_ED", "labels_ED")

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"width": self.settings.width}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.windows import window_phase

        return [window_phase(networks["segmentation"], setting, self.settings)]

"""ES/ED frame detector of the thesis, chapter 7; its condition is the loss: `wce` or `wdl`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Settings(TrainingSettings):
    """width: channels of the first level, 64 in the thesis. copies: the augmented set, see training.frames."""

    width: int = Field(ge=1)
    copies: Literal["fixed", "fresh"]


class Model(GradientModel):
    """Trained on cines augmented sevenfold, batches of equal frame count, chosen by validation loss."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 64,
        "epochs": 100,
        "batch_size": 2,
        "learning_rate": 1e-5,
        "schedule": "constant",
        "copies": "fixed",
    }
    arrays = ("cine", "phases")

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"width": self.settings.width, "size": int(setting.train[0].arrays["cine"].shape[-1])}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.frame_detector import FrameDetector

        return {"detector": FrameDetector(**blueprint)}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.frames import frame_phase

        return [frame_phase(networks["detector"], setting, self.ref.condition, self.settings, self.settings.copies)]

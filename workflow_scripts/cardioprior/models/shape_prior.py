"""The T-L network of ACNN: codes of shapes, learnt from label maps and predicted from images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, ModelRef, TrainingSettings
from cardioprior.preparations.contract import LABELS_OF

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

#: the condition of the network whose predictor sees high-resolution images: p(y_r), for super-resolution (eq. 2)
HIGH_RESOLUTION = "high-resolution"
#: condition -> images that the predictor sees, with the arrays of their labels
SEES = {"": LABELS_OF, HIGH_RESOLUTION: {"image_hr": "labels"}}


class Settings(TrainingSettings):
    """autoencoder_width, predictor_width: channels of the first convolutions, 16 and 32 in the paper. maps: that the
    autoencoder's code is made of, 1 in the paper, whose grid leaves 125 cells of each. epochs: of the
    autoencoder alone; code_epochs: of the predictor; joint_epochs: of both."""

    autoencoder_width: int = Field(ge=1)
    predictor_width: int = Field(ge=1)
    maps: int = Field(ge=1)
    code_epochs: int = Field(ge=1)
    joint_epochs: int = Field(ge=1)


class Model(GradientModel):
    """Networks `autoencoder` and `predictor`, trained in three stages."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "autoencoder_width": 16,
        "predictor_width": 32,
        "maps": 1,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }

    def __init__(self, settings: Any, ref: ModelRef) -> None:
        super().__init__(settings, ref)
        sees = SEES[ref.condition]
        self.arrays = (*sees, *sees.values())

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.pairs import classes_of, frames_of

        return {
            "autoencoder_width": self.settings.autoencoder_width,
            "predictor_width": self.settings.predictor_width,
            "maps": self.settings.maps,
            "classes": classes_of(setting.train, SEES[self.ref.condition]),
            "size": list(frames_of(setting.train[0], SEES[self.ref.condition])[0][1].shape),
        }

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder

        size = tuple(blueprint["size"])
        return {
            "autoencoder": ShapeAutoencoder(
                blueprint["autoencoder_width"], blueprint["classes"], size, maps=blueprint["maps"]
            ),
            "predictor": CodePredictor(blueprint["predictor_width"], size),
        }

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.shapes import tl_phases

        epochs = (self.settings.epochs, self.settings.code_epochs, self.settings.joint_epochs)
        sees = SEES[self.ref.condition]
        return tl_phases(networks["autoencoder"], networks["predictor"], setting, self.settings, epochs, sees)  # type: ignore[arg-type]

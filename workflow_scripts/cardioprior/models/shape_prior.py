"""The T-L network of ACNN: codes of shapes, learnt from label maps and predicted from images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings
from cardioprior.preparations.contract import LABELS_OF

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Settings(TrainingSettings):
    """autoencoder_width, predictor_width: channels of the first convolutions, 16 and 32 in the paper. epochs: of the
    autoencoder alone; code_epochs: of the predictor; joint_epochs: of both."""

    autoencoder_width: int = Field(ge=1)
    predictor_width: int = Field(ge=1)
    code_epochs: int = Field(ge=1)
    joint_epochs: int = Field(ge=1)


class Model(GradientModel):
    """Networks `autoencoder` and `predictor`, trained in three stages."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "autoencoder_width": 16,
        "predictor_width": 32,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }
    arrays = (*LABELS_OF, *LABELS_OF.values())

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.pairs import classes_of, frames_of

        return {
            "autoencoder_width": self.settings.autoencoder_width,
            "predictor_width": self.settings.predictor_width,
            "classes": classes_of(setting.train),
            "size": list(frames_of(setting.train[0])[0][1].shape),
        }

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder

        size = tuple(blueprint["size"])
        return {
            "autoencoder": ShapeAutoencoder(blueprint["autoencoder_width"], blueprint["classes"], size),
            "predictor": CodePredictor(blueprint["predictor_width"], size),
        }

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.shapes import tl_phases

        epochs = (self.settings.epochs, self.settings.code_epochs, self.settings.joint_epochs)
        return tl_phases(networks["autoencoder"], networks["predictor"], setting, self.settings, epochs)  # type: ignore[arg-type]

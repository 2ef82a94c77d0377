"""The super-resolution networks of ACNN's table III; the condition says which row of it a network is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, ModelRef, TrainingSettings
from cardioprior.models.shape_prior import HIGH_RESOLUTION

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

#: condition -> network, whether the shape prior is in its loss
ROWS: dict[str, tuple[str, bool]] = {
    "acnn-sr": ("anatomical", True),
    "acnn-sr-without-prior": ("anatomical", False),
    "3d-unet": ("unet", False),
    "sr-cnn": ("upsampled-first", False),
}


class Settings(TrainingSettings):
    """width: share of the published numbers of channels."""

    width: float = Field(gt=0, le=1)


class Model(GradientModel):
    """From a thick stack to a high-resolution image; all rows at about the same capacity."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 1,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }
    arrays = ("image", "image_hr")

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        return (_prior(ref),) if ROWS[ref.condition][1] else ()

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        arrays = setting.train[0].arrays
        factor = len(arrays["image_hr"]) // len(arrays["image"])
        return {"network": ROWS[self.ref.condition][0], "width": self.settings.width, "factor": factor}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.anatomical import AnatomicalNet
        from cardioprior.networks.anatomical_rivals import StackUNet
        from cardioprior.networks.super_resolution import UpsampledFirstNet

        kind, published = {
            "anatomical": (AnatomicalNet, 32),
            "unet": (StackUNet, 16),
            "upsampled-first": (UpsampledFirstNet, 32),
        }[blueprint["network"]]
        width = max(1, round(blueprint["width"] * published))
        return {"super_resolution": kind(width, 1, blueprint["factor"])}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training import super_resolution

        network = networks["super_resolution"]
        if ROWS[self.ref.condition][1]:
            predictor = setting.dependencies[_prior(self.ref).id]["predictor"]
            loss = super_resolution.constrained(network, predictor)
        else:
            loss = super_resolution.smooth(network)
        return [super_resolution.super_resolution_phase(network, loss, setting, self.settings)]


def _prior(ref: ModelRef) -> ModelRef:
    return ref.sibling("shape_prior", HIGH_RESOLUTION)

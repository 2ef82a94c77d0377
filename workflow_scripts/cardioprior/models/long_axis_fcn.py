"""The network that segments the four-chamber plane (latent optimisation, section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings
from cardioprior.preparations.contract import LONG_AXIS, LONG_AXIS_LABELS

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Settings(TrainingSettings):
    """width: of the first convolution."""

    width: int = Field(ge=1)


class Model(GradientModel):
    """Network `segmentation`, of one plane."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {"width": 16}
    arrays = (LONG_AXIS, LONG_AXIS_LABELS)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"width": self.settings.width}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.networks.multiscale_fcn import MultiscaleFCN

        return {"segmentation": MultiscaleFCN(CLASSES, blueprint["width"])}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.stacks import stack_phase, voxelwise

        network = networks["segmentation"]
        sees = {LONG_AXIS: LONG_AXIS_LABELS}
        return [stack_phase(network, voxelwise(network), setting, self.settings, labels_of=sees)]

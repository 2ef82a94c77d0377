"""Segmentation of reconstructed cines: what the k-space paper leaves out, an image first and then its labels.

The condition says what the network learns from: FULL, fully sampled images; ZERO_FILLED or COMPRESSED_SENSING, images
of the numbers of lines that are reconstructed for testing, a network each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings
from cardioprior.models.syn_net_tuned import network_name

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

FULL, ZERO_FILLED, COMPRESSED_SENSING = "full", "zero-filled", "compressed-sensing"
#: the one network of FULL
ONE = "segmentation"


class Settings(TrainingSettings):
    """width: channels of the first level."""

    width: int = Field(ge=1)


class Model(GradientModel):
    """Syn-net's layers on magnitudes. Networks: `segmentation`, or `lines_<n>`."""

    Settings = Settings
    arrays = ("cines", "cine_labels")
    streams = True

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        first = setting.train[0]
        _, frames, total, _ = first.arrays["cines"].shape
        lines = [] if self.ref.condition == FULL else [n for n in first.meta["masks"]["reconstructed"] if n <= total]
        return {"width": self.settings.width, "frames": frames, "lines": lines}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.kspace import SynNet

        names = [network_name(lines) for lines in blueprint["lines"]] or [ONE]
        return {name: SynNet(blueprint["width"], blueprint["frames"], channels=1) for name in names}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.reconstructions import full_phase, reconstructed_phases, zero_filled_phases

        if self.ref.condition == FULL:
            return [full_phase(networks[ONE], setting, self.settings)]
        phases = zero_filled_phases if self.ref.condition == ZERO_FILLED else reconstructed_phases
        return phases(networks, setting, self.settings)

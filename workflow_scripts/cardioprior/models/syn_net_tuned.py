"""Syn-net, tuned to fixed numbers of lines (k-space paper, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, ModelRef, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


def network_name(lines: int) -> str:
    """How a network for a number of lines is called."""
    return f"lines_{lines}"


def network_lines(name: str) -> int:
    """The number of lines of a network of that name."""
    return int(name.removeprefix("lines_"))


class Settings(TrainingSettings):
    """lines: a network each; numbers beyond the images' own lines are left out."""

    lines: tuple[int, ...] = Field(min_length=1)


class Model(GradientModel):
    """Networks `lines_<n>`, one after another, each from the weights of the `general` model's network."""

    general: ClassVar[str] = "syn_net"
    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {"batch_size": 8}
    arrays = ("cines", "cine_labels")
    streams = True

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        return (ref.sibling(cls.general),)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        total = setting.train[0].arrays["cines"].shape[-2]
        lines = [n for n in self.settings.lines if n <= total]
        return {"lines": lines, **setting.dependencies[self.general].blueprint}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.kspace import SynNet

        about = {key: value for key, value in blueprint.items() if key != "lines"}
        return {network_name(n): SynNet(**about) for n in blueprint["lines"]}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.kspace import synthesis, tuning_phases

        return tuning_phases(
            networks, setting.dependencies[self.general]["synthesis"], synthesis, setting, self.settings
        )

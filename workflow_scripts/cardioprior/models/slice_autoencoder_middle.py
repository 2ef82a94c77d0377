"""The autoencoder of slices trained to make the middle one of three from its neighbours' codes; not in the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from cardioprior.models import slice_autoencoder
from cardioprior.models.contract import GradientModel

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Settings(slice_autoencoder.Settings):
    """structure: weight of the term on structural similarity."""

    structure: float = Field(ge=0)


class Model(GradientModel):
    """The network in the text's form; see training.slices.triple_phase."""

    Settings = Settings

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        return {"form": "text", "width": self.settings.width}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        return slice_autoencoder.Model.build(blueprint)

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.slices import triple_phase

        scored = setting.train[0].meta["crop"]
        given = self.settings
        return [triple_phase(networks["autoencoder"], setting, given, given.crop, scored, given.structure)]  # type: ignore[arg-type]

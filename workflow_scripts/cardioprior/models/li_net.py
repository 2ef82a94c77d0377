"""LI-net (k-space paper, section 2, stage 2): zero-filled cines to codes of their labels, for any number of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cardioprior.models import syn_net
from cardioprior.models.contract import GradientModel, ModelRef

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

AUTOENCODER = "label_autoencoder"


class Model(GradientModel):
    """Network `predictor`; the encoder and decoder of label maps are another model's and stay as they are."""

    Settings = syn_net.Settings
    published = syn_net.Model.published
    arrays = ("cines", "cine_labels")
    streams = True

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        return (ref.sibling(AUTOENCODER),)

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        size = list(setting.train[0].arrays["cines"].shape[1:])
        return {"width": self.settings.width, "size": size, "code": setting.dependencies[AUTOENCODER].blueprint["code"]}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.kspace import CHANNELS, CodeEncoder

        return {"predictor": CodeEncoder(blueprint["width"], CHANNELS, tuple(blueprint["size"]), blueprint["code"])}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.kspace import interpolation, kspace_phase

        predictor, labels = networks["predictor"], setting.dependencies[AUTOENCODER]
        objective = interpolation(predictor, labels["encoder"], labels["decoder"])  # type: ignore[arg-type]
        return [kspace_phase("codes", predictor, objective, setting, self.settings, self.settings.warm_epochs)]

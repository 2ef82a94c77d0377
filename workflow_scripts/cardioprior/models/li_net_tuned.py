"""LI-net, tuned to fixed numbers of lines (k-space paper, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cardioprior.models import li_net, syn_net_tuned
from cardioprior.models.contract import GradientModel, ModelRef
from cardioprior.models.li_net import AUTOENCODER
from cardioprior.models.syn_net_tuned import PREFIX

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

GENERAL = "li_net"


class Model(GradientModel):
    """Networks `lines_<n>`: predictors, one after another, each from the general predictor's weights."""

    Settings = syn_net_tuned.Settings
    published = syn_net_tuned.Model.published
    arrays = ("cines", "cine_labels")

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        return (ref.sibling(GENERAL), ref.sibling(AUTOENCODER))

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        total = setting.train[0].arrays["cines"].shape[-2]
        lines = [n for n in self.settings.lines if n <= total]
        return {"lines": lines, **setting.dependencies[GENERAL].blueprint}

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        return {f"{PREFIX}_{n}": li_net.Model.build(blueprint)["predictor"] for n in blueprint["lines"]}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.kspace import interpolation, tuning_phases

        labels, general = setting.dependencies[AUTOENCODER], setting.dependencies[GENERAL]["predictor"]
        return tuning_phases(
            networks, general, lambda n: interpolation(n, labels["encoder"], labels["decoder"]), setting, self.settings
        )

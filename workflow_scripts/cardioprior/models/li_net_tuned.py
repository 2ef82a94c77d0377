"""LI-net, tuned to fixed numbers of lines (k-space paper, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.models import li_net, syn_net_tuned
from cardioprior.models.contract import ModelRef
from cardioprior.models.li_net import AUTOENCODER

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


class Model(syn_net_tuned.Model):
    """Networks `lines_<n>`: predictors, one after another, each from the general predictor's weights."""

    general: ClassVar[str] = "li_net"

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        return (*super().depends_on(ref), ref.sibling(AUTOENCODER))

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        names = (syn_net_tuned.network_name(lines) for lines in blueprint["lines"])
        return {name: li_net.Model.build(blueprint)["predictor"] for name in names}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.kspace import interpolation, tuning_phases

        labels, general = setting.dependencies[AUTOENCODER], setting.dependencies[self.general]["predictor"]
        return tuning_phases(
            networks, general, lambda n: interpolation(n, labels["encoder"], labels["decoder"]), setting, self.settings
        )

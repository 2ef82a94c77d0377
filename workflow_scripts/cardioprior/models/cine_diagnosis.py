"""Trees that tell groups apart by LI-net's codes, cross-validated: what the k-space paper leaves to the future."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cardioprior.models import diagnosis
from cardioprior.models.contract import FittedModel, ModelRef

if TYPE_CHECKING:
    from cardioprior.training.setting import Setting

#: study and cohort of the LI-net whose codes they are; no study of codes tests that cohort
LEARNT_IN, LEARNT_FROM = "kspace", "phantom_cine"
PREDICTOR = "li_net"


class Model(FittedModel):
    """What `fit` gives is that of training.cine_diagnosis.cross_validated."""

    Settings = diagnosis.Settings
    arrays = ("cines",)

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        return (replace(ref, name=PREDICTOR, study=LEARNT_IN, cohort=LEARNT_FROM, fold="main", condition=""),)

    def fit(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.cine_diagnosis import cross_validated

        return cross_validated(setting, setting.dependencies[PREDICTOR], self.settings)

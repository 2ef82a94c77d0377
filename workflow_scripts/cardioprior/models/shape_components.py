"""Principal components of the label maps of a whole cohort at ED and ES (ACNN, section III-F)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cardioprior.models.contract import FittedModel, ModelSettings

if TYPE_CHECKING:
    from cardioprior.training.setting import Setting


class Model(FittedModel):
    """64 of them, and the mean shape that others are laid over first; as of training.components."""

    Settings = ModelSettings
    arrays = ("shape_ED", "shape_ES")

    def fit(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.components import fit_components
        from cardioprior.training.parts import Shapes

        return fit_components(Shapes.of(setting.train, setting.device).labels.flatten(0, 1)).stored()

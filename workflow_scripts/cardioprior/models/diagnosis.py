"""Trees that tell groups apart by codes of shapes, cross-validated (ACNN, section III-F)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from cardioprior.models.contract import FittedModel, ModelRef, ModelSettings
from cardioprior.models.shape_autoencoders import PARTS, WHOLE

if TYPE_CHECKING:
    from cardioprior.training.setting import Setting

#: what trees see of a subject: its code at ED, or both codes
FEATURE_SETS = ("ED", "ED+ES")
#: the cohort whose shapes the codes learnt elsewhere come from; no study tests it
ELSEWHERE = "phantom_shapes"
#: what the codes are: of autoencoders or of components that learnt from the training parts, or from the other cohort;
#: or volumes of the shapes
AUTOENCODER, COMPONENTS, VOLUMES = "autoencoder", "components", "volumes"
AUTOENCODER_ELSEWHERE, COMPONENTS_ELSEWHERE = "autoencoder-elsewhere", "components-elsewhere"


class Settings(ModelSettings):
    """trees: in an ensemble. ensemble: its kind; the paper names none."""

    trees: int = Field(ge=1)
    ensemble: Literal["random-forest", "extra-trees"]


class Model(FittedModel):
    """The condition says which codes. Components are taken in those draws that have autoencoders of their own.

    What `fit` gives is that of diagnosis.cross_validated: every subject's probabilities in every draw, from models that
    never saw it, are already there.
    """

    Settings = Settings
    arrays = ("shape_ED", "shape_ES")

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        elsewhere = replace(ref, cohort=ELSEWHERE)
        needed = {
            AUTOENCODER: (ref.sibling("shape_autoencoders", PARTS),),
            COMPONENTS: (ref.sibling("shape_autoencoders", PARTS),),
            AUTOENCODER_ELSEWHERE: (elsewhere.sibling("shape_autoencoders", WHOLE),),
            COMPONENTS_ELSEWHERE: (elsewhere.sibling("shape_components"),),
        }
        return needed.get(ref.condition, ())

    def fit(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.diagnosis import cross_validated, features
        from cardioprior.training.parts import Shapes

        shapes = Shapes.of(setting.train, setting.device)
        stored = next(iter(setting.dependencies.values()), None)
        return cross_validated(shapes, features(self.ref.condition, shapes, stored), setting, self.settings)

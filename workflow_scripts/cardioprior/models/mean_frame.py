"""Where ES and ED lie in the training set, on average: the baseline that never looks at an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cardioprior.models.contract import FittedModel, ModelSettings

if TYPE_CHECKING:
    from cardioprior.training.setting import Setting


class Model(FittedModel):
    """Mean position of ES and of ED as a share of the cycle."""

    Settings = ModelSettings
    arrays = ("cine", "phases")

    def fit(self, setting: Setting) -> dict[str, Any]:
        import numpy as np

        shares = [r.arrays["phases"] / len(r.arrays["cine"]) for r in setting.train]
        es, ed = np.mean(shares, axis=0)
        return {"ES": float(es), "ED": float(ed)}

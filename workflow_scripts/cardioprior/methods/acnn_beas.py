"""Row "BEAS" of table II of ACNN: a B-spline surface that the image pulls on, without any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.preparations.contract import LABELS_OF
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """Arrays `labels_<phase>` on the subject's own grid, uint8. See inference/beas.py."""

    title = "BEAS"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return ()

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        import numpy as np

        from cardioprior.imaging.geometry import stored_grid
        from cardioprior.imaging.labels import LV
        from cardioprior.inference.beas import left_ventricle

        prepared, native = (stored_grid(record.meta[name]) for name in ("grid", "native"))
        found = {}
        for image, labels in LABELS_OF.items():
            if image in record.arrays:
                try:
                    surface = left_ventricle(record.arrays[image], prepared)
                except CardioPriorError as error:
                    raise SubjectError("no_sector", f"{record.subject}, {image}: {error}") from error
                found[labels] = np.where(surface.inside(native), np.uint8(LV), np.uint8(0))
        return found

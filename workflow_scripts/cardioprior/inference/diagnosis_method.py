"""Methods that name a subject's group by trees on codes of its shapes (ACNN, section III-F)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cardioprior.errors import SubjectError
from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class DiagnosisMethod(MethodBase):
    """What a cross-validated model of models/diagnosis.py said of a subject in the parts that tested it.

    codes: the model's condition. Arrays: `probabilities` (draws, feature sets, classes), `part` (draws,), and
    `classes`, names as bytes.
    """

    codes: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("diagnosis", study, cohort, fold, self.codes),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        (model,) = models.values()
        if record.subject not in model["subjects"]:
            raise SubjectError("not_tested", f"{record.subject}: is in no part of the cross-validation")
        place = model["subjects"].index(record.subject)
        arrays = {name: model[name][place].cpu().numpy() for name in ("probabilities", "part")}
        return {**arrays, "classes": np.array(model["classes"], dtype=np.bytes_)}

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
    """What a cross-validated model of models/diagnosis.py said of a subject, see `tested`. codes: its condition."""

    codes: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("diagnosis", study, cohort, fold, self.codes),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        (model,) = models.values()
        return tested(model, record.subject)


def tested(model: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """What a cross-validated model said of a subject in the parts that tested it.

    Arrays: `probabilities` (draws, sets, classes), `part` (draws,), `classes` and `sets`, names as bytes: the groups,
    and what each set of features is of. Raises SubjectError for a subject in no part.
    """
    if subject not in model["subjects"]:
        raise SubjectError("not_tested", f"{subject}: is in no part of the cross-validation")
    place = model["subjects"].index(subject)
    arrays = {name: model[name][place].cpu().numpy() for name in ("probabilities", "part")}
    if "codes" in model:
        arrays["codes"] = model["codes"][place].cpu().numpy()
    return {**arrays, **{name: np.array(model[name], dtype=np.bytes_) for name in ("classes", "sets")}}

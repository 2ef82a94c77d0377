"""A row of ours: the volumes of cavity and wall, which a clinician would look at, in place of codes."""

from cardioprior.inference.diagnosis_method import DiagnosisMethod
from cardioprior.models.diagnosis import VOLUMES


class Method(DiagnosisMethod):
    """Codes of condition VOLUMES."""

    title = "volumes"
    codes = VOLUMES

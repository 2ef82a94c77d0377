"""A row of ours: components of the shapes of another cohort."""

from cardioprior.inference.diagnosis_method import DiagnosisMethod
from cardioprior.models.diagnosis import COMPONENTS_ELSEWHERE


class Method(DiagnosisMethod):
    """Codes of condition COMPONENTS_ELSEWHERE."""

    title = "PCA, other cohort"
    codes = COMPONENTS_ELSEWHERE

"""Row "PCA" of ACNN's text: components of the shapes of the other parts."""

from cardioprior.inference.diagnosis_method import DiagnosisMethod
from cardioprior.models.diagnosis import COMPONENTS


class Method(DiagnosisMethod):
    """Codes of condition COMPONENTS."""

    title = "PCA"
    codes = COMPONENTS

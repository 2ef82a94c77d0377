"""A row of ours: codes of an autoencoder that learnt the shapes of another cohort."""

from cardioprior.inference.diagnosis_method import DiagnosisMethod
from cardioprior.models.diagnosis import AUTOENCODER_ELSEWHERE


class Method(DiagnosisMethod):
    """Codes of condition AUTOENCODER_ELSEWHERE."""

    title = "T-L, other cohort"
    codes = AUTOENCODER_ELSEWHERE

"""Row "T-L" of ACNN's text: codes of an autoencoder that learnt the shapes of the other parts."""

from cardioprior.inference.diagnosis_method import DiagnosisMethod
from cardioprior.models.diagnosis import AUTOENCODER


class Method(DiagnosisMethod):
    """Codes of condition AUTOENCODER."""

    title = "T-L"
    codes = AUTOENCODER

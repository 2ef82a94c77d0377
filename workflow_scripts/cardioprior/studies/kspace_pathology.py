"""Diagnosis from a few lines of k-space: what the k-space paper leaves to the future."""

from typing import ClassVar

from cardioprior.models.cine_diagnosis import LEARNT_FROM
from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Accuracy against the number of lines; LI-net learnt from another cohort, classifiers are cross-validated."""

    paper = "kspace"
    title = "Diagnosis from LI-net's codes of a few lines of k-space"
    preparation = "unlabelled_cines"
    protocol = "kspace_diagnosis"
    tables = ("kspace_pathology",)
    figures = ("kspace_pathology",)
    cross_validated: ClassVar[bool] = True
    learns_from: ClassVar[tuple[str, ...]] = (LEARNT_FROM,)

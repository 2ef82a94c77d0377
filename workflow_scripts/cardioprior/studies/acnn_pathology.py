"""ACNN, section III-F: codes of shapes as features that tell diseases apart."""

from typing import ClassVar

from cardioprior.models.diagnosis import ELSEWHERE
from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """The accuracies in the text, figures 5 and 9; shape models and classifiers are cross-validated."""

    paper = "acnn"
    title = "ACNN: codes of shapes tell healthy hearts, DCM and HCM apart"
    preparation = "short_axis_shapes"
    protocol = "diagnosis"
    tables = ("acnn_pathology",)
    figures = ("acnn_figure_5", "acnn_figure_9", "acnn_pathology")
    cross_validated: ClassVar[bool] = True
    learns_from: ClassVar[tuple[str, ...]] = (ELSEWHERE,)

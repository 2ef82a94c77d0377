"""Thesis, chapters 5 to 7 coupled: from the raw cine to frames, segmentation, volumes, EF and mass."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Clinical figures against those of the labels, at the annotated and at the detected frames. Not in the thesis."""

    paper = "thesis"
    title = "Thesis, end to end: from the cine to ejection fraction"
    preparation = "whole_cine"
    protocol = "ejection"
    tables = ("thesis_end_to_end",)
    figures = ("thesis_end_to_end",)
    conditions: ClassVar[dict[str, str]] = {"annotated": "", "detected": ""}
    follows = ("thesis_segmentation", "thesis_volume", "thesis_frames")

"""Thesis, chapter 7: detection of the ES and ED frames."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Table 7.1, on cines as acquired (gated: they start at ED), on cines that start at a random frame, and on their
    middle slice alone."""

    paper = "thesis"
    title = "Thesis, chapter 7: end-systole and end-diastole detection"
    preparation = "median_projection"
    protocol = "frame_detection"
    tables = ("thesis_table_7_1",)
    figures = ("thesis_figure_7_5",)
    conditions: ClassVar[dict[str, str]] = {"gated": "", "delayed": "cyclic_delay", "single-slice": "single_slice"}

"""Thesis, chapter 6: LV volumes by a U-net that learns from volumes alone, tested at ED and ES."""

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Volume errors, regression line and the Dice of the masks that the activation maps give."""

    paper = "thesis"
    title = "Thesis, chapter 6: LV volumes learnt from volumes alone"
    preparation = "short_axis_volumes"
    protocol = "volume_regression"
    tables = ("thesis_chapter_6",)
    figures = ("thesis_figure_6_7", "thesis_figure_6_8", "thesis_figure_6_9")

"""Thesis, chapter 5: segmentation by a 3D U-net and a PSPU-net, trained at ED, tested at ED and ES."""

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Tables 5.1 (Dice) and 5.2 (volumes)."""

    paper = "thesis"
    title = "Thesis, chapter 5: automatic segmentation"
    preparation = "short_axis_frames"
    protocol = "segmentation"
    tables = ("thesis_table_5_1", "thesis_table_5_2")
    figures = ("thesis_figure_5_6",)

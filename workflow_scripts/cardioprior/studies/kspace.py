"""Segmentation from a few lines of k-space: Syn-net and LI-net."""

from typing import ClassVar

from cardioprior.inference.kspace_method import CURVE, RECONSTRUCTED, REPEATED
from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Figures 2 to 4, tables 1 and 2, and rows for images that are made first."""

    paper = "kspace"
    title = "Segmentation from a few lines of k-space: Syn-net and LI-net"
    preparation = "short_axis_cines"
    protocol = "kspace"
    tables = ("kspace_figure_2", "kspace_table_1", "kspace_table_2", "kspace_figure_4")
    figures = ("kspace_figure_2", "kspace_figure_3", "kspace_figure_4")
    conditions: ClassVar[dict[str, str]] = {
        CURVE: "kspace_lines@curve",
        REPEATED: "kspace_lines@repeated",
        RECONSTRUCTED: "kspace_lines@reconstructed",
    }

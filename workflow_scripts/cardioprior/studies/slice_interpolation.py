"""Slice interpolation by an autoencoder of slices, against interpolation along z."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Figure 3 as a table and as box plots; pictures as figures 2 and 4; the public code's way of scoring."""

    paper = "slice_interpolation"
    title = "Slice interpolation by an autoencoder"
    preparation = "in_plane_slices"
    protocol = "slice_synthesis"
    tables = ("slice_interpolation_figure_3", "slice_interpolation_public_code")
    figures = ("slice_interpolation_figure_2", "slice_interpolation_figure_3", "slice_interpolation_figure_4")
    conditions: ClassVar[dict[str, str]] = {"every-other-slice": "dropped_slices"}

"""ACNN, section IV-C: segmentation of thick stacks on the grid of thin slices, with and without a shape prior."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Table I and figure 6, on stacks as acquired and on stacks whose slices were moved."""

    paper = "acnn"
    title = "ACNN: segmentation with a shape prior"
    preparation = "paired_stacks"
    protocol = "stack_segmentation"
    tables = ("acnn_table_1",)
    figures = ("acnn_table_1", "acnn_figure_6")
    conditions: ClassVar[dict[str, str]] = {"as-acquired": "", "slices-moved": "slice_motion"}

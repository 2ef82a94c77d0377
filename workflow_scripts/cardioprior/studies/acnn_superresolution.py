"""ACNN, section IV-E: thick stacks brought to high resolution, with and without a shape prior."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Table III, on stacks as acquired and on stacks whose slices were moved; people rate the former."""

    paper = "acnn"
    title = "ACNN: super-resolution with a shape prior"
    preparation = "paired_stacks"
    protocol = "super_resolution"
    tables = ("acnn_table_3",)
    figures = ("acnn_table_3", "acnn_figure_8")
    conditions: ClassVar[dict[str, str]] = {"as-acquired": "", "slices-moved": "slice_motion"}
    rated = "as-acquired"

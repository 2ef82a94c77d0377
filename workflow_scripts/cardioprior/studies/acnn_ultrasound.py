"""ACNN, section IV-D: the left ventricle in three-dimensional ultrasound, with and without a shape prior."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Table II and figure 7: cavities at ED and ES, and the ejection fraction from them."""

    paper = "acnn"
    title = "ACNN: the left ventricle in 3D ultrasound"
    preparation = "ultrasound_volumes"
    protocol = "ultrasound_segmentation"
    tables = ("acnn_table_2",)
    figures = ("acnn_table_2", "acnn_figure_7")
    conditions: ClassVar[dict[str, str]] = {"ultrasound": ""}

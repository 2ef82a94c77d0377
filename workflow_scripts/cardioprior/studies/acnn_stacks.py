"""ACNN's segmentation of stacks on their own slices, with and without a shape prior: not in the paper."""

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """LV, wall and RV at ED and ES, where there is no high-resolution image: what the prior is worth on clinical
    stacks."""

    paper = "acnn"
    title = "ACNN: stacks on their own slices, with and without a shape prior"
    preparation = "own_stacks"
    protocol = "segmentation"
    tables = ("acnn_stacks",)
    figures = ("acnn_stacks",)

"""Latent optimisation, section 4.1: label maps restored from simulated thick stacks whose slices moved."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Tables 1, 2 and S1, and the choice of the generator."""

    paper = "latent_optimisation"
    title = "Latent optimisation: motion correction and super-resolution of segmentations"
    preparation = "high_resolution_shapes"
    protocol = "shape_restoration"
    tables = (
        "latent_optimisation_table_1", "latent_optimisation_table_2", "latent_optimisation_table_s1",
        "latent_optimisation_generators",
    )  # fmt: skip
    figures = ("latent_optimisation_table_s1", "latent_optimisation_figure_3")
    conditions: ClassVar[dict[str, str]] = {
        "no-motion": "thick_slices@none",
        "normal-motion": "thick_slices@normal",
        "severe-motion": "thick_slices@severe",
    }

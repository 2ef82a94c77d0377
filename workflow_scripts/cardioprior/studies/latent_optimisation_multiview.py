"""Latent optimisation, section 4.2: stacks as acquired, segmented, restored and cut along the four-chamber plane."""

from typing import ClassVar

from cardioprior.studies.contract import StudyBase


class Study(StudyBase):
    """Table 3. Segmentation networks are its own; what restores is latent_optimisation's, trained on the same
    subjects."""

    paper = "latent_optimisation"
    title = "Latent optimisation: stacks as acquired and the four-chamber view"
    preparation = "short_and_long_axis"
    protocol = "view_restoration"
    tables = ("latent_optimisation_table_3",)
    figures = ("latent_optimisation_table_3",)
    follows = ("latent_optimisation",)
    trains: ClassVar[bool] = True

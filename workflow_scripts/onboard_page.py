"""Rule `onboard_page`: a data set on one page."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes index.html."""
    from cardioprior.onboarding.page import write_page

    cohort = job.wildcards.cohort
    about = {
        "cohort": cohort,
        "adapter": plan.config.cohorts[cohort].adapter,
        "why": plan.recognised_why(cohort),
        "block": plan.cohort_entry(cohort),
    }
    write_page(
        Path(job.input.subjects),
        Path(job.input.qc),
        Path(job.input.manifests[0]).parent,
        about,
        plan.study_preparations(),
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

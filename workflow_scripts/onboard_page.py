"""Rule `onboard_page`: a data set on one page, and its entry for the configuration."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes index.html and cohort.yaml."""
    from cardioprior import atomic
    from cardioprior.onboarding.page import config_block, write_page

    cohort = job.wildcards.cohort
    why = "" if plan.identity(cohort) else plan.config.recognised.get(cohort, "")
    block = config_block(cohort, plan.cohort_block(cohort), why)
    about = {
        "cohort": cohort,
        "adapter": plan.config.cohorts[cohort].adapter,
        "why": why,
        "block": block,
    }
    write_page(
        Path(job.input.subjects),
        Path(job.input.qc),
        Path(job.input.manifests[0]).parent,
        about,
        plan.study_preparations(),
        Path(job.output.page),
    )
    atomic.write_text(Path(job.output.block), block)


run_job(globals()["snakemake"], main)

"""Rule `onboard_entry`: a cohort's entry for the configuration; an error if none of its subjects can be used."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes cohort.yaml."""
    from cardioprior import atomic
    from cardioprior.onboarding.entry import refuse_if_none_is_left

    cohort = job.wildcards.cohort
    refuse_if_none_is_left(cohort, Path(job.input.qc), Path(job.input.page))
    atomic.write_text(Path(job.output[0]), plan.cohort_entry(cohort))


run_job(globals()["snakemake"], main)

"""Rule `onboard_cohort`: every subject found, with what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes subjects.tsv and qc.tsv."""
    from cardioprior.onboarding.accounts import gather

    gather(
        [Path(path) for path in job.input.manifests],
        Path(job.output.subjects),
        Path(job.output.qc),
        plan.config.globals.strict,
    )


run_job(globals()["snakemake"], main)

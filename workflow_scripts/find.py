"""Rule `find`: the subjects of a cohort, before any image is read."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes found.tsv."""
    from cardioprior.onboarding.accounts import write_found

    subjects = plan.cohort(job.wildcards.cohort).find()
    identity = plan.identity(job.wildcards.cohort)
    write_found(Path(job.output[0]), identity.hide(subjects) if identity else subjects, len(plan.shards))


run_job(globals()["snakemake"], main)

"""Rule `convert`: raw files to canonical NIfTI and JSON, a shard of subjects."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Converts the shard and writes its manifest."""
    from cardioprior import atomic
    from cardioprior.onboarding.accounts import read_found
    from cardioprior.onboarding.conversion import convert

    manifest = Path(job.output[0])
    subjects = read_found(Path(job.input.found), int(job.wildcards.shard))
    cohort = job.wildcards.cohort
    records = convert(plan.cohort(cohort), subjects, manifest.parent, plan.identity(cohort))
    atomic.write_json(manifest, {"subjects": records})


run_job(globals()["snakemake"], main)

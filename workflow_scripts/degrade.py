"""Rule `degrade`: a test condition, materialised with fixed seeds."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes a degraded shard of all subjects that any fold tests."""
    from cardioprior import splits
    from cardioprior.stages import degrade

    study, condition = job.wildcards.study, job.wildcards.condition
    degrade.run(
        plan.study(study).conditions[condition],
        Path(job.input.prepared),
        splits.tested(Path(job.input.split)),
        plan.config.globals.seed,
        (job.wildcards.cohort, condition),
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

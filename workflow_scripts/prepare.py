"""Rule `prepare`: canonical subjects to the arrays that a study's models see."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes a prepared shard."""
    from cardioprior.onboarding.accounts import read_tsv
    from cardioprior.stages import prepare

    study = job.wildcards.study
    prepare.run(
        plan.study(study).preparation,
        plan.settings(study).preparation,
        read_tsv(Path(job.input.subjects)),
        int(job.wildcards.shard),
        Path(job.input.manifest).parent,
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

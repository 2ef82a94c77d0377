"""Rule `claims`: which of the papers' claims hold on this run's rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes claims.csv."""
    from cardioprior.stages import claims
    from cardioprior.studies.contract import StudyBase

    metrics = [Path(path) for path in job.input]
    claims.run(metrics, StudyBase.main_fold, plan.judged_cohorts(), Path(job.output[0]))


run_job(globals()["snakemake"], main)

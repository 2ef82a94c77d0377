"""Rule `measurements`: what was measured in every new study, and what became of each."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes measurements.csv and qc.tsv."""
    from cardioprior.stages.applied import gather

    gather([Path(path) for path in job.input], Path(job.output.measurements), Path(job.output.qc))


run_job(globals()["snakemake"], main)

"""Rule `describe`: parameters, size and training time of a method's models as metrics rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the rows."""
    from cardioprior import registry
    from cardioprior.metrics.rows import MetricRow, write_rows
    from cardioprior.stages.evaluate import model_rows

    w = job.wildcards
    row = MetricRow(study=w.study, cohort=w.cohort, method=registry.entry("methods", w.method).title, fold=w.fold)
    write_rows(Path(job.output[0]), model_rows(row, [Path(path) for path in job.input]))


run_job(globals()["snakemake"], main)

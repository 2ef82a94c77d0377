"""Rule `describe`: parameters, size and training time of the methods' models as metrics rows."""

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
    from cardioprior.stages.describe import model_rows

    w = job.wildcards
    rows = []
    for method in plan.settings(w.study).methods:
        row = MetricRow(study=w.study, cohort=w.cohort, method=registry.entry("methods", method).title, fold=w.fold)
        rows += model_rows(row, [Path(path) for path in plan.descriptions(w.study, w.cohort, w.fold, method)])
    write_rows(Path(job.output[0]), rows)


run_job(globals()["snakemake"], main)

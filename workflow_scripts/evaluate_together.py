"""Rule `evaluate_together`: what can only be told of many predictions at once, as metrics rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the metrics rows of a method under a condition."""
    from cardioprior import registry
    from cardioprior.metrics.rows import MetricRow
    from cardioprior.onboarding.accounts import read_tsv
    from cardioprior.stages import evaluate

    w = job.wildcards
    title = registry.entry("methods", w.method).title
    evaluate.run_together(
        plan.study(w.study).protocol,
        MetricRow(study=w.study, cohort=w.cohort, method=title, condition=w.condition, fold=w.fold),
        list(zip(map(Path, job.input.predictions), map(Path, job.input.records), strict=True)),
        Path(job.input.manifests[0]).parent,
        {row["subject"]: row["group"] for row in read_tsv(Path(job.input.subjects))},
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

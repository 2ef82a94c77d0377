"""Rules `evaluate` and `evaluate_together`: predictions to metrics rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the metrics rows of a shard, or those that all shards have together."""
    from cardioprior import registry
    from cardioprior.metrics.rows import MetricRow
    from cardioprior.onboarding.accounts import read_tsv
    from cardioprior.stages import evaluate

    w, together = job.wildcards, job.params.together
    shards = plan.shards if together else (w.shard,)
    evaluate.run(
        plan.study(w.study).protocol,
        together,
        MetricRow(study=w.study, cohort=w.cohort, fold=w.fold),
        {
            registry.entry("methods", method).title: {
                name: plan.pairs(w.study, w.cohort, w.fold, method, name, shards) for name in conditions
            }
            for method, conditions in job.params.conditions.items()
        },
        Path(job.input.manifests[0]).parent,
        {row["subject"]: row["group"] for row in read_tsv(Path(job.input.subjects))},
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

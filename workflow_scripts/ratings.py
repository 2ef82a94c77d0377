"""Rule `ratings`: filled rating sheets to metrics rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the metrics rows of a cohort's ratings."""
    from cardioprior.metrics.rows import MetricRow
    from cardioprior.onboarding.accounts import read_tsv
    from cardioprior.stages import ratings

    w = job.wildcards
    study = plan.study(w.study)
    ratings.run(
        MetricRow(study=w.study, cohort=w.cohort, condition=study.rated, fold=study.main_fold),
        Path(job.input.key),
        [Path(path) for path in job.input.filled],
        {row["subject"]: row["group"] for row in read_tsv(Path(job.input.subjects))},
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

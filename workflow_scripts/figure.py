"""Rule `figure`: a study's results to a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes a figure in all formats."""
    from cardioprior import registry
    from cardioprior.stages import figure

    name = job.wildcards.figure
    study = plan.study_of_figure(name)
    fold = plan.study(study).main_fold
    methods = {registry.entry("methods", method).title: method for method in plan.settings(study).methods}

    def predictions(cohort: str, title: str, condition: str) -> list[tuple[Path, Path]]:
        if condition not in plan.conditions(study, methods[title]):
            return []
        return plan.pairs(study, cohort, fold, methods[title], condition)

    refs = plan.trained_by(study)
    logs = {(ref.cohort, ref.id): Path(plan.log_path(ref)) for ref in refs} if job.input.logs else {}
    models = {(ref.cohort, ref.id): Path(plan.model_path(ref)) for ref in refs} if job.input.models else {}
    metrics, out = ([Path(path) for path in paths] for paths in (job.input.metrics, job.output))
    figure.run(name, metrics, fold, logs, predictions, models, out)


run_job(globals()["snakemake"], main)

"""Rule `browser`: a study's segmentations for the page to show slice by slice."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the study's JSON."""
    from cardioprior import registry
    from cardioprior.stages import browser

    name = job.wildcards.study
    condition, fold = plan.protocol(name).browsed, plan.study(name).main_fold
    predictions = [
        browser.Predicted(
            cohort,
            registry.entry("methods", method).title,
            plan.pairs(name, cohort, fold, method, condition),
            [Path(path) for path in plan.scores(name, cohort, fold, plan.batch_of(name, method))],
            Path(plan.nifti_manifests(cohort)[0]).parent,
        )
        for cohort in plan.settings(name).cohorts
        for method in plan.methods_under(name, condition)
    ]
    browser.run(plan.study(name).protocol, predictions, Path(job.output[0]))


run_job(globals()["snakemake"], main)

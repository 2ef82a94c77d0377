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
    protocol = plan.study(name).protocol
    predictions = [
        browser.Predicted(
            cohort,
            registry.entry("methods", method).title,
            [(Path(predicted), Path(records)) for predicted, records, _ in shards],
            [Path(metrics) for *_, metrics in shards],
            Path(plan.nifti_manifests(cohort)[0]).parent,
        )
        for (cohort, method), shards in plan.browsed(name).items()
    ]
    browser.run(protocol, predictions, Path(job.output[0]))


run_job(globals()["snakemake"], main)

"""Rule `rating_sheets`: what a study's methods made, as pictures to rate."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes pictures, sheets and the key."""
    from cardioprior import registry
    from cardioprior.stages import rating_sheets
    from cardioprior.store import read_pairs

    w = job.wildcards
    study = plan.study(w.study)
    methods = {
        registry.entry("methods", method).title: read_pairs(
            plan.pairs(w.study, w.cohort, study.main_fold, method, study.rated)
        )
        for method in plan.methods_under(w.study, study.rated)
    }
    seed = plan.config.globals.seed
    rating_sheets.run(methods, seed, Path(job.output.key), [Path(path) for path in job.output.sheets])


run_job(globals()["snakemake"], main)

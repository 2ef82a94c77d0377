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
    methods = {
        registry.entry("methods", method).title: read_pairs([(Path(one), Path(other)) for one, other in shards])
        for method, shards in plan.rated_methods(w.study, w.cohort).items()
    }
    seed = plan.config.globals.seed
    rating_sheets.run(methods, seed, Path(job.output.key), [Path(path) for path in job.output.sheets])


run_job(globals()["snakemake"], main)

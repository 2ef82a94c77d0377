"""Rule `compare_runs`: what differs between two runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes both tables of differences and a page."""
    from cardioprior.stages import compare

    a, b = plan.compared_runs()
    compare.run(a, b, {name: Path(job.output[name]) for name in ("tables", "claims", "page")})


run_job(globals()["snakemake"], main)

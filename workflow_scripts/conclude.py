"""Rule `conclude`: what new studies were measured with; an error if none could be."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes apply.json."""
    from cardioprior.stages.applied import conclude

    trained_on = " and ".join(plan.applied_cohorts())
    conclude(
        Path(job.input.qc),
        {ref.id: Path(plan.model_path(ref)) for ref in plan.applied_models()},
        {"input": plan.applied_input(), "method": plan.config.globals.apply.method, "trained_on": trained_on},
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

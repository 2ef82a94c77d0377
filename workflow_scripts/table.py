"""Rule `table`: metrics rows to a paper's table."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes a table in all formats."""
    from cardioprior import digest, registry
    from cardioprior.stages import table

    name = job.wildcards.table
    study = plan.study_of_table(name)
    settings = plan.settings(study)
    table.run(
        name,
        [Path(path) for path in job.input],
        [registry.entry("methods", method).title for method in settings.methods],
        plan.study(study).main_fold,
        plan.note(study),
        {"seed": plan.config.globals.seed, "config_digest": digest.text(plan.config), "study": study},
        {path.rpartition(".")[2]: Path(path) for path in job.output},
    )


run_job(globals()["snakemake"], main)

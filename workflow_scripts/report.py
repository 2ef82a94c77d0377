"""Rule `report`: one page with what ran and its tables."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes index.html."""
    from cardioprior import registry
    from cardioprior.stages import report

    studies = [
        {
            "name": s.name,
            "title": plan.study(s.name).title,
            "follows": plan.study(s.name).follows,
            "tables": plan.study(s.name).tables,
            "figures": {name: registry.entry("figures", name).caption for name in plan.study(s.name).figures},
            "usage": {
                cohort: report.usage(
                    Path(plan.split_path(s.name, cohort)),
                    [Path(path) for path in plan.left_out_files(s.name, cohort)],
                    plan.study(s.name).main_fold,
                )
                for cohort in s.cohorts
            },
        }
        for s in plan.config.running
    ]
    cohorts = {
        cohort: tuple(plan.out / "cohorts" / cohort / name for name in ("subjects.tsv", "qc.tsv"))
        for cohort in sorted({cohort for s in plan.config.running for cohort in s.cohorts})
    }
    fragments, pictures = ({Path(p).stem: Path(p) for p in paths} for paths in (job.input.fragments, job.input.figures))
    report.run(fragments, pictures, studies, cohorts, Path(job.output[0]))


run_job(globals()["snakemake"], main)

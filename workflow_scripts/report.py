"""Rule `report_page`: one page with what ran, what came of it, and what it was made from."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes index.html."""
    from cardioprior import registry
    from cardioprior.report import timeline
    from cardioprior.report.summaries import usage
    from cardioprior.stages import report
    from run_folder import about_run

    def part(name: str) -> report.Part:
        study, settings = plan.study(name), plan.settings(name)
        return report.Part(
            name=name, paper=study.paper, title=study.title, follows=study.follows, tables=study.tables,
            figures={figure: registry.entry("figures", figure).caption for figure in study.figures},
            methods={method: registry.entry("methods", method).title for method in settings.methods},
            protocol=study.protocol,
            usage={
                cohort: usage(
                    Path(plan.split_path(name, cohort)),
                    [Path(path) for path in plan.left_out_files(name, cohort)],
                    study.main_fold,
                )
                for cohort in settings.cohorts
            },
            scale=plan.scale_note(name),
            models=[Path(path) for path in plan.trained_descriptions(name)],
            browser=Path(plan.browser_file(name)) if plan.browser_sources(name) else None,
        )  # fmt: skip

    folders = dict.fromkeys(Path(path).parent for path in job.input.cohorts)
    fragments, pictures = ({Path(p).stem: Path(p) for p in paths} for paths in (job.input.fragments, job.input.figures))
    report.run(
        fragments,
        pictures,
        [part(study.name) for study in plan.config.running],
        [plan.study(name).title for name in plan.not_running()],
        {folder.name: (folder / "subjects.tsv", folder / "qc.tsv") for folder in folders},
        Path(job.input.claims),
        Path(job.output[0]),
        timeline.read(plan.out / "logs", about_run(plan.out)),
    )


run_job(globals()["snakemake"], main)

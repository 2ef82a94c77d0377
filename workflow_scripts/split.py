"""Rule `split`: who is trained on and who is tested."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the split of a study's cohort."""
    from cardioprior import registry, splits
    from cardioprior.onboarding.accounts import read_tsv, write_tsv

    study, cohort = job.wildcards.study, job.wildcards.cohort
    subjects = read_tsv(Path(job.input.subjects))
    preparation = registry.entry("preparations", plan.study(study).preparation)
    settings, folds = plan.settings(study).split, plan.folds(study)
    about = (plan.config.globals.seed, study, cohort)
    if settings is None:
        others = dict(zip(plan.study(study).follows, map(Path, job.input.followed), strict=True))
        rows = splits.followed(subjects, preparation, others, folds, plan.study(study).trains)
    elif plan.study(study).cross_validated:
        rows = splits.cross_validation(subjects, preparation, settings, *about, folds[0])
    else:
        rows = splits.split(subjects, preparation, settings, *about, folds)
    write_tsv(Path(job.output[0]), splits.COLUMNS, rows)


run_job(globals()["snakemake"], main)

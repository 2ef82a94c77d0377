"""Rule `phantom`: raw files of a shard of a generated cohort."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the shard's subjects and a manifest of their files."""
    from cardioprior import atomic, digest, seeds
    from cardioprior.cohorts.contract import GeneratedCohort

    cohort = plan.cohort(job.wildcards.cohort)
    assert isinstance(cohort, GeneratedCohort)
    files = {}
    for subject in cohort.subject_ids():
        if seeds.shard_of(subject, len(plan.shards)) == int(job.wildcards.shard):
            written = cohort.generate(subject)
            files[subject] = {str(path.relative_to(cohort.root)): digest.file_sha256(path) for path in written}
            print(f"{subject}: {len(written)} files", flush=True)
    atomic.write_json(Path(job.output[0]), {"subjects": files})


run_job(globals()["snakemake"], main)

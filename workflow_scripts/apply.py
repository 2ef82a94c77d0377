"""Rule `apply_shard`: a shard of new studies, measured."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the shard's labels, segmentations and pictures, then its manifest."""
    import torch
    from cardioprior import atomic
    from cardioprior.onboarding.accounts import read_found
    from cardioprior.stages import apply

    torch.set_num_threads(job.threads)
    manifest = Path(job.output[0])
    studies = apply.run(
        apply.Recipe(
            plan.config.globals.apply.method,
            {ref.id: Path(plan.model_path(ref)) for ref in plan.applied_models()},
            " and ".join(plan.applied_cohorts()),
            all(map(plan.is_generated, plan.applied_cohorts())),
            plan.config.globals.compute.device,
            plan.config.globals.apply.identified,
        ),
        plan.cohort(plan.config.applied),
        read_found(Path(job.input.found), int(job.wildcards.shard)),
        Path(job.input.manifest),
        manifest.parent / "studies",
        plan.identity(plan.config.applied),
    )
    atomic.write_json(manifest, {"studies": studies})


run_job(globals()["snakemake"], main)

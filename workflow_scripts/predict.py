"""Rule `predict`: a method's predictions of the test subjects of a shard."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes a shard of predictions a test condition."""
    import torch
    from cardioprior import registry, splits
    from cardioprior.stages import predict

    torch.set_num_threads(job.threads)
    w = job.wildcards
    preparation = registry.entry("preparations", plan.study(w.study).preparation)
    conditions = {
        condition: predict.Tested(
            Path(plan.records(w.study, w.cohort, condition, w.shard)),
            {ref.id: Path(plan.model_path(ref)) for ref in plan.models(w.study, w.cohort, w.fold, w.method, condition)},
        )
        for condition in plan.conditions(w.study, w.method)
    }
    predict.run(
        w.method,
        conditions,
        splits.tested(Path(job.input.split), w.fold),
        preparation(plan.settings(w.study).preparation),
        plan.config.globals.compute.device,
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

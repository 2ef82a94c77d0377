"""Rule `predict`: some methods' predictions of the test subjects of a shard."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes a shard of predictions a method and test condition."""
    import torch
    from cardioprior import registry, splits
    from cardioprior.stages import predict

    torch.set_num_threads(job.threads)
    w = job.wildcards
    preparation = registry.entry("preparations", plan.study(w.study).preparation)

    def tested(method: str, condition: str) -> predict.Tested:
        refs = plan.models(w.study, w.cohort, w.fold, method, condition)
        source = plan.records(w.study, w.cohort, condition, w.shard)
        return predict.Tested(Path(source), {ref.id: Path(plan.model_path(ref)) for ref in refs})

    methods = {
        method: {condition: tested(method, condition) for condition in conditions}
        for method, conditions in plan.tested(w.study, w.batch).items()
    }
    predict.run(
        methods,
        splits.tested(Path(job.input.split), w.fold),
        preparation(plan.settings(w.study).preparation),
        plan.config.globals.compute.device,
        Path(job.output[0]),
    )


run_job(globals()["snakemake"], main)

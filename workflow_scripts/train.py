"""Rule `train`: one model."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Trains a model and writes it, its description and its log."""
    import torch
    from cardioprior import splits
    from cardioprior.models.contract import ModelRef
    from cardioprior.stages import train
    from job import stop_requested

    torch.set_num_threads(1)
    w = job.wildcards
    ref = ModelRef.parse(w.study, w.cohort, w.fold, w.model)
    train.run(
        ref,
        plan.settings(w.study).models[ref.name],
        plan.preparation_of(w.study),
        plan.config.globals.compute,
        plan.config.globals.seed,
        [Path(path) for path in job.input.prepared],
        splits.roles(Path(job.input.split), w.fold),
        {needed.id: Path(plan.model_path(needed)) for needed in plan.dependencies(ref)},
        job.params.code,
        Path(job.output.model),
        Path(job.output.log),
        plan.out / "checkpoints",
        stop_requested,
        splits.parts(Path(job.input.split)),
    )


run_job(globals()["snakemake"], main, saves_on_stop=True)

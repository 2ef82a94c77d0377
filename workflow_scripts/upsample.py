"""Rule `upsample_image`: an image with slices at another spacing."""

from pathlib import Path
from typing import TYPE_CHECKING

from job import run_job

if TYPE_CHECKING:
    from cardioprior.plan import Plan
    from snakemake.script import Snakemake


def main(job: "Snakemake", plan: "Plan") -> None:
    """Writes the upsampled image."""
    import torch
    from cardioprior.stages import upsample

    torch.set_num_threads(job.threads)
    given = plan.config.globals
    upsample.run(
        Path(job.input.image), given.spacing_mm, Path(job.input.model), given.compute.device, Path(job.output[0])
    )


run_job(globals()["snakemake"], main)

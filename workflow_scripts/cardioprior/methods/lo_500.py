"""Row "LO, 500 iterations": the public code's schedule to its end, without a rule to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.inference.shape_method import LatentOptimisation

if TYPE_CHECKING:
    from cardioprior.inference.latent_optimisation import Schedule


class Method(LatentOptimisation):
    """See inference/latent_optimisation.py."""

    title = "LO, 500 iterations"

    def schedule(self) -> Schedule:
        from cardioprior.inference.latent_optimisation import Schedule

        return Schedule()

"""Latent optimisation's generators side by side: codes of several sizes, betas, a GAN and principal components."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel
from cardioprior.tables.restorations import CONDITIONS, dice_columns, summaries

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "LO"


class Table(TableBase):
    """Every row that optimises a code, by degradation."""

    name = "latent_optimisation_generators"
    study = "latent_optimisation"
    caption = (
        "Latent optimisation with other generators, sizes of the code and weights beta of its divergence: Dice, mean ± "
        "SD, and the error of the recovered displacements. The paper's choice, the beta-VAE, is the row LO."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        chosen = rows[rows["method"].str.startswith(PREFIX)]
        yield from summaries(chosen, {"dice": "", "displacement_error": "mm"})
        for method, of_method in chosen.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        chosen = [method for method in methods if method.startswith(PREFIX)]
        columns = (*dice_columns(), Column("displacement error (mm)", "", "displacement_error", 2))
        blocks = tuple(Panel(c, tuple((m, m, c) for m in chosen), columns) for c in CONDITIONS)
        return (*blocks, model_panel(chosen))

"""k-space paper, figure 2: Dice against the number of lines of k-space a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.lines import CONDITIONS

if TYPE_CHECKING:
    import pandas as pd

STRUCTURES = ("LV", "MYO", "RV")
COLUMNS = tuple(Column(structure, structure, "dice") for structure in STRUCTURES)


class Table(TableBase):
    """Mean and SD over subjects and the frames of ED and ES, all slices of a stack together."""

    name = "kspace_figure_2"
    study = "kspace"
    caption = (
        "Dice of stacks at ED and ES against the number of k-space lines a frame, one draw of masks a number: mean ± "
        "SD over subjects and frames. The paper prints a plot without figures. LI-net autoencoder: true labels through "
        "their code and back, which is the most that LI-net can reach; the paper trains it until every class has .95. "
        "Rows of images that are made first, by zero-filling or by compressed sensing, are ours."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        dices = rows[rows["metric"] == "dice"]
        for (method, condition, structure), values in dices.groupby(["method", "condition", "structure"], sort=False):
            names = {"method": str(method), "condition": str(condition), "structure": str(structure)}
            yield summary(values, "mean,sd", **names, metric="dice", unit="")
        for method, of_method in rows.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        return (
            *(Panel(m, tuple((condition, m, condition) for condition in CONDITIONS), COLUMNS) for m in methods),
            model_panel(methods),
        )

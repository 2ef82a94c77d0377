"""ACNN, section III-F as pictures: accuracies over draws of the folds, and who was taken for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cardioprior.figures.contract import FigureBase, Sources
from cardioprior.protocols.diagnosis import CORRECT
from cardioprior.tables.acnn_pathology import CONDITIONS, confusion

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

COLUMNS = 4


class Figure(FigureBase):
    """A cohort's box plots, at ED and at ED and ES, then a matrix a method and feature set over all draws."""

    name = "acnn_pathology"
    study = "acnn_pathology"
    caption = (
        "Share of subjects whose group was named, a point a draw of the folds; and, over all draws, the share of each "
        "group's subjects (row) that were named to be of a group (column)."
    )

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import groups, panels

        parts: list[tuple[str, bool, pd.DataFrame]] = []
        for (cohort,), of_cohort in groups(sources.metrics, "cohort"):
            of_phases = [(phase, of_cohort[of_cohort["phase"] == phase]) for phase in CONDITIONS]
            parts += [(f"accuracy, {phase}\n{cohort}", False, rows) for phase, rows in of_phases if len(rows)]
            parts += [
                (f"{method}, {phase}\n{cohort}", True, rows)
                for phase, of_phase in of_phases
                for (method,), rows in groups(of_phase, "method")
            ]
        picture, grid = panels([heading for heading, _, _ in parts], COLUMNS)
        for axes, (_, is_matrix, rows) in zip(grid, parts, strict=True):
            (_matrix if is_matrix else _boxes)(axes, rows)
        return picture


def _boxes(axes: Any, rows: pd.DataFrame) -> None:
    import seaborn

    correct = rows[rows["metric"] == CORRECT]
    by_draw = correct.groupby(["method", "draw"], as_index=False, sort=False)["value"].mean()
    seaborn.boxplot(by_draw, x="method", y="value", ax=axes, color="lightgrey", showfliers=False)
    seaborn.stripplot(by_draw, x="method", y="value", ax=axes, size=3)
    axes.set(xlabel="", ylabel="accuracy")
    axes.tick_params(axis="x", rotation=60)


def _matrix(axes: Any, rows: pd.DataFrame) -> None:
    counts = confusion(rows)
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(counts.columns)), list(counts.columns))
    axes.set_yticks(range(len(counts.index)), list(counts.index))
    axes.set(xlabel="named", ylabel="true")
    for (row, column), share in zip(
        ((r, c) for r in range(len(shares)) for c in range(len(shares))), shares.flat, strict=True
    ):
        axes.text(column, row, f"{share:.2f}", ha="center", va="center", color="white" if share > 0.5 else "black")

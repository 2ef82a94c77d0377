"""k-space paper, table 1: percentage errors of clinical parameters at 1, 10 and 20 lines a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.metrics.clinical import absolute_relative_error
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, pearson, summary
from cardioprior.tables.lines import printed_name

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = ("1 lines", "10 lines", "20 lines")
FEW = CONDITIONS[1:]
FEW_LINES = "10 and 20 lines"
#: parameter -> structure, phase and metric of its rows
PARAMETERS = {
    "LV ESV": ("LV", "ES", "volume"),
    "LV EDV": ("LV", "ED", "volume"),
    "RV ESV": ("RV", "ES", "volume"),
    "RV EDV": ("RV", "ED", "volume"),
    "LVM": ("MYO", "ED", "mass"),
    "EF": ("LV", "", "ejection_fraction"),
}
ERROR, LARGEST, ALL = "mean_percentage_error", "largest_mean_percentage_error", "all six"
AUTOENCODER, EACH_CLASS = "LI-net autoencoder", "each class"
FULLY_SAMPLED = "fully sampled"


class Table(TableBase):
    """Mean over subjects of |predicted - true| / true, EF's too."""

    name = "kspace_table_1"
    study = "kspace"
    caption = (
        "Mean percentage error of clinical parameters, |predicted - true| / true over subjects, against the labels on "
        "the prepared grid; LVM at ED. As printed, errors of ESV lie under those of EDV, which is unusual, so that "
        "these headings may have been swapped in print; ours are as named. LI-net and Syn-net are tuned to each number "
        "of lines, as in the paper; rows of one network for any number of lines, and of images that are made first, "
        "are ours. EF r: Pearson's correlation of EF. Autoencoder: the least mean Dice of a class."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        chosen = rows[rows["condition"].isin(CONDITIONS)]
        for (title, condition), values in chosen.groupby(["method", "condition"], sort=False):
            method = printed_name(str(title))
            yield from _errors(values, method, str(condition))
            fractions = values[values["metric"] == "ejection_fraction"]
            yield pearson(fractions, (method, str(condition), "LV", "ef_correlation"))
        for title, values in chosen[chosen["condition"].isin(FEW)].groupby("method", sort=False):
            method = printed_name(str(title))
            largest = [f.centre for c in FEW for f in _errors(values[values["condition"] == c], method, c)]
            yield Figure(method, FEW_LINES, ALL, LARGEST, "%", "maximum", max(largest), n=len(largest))
        of_labels = rows[(rows["method"] == AUTOENCODER) & (rows["metric"] == "dice")]
        if len(of_labels):
            least = of_labels.groupby("structure")["value"].mean().min()
            yield Figure(AUTOENCODER, FULLY_SAMPLED, EACH_CLASS, "dice", "", "mean", float(least), n=len(of_labels))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        names = [printed_name(method) for method in methods if method != AUTOENCODER]
        columns = (
            *(Column(f"{name} (%)", name, ERROR, 1) for name in PARAMETERS),
            Column("EF r", "LV", "ef_correlation", 2),
        )
        return (
            *(Panel(c, tuple((name, name, c) for name in names), columns) for c in CONDITIONS),
            Panel("10 and 20 lines", tuple((name, name, FEW_LINES) for name in names),
                  (Column("largest of the six (%)", ALL, LARGEST, 1),)),
            Panel("Autoencoder", ((AUTOENCODER, AUTOENCODER, FULLY_SAMPLED),),
                  (Column("Dice of the least class", EACH_CLASS, "dice"),)),
        )  # fmt: skip


def _errors(rows: pd.DataFrame, method: str, condition: str) -> Iterator[Figure]:
    for name, (structure, phase, metric) in PARAMETERS.items():
        of_it = rows[(rows["structure"] == structure) & (rows["phase"] == phase) & (rows["metric"] == metric)]
        if len(of_it):
            pairs = zip(of_it["value"], of_it["reference"], strict=True)
            errors = [100 * absolute_relative_error(*pair) for pair in pairs]
            names = {"method": method, "condition": condition, "structure": name, "metric": ERROR, "unit": "%"}
            yield summary(of_it.assign(value=errors), "mean", **names)

"""k-space paper, table 2: how segmentations vary with the mask, and how much subjects differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.metrics.paired import rank_sum_p
from cardioprior.tables.contract import P_OF_TWO_GROUPS, Column, Figure, Panel, TableBase, summary
from cardioprior.metrics.lines import number
from cardioprior.tables.lines import CONDITIONS

if TYPE_CHECKING:
    import pandas as pd

METRICS = {
    "hausdorff_within": "HD within (mm)",
    "mean_contour_within": "MD within (mm)",
    "hausdorff_between": "HD between (mm)",
    "mean_contour_between": "MD between (mm)",
}
WITHIN = ("hausdorff_within", "mean_contour_within")
STRUCTURES = ("MYO", "RV")
COMPARED = ("LI-net", "Syn-net")
P_VALUE, BOTH, DISTANCES = "p-value", "MYO+RV", "within_subject_distances"
STATISTIC = f"{P_OF_TWO_GROUPS}, {COMPARED[0]} against {COMPARED[1]}"


class Table(TableBase):
    """Means over subjects of their own means over masks, slices and the two frames."""

    name = "kspace_table_2"
    study = "kspace"
    caption = (
        "Distances in plane over repeated masks, at ED and ES, of three slices a quarter, half and three quarters of "
        "the way through the heart. Within: of every prediction from its subject's mean shape; between: of the "
        "subjects' mean shapes from that of all subjects. A mean shape is the class of the largest mean softmax; means "
        "over subjects. The networks are those for any number of lines. The unit is not printed; taken as mm. p: "
        "two-sided Wilcoxon rank-sum test of the subjects' mean distances, LI-net against Syn-net."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        keys = ["method", "condition", "structure", "metric"]
        by_subject = rows[rows["metric"].isin(list(METRICS))].groupby([*keys, "subject"], sort=False)["value"].mean()
        for key, values in by_subject.groupby(level=keys, sort=False):
            names = dict(zip(keys, map(str, key), strict=True))
            yield summary(values.reset_index(), "mean", **names, unit="mm")
        within = by_subject.reset_index()
        within = within[within["metric"].isin(WITHIN)]
        for condition, values in within.groupby("condition", sort=False):
            for (structure, metric), of_one in values.groupby(["structure", "metric"], sort=False):
                yield from _tested(of_one, str(condition), str(structure), str(metric))
        yield from _tested(within, "", BOTH, DISTANCES)

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        columns = tuple(
            Column(f"{structure} {heading}", structure, metric, 2)
            for metric, heading in METRICS.items()
            for structure in STRUCTURES
        )
        few = [condition for condition in CONDITIONS if number(condition) < float("inf")]
        return (
            *(
                Panel(method, tuple((condition, method, condition) for condition in few), columns)
                for method in COMPARED
                if method in methods
            ),
            Panel("p-values, LI-net against Syn-net", tuple((condition, P_VALUE, condition) for condition in few),
                  columns[: len(WITHIN) * len(STRUCTURES)]),
            Panel("All lines, structures and distances", ((P_VALUE, P_VALUE, ""),),
                  (Column("within", BOTH, DISTANCES),)),
        )  # fmt: skip


def _tested(rows: pd.DataFrame, condition: str, structure: str, metric: str) -> Iterator[Figure]:
    samples = [rows[rows["method"] == method]["value"].dropna().to_numpy() for method in COMPARED]
    if all(len(sample) for sample in samples):
        p_value, n = rank_sum_p(*samples), sum(map(len, samples))
        yield Figure(P_VALUE, condition, structure, metric, "", STATISTIC, p_value, n=n)

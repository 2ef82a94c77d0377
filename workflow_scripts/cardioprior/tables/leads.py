"""By how much methods lead others on the same patients: margins, intervals and one-sided p-values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cardioprior.metrics.paired import compare
from cardioprior.tables.contract import WITH_P_VALUE, Column, Figure, Panel

if TYPE_CHECKING:
    import pandas as pd

#: metric -> its heading, unit and decimals
Metrics = Mapping[str, tuple[str, str, int]]


def per_patient(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One value a subject: the mean over its slices."""
    return rows[rows["metric"] == metric].groupby("subject", as_index=False)["value"].mean()


def leads(rows: pd.DataFrame, metrics: Metrics, baselines: Sequence[str]) -> Iterator[Figure]:
    """By how much each other method leads each baseline, patient by patient: `<metric>` has the margin, with the
    p-value in the spread's place, `<metric>_low` and `<metric>_high` the interval of the margin."""
    for method in [m for m in rows["method"].unique() if m not in baselines]:
        for baseline in [b for b in baselines if (rows["method"] == b).any()]:
            for metric, (_, unit, _) in metrics.items():
                ours, theirs = (
                    per_patient(rows[rows["method"] == one], metric).set_index("subject")["value"]
                    for one in (method, baseline)
                )
                both = ours.to_frame("ours").join(theirs.rename("theirs"), how="inner")
                found = compare(both["ours"].to_numpy(), both["theirs"].to_numpy())
                names = (str(method), f"vs {baseline}", "")
                yield Figure(
                    *names, metric, "", WITH_P_VALUE, found.margin, found.p_value, found.n, len(both) - found.n
                )
                yield Figure(*names, f"{metric}_low", unit, "value", found.low, n=found.n)
                yield Figure(*names, f"{metric}_high", unit, "value", found.high, n=found.n)


def lead_panel(methods: Sequence[str], baselines: Sequence[str], metrics: Metrics) -> Panel:
    """The block of `leads`."""
    columns = tuple(
        column
        for metric, (heading, _, decimals) in metrics.items()
        for column in (
            Column(f"{heading}: lead, p", "", metric, decimals + 1),
            Column("from", "", f"{metric}_low", decimals + 1),
            Column("to", "", f"{metric}_high", decimals + 1),
        )
    )
    lines = tuple((f"{method} vs {baseline}", method, f"vs {baseline}") for method in methods for baseline in baselines)
    return Panel("Leads", lines, columns)

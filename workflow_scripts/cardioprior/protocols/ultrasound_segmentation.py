"""The LV's cavity in ultrasound at ED and ES on the subject's own grid, and its ejection fraction (ACNN, table II)."""

from __future__ import annotations

from collections.abc import Iterator

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols import segmentation
from cardioprior.protocols.contract import Case
from cardioprior.protocols.ejection import PHASES, function_rows

CAVITY = "LV"


class Protocol(segmentation.Protocol):
    """Overlap, distances and volumes by phase; stroke volume and EF of subjects with labels at both phases."""

    role = "us"

    def score(self, case: Case) -> Iterator[MetricRow]:
        rows = list(super().score(case))
        yield from rows
        volumes = {row.phase: row for row in rows if (row.metric, row.structure) == ("volume", CAVITY)}
        if set(PHASES) <= set(volumes):
            both = [volumes[phase] for phase in PHASES]
            yield from function_rows(case, CAVITY, [row.value for row in both], [row.reference for row in both])

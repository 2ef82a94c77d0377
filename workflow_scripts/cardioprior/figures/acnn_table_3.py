"""ACNN, table III as box plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import BoxPlots

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = {"as-acquired": "as acquired", "slices-moved": "slices moved"}


class Figure(BoxPlots):
    """A panel a test condition."""

    name = "acnn_table_3"
    study = "acnn_superresolution"
    caption = (
        "SSIM against high-resolution images by method, on stacks as acquired and on the same with every slice moved; "
        "each point is a subject."
    )

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        scores = rows[rows["metric"] == "ssim"]
        return {f"SSIM, {name}": scores[scores["condition"] == test] for test, name in CONDITIONS.items()}

"""ACNN, figure 5: are codes of shapes normally distributed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cardioprior.figures.contract import MODELS, FigureBase, Sources
from cardioprior.models.diagnosis import AUTOENCODER, AUTOENCODER_ELSEWHERE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

COLUMNS, SHOWN, BINS = 8, 16, 12
#: model id -> how a panel names it
CODES = {
    f"diagnosis@{AUTOENCODER}": "T-L",
    f"diagnosis@{AUTOENCODER_ELSEWHERE}": "T-L, other cohort",
}


class Figure(FigureBase):
    """Sixteen of the 64 codes, drawn at random; those of the first part's autoencoder, over all shapes."""

    name = "acnn_figure_5"
    study = "acnn_pathology"
    reads = frozenset({MODELS})
    caption = (
        "Histograms of sixteen randomly chosen codes over all shapes at ED and ES, under each the normal distribution "
        "of its mean and SD; W and p are those of the Shapiro-Wilk test, small where codes are not normal."
    )

    def draw(self, sources: Sources) -> Picture:
        from scipy.stats import norm, shapiro

        from cardioprior.figures.plots import panels

        parts = [
            (f"{title}, code {number + 1}\n{cohort}", codes[:, number])
            for (cohort, model), stored in sources.models.items()
            if (title := CODES.get(model))
            for codes in [stored["codes"].flatten(0, 1).numpy()]
            for number in sorted(np.random.default_rng(0).permutation(codes.shape[1])[:SHOWN])
        ]
        picture, grid = panels([heading for heading, _ in parts], COLUMNS)
        for axes, (heading, codes) in zip(grid, parts, strict=True):
            axes.hist(codes, bins=BINS, density=True, color="lightgrey", edgecolor="grey")
            if np.ptp(codes) > 0 and len(codes) > 2:
                values = np.linspace(codes.min(), codes.max(), 100)
                axes.plot(values, norm.pdf(values, codes.mean(), codes.std(ddof=1)), color="C1")
                test = shapiro(codes)
                heading += f"\nW = {test.statistic:.2f}, p = {test.pvalue:.2g}"
            axes.set_title(heading, fontsize="small")
        return picture

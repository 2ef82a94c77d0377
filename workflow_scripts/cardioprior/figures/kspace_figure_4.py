"""k-space paper, figure 4: codes of undersampled cines, by PCA and by t-SNE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.inference.kspace_method import REPEATED

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

METHODS = ("LI-net", "Syn-net")
SHOWN = 5
PERPLEXITY = 30.0
SEED = 0


class Figure(FigureBase):
    """Two panels a method and cohort, of the first five test subjects by id."""

    name = "kspace_figure_4"
    study = "kspace"
    caption = (
        "Codes of the middle slice under repeated masks, in two dimensions by principal components (left) and by t-SNE "
        "(right). A colour a subject; the brighter, the fewer lines; black edges: fully sampled."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import panels

        cohorts = [str(cohort) for cohort in sources.metrics["cohort"].unique()]
        found = [
            (f"{method}, {way}\n{cohort}", way, *codes)
            for cohort in cohorts
            for method in METHODS
            if (codes := _codes(sources, cohort, method)) is not None
            for way in ("PCA", "t-SNE")
        ]
        picture, grid = panels([heading for heading, *_ in found], 4)
        for axes, (_, way, of_method, subjects, lines) in zip(grid, found, strict=True):
            _scatter(axes, _embedded(of_method, way), subjects, lines)
        return picture


def _codes(sources: Sources, cohort: str, method: str) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Codes (draws, k) of all subjects compared, with the number of each one's subject and its lines."""
    from cardioprior.protocols.kspace import middle_codes

    codes, subjects, lines = [], [], []
    for number, pair in zip(range(SHOWN), sources.predictions(cohort, method, REPEATED), strict=False):
        of_subject, its_lines = middle_codes(*pair)
        codes.append(of_subject)
        lines.append(its_lines)
        subjects.append(np.full(len(of_subject), number))
    if not codes:
        return None
    return np.concatenate(codes), np.concatenate(subjects), np.concatenate(lines)


def _embedded(codes: np.ndarray, way: str) -> np.ndarray:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if way == "PCA":
        embedded: np.ndarray = PCA(2, random_state=SEED).fit_transform(codes)
    else:
        perplexity = min(PERPLEXITY, (len(codes) - 1) / 3)
        embedded = TSNE(2, perplexity=perplexity, init="pca", random_state=SEED).fit_transform(codes)
    return embedded


def _scatter(axes: Any, places: np.ndarray, subjects: np.ndarray, lines: np.ndarray) -> None:
    for subject in np.unique(subjects):
        for count in np.unique(lines):
            chosen = places[(subjects == subject) & (lines == count)]
            full = count == lines.max()
            shade = 0.25 + 0.75 * (np.searchsorted(np.unique(lines), count) + 1) / len(np.unique(lines))
            axes.scatter(*chosen.T, s=40 if full else 8, color=f"C{subject}", alpha=shade,
                         edgecolors="black" if full else "none")  # fmt: skip
    axes.set(xticks=[], yticks=[])

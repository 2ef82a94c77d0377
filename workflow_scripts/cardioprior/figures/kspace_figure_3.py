"""k-space paper, figure 3: contours over the image that all frames' lines make together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.figures.plots import CONTOURS, contours, legend_of, tiles
from cardioprior.inference.kspace_method import CURVE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

    from cardioprior.figures.contract import Pair

LINES = (1, 10, 20)
METHODS = ("Syn-net", "LI-net")


class Figure(FigureBase):
    """The middle slice of the first test subject by id of every cohort at ED, not chosen by how well it went."""

    name = "kspace_figure_3"
    study = "kspace"
    caption = (
        "Contours at ED over the temporally averaged image, which has every line "
        "of any frame; left, the truth over the fully sampled frame, then the networks at 1, 10 and 20 lines a frame."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        cohorts = [str(cohort) for cohort in sources.metrics["cohort"].unique()]
        rows = [(cohort, method) for cohort in cohorts for method in METHODS]
        picture, grid = tiles(len(rows), len(LINES) + 1, (2.0, 2.1), below=0.3)
        legend_of(picture, CONTOURS)
        for line, (cohort, method) in zip(grid, rows, strict=False):
            pair = next(iter(sources.predictions(cohort, method, CURVE)), None)
            if pair is not None:
                _row(line, pair, method)
        return picture


def _row(line: Any, pair: Pair, method: str) -> None:
    from cardioprior.protocols.kspace import true_labels

    prediction, record = pair
    phases = record.arrays["phases"]
    z = phases.shape[1] // 2
    sample, frame = phases[0, z]
    _show(line[0], record.arrays["cines"][sample, frame], true_labels(record)[0, z], "fully sampled, truth")
    for axes, lines in zip(line[1:], LINES, strict=True):
        drawn = np.flatnonzero(prediction.arrays["lines"] == lines)
        if len(drawn):
            image = _averaged(record.arrays, int(drawn[0]), int(sample))
            _show(axes, image, prediction.arrays["labels_ED"][drawn[0], z], f"{method}, {lines} lines")


def _averaged(arrays: dict[str, np.ndarray], draw: int, sample: int) -> np.ndarray:
    """Magnitude (y, x) of the temporally averaged image of one draw."""
    import torch

    from cardioprior.imaging.kspace import complex_images, phase_maps, temporal_average

    cine = torch.from_numpy(arrays["cines"][sample][None]).float()
    phase = phase_maps(torch.from_numpy(arrays["waves"][sample][None]), (cine.shape[-2], cine.shape[-1]))
    masks = torch.from_numpy(arrays["masks"][draw, sample][None])
    image: np.ndarray = temporal_average(complex_images(cine, phase), masks).abs()[0].numpy()
    return image


def _show(axes: Any, image: np.ndarray, labels: np.ndarray, title: str) -> None:
    axes.imshow(image.astype(np.float32), cmap="gray")
    contours(axes, labels)
    axes.set_title(title, fontsize=6)

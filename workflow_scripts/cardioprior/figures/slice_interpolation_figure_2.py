"""Slice interpolation, figure 2: three slices in a row, the autoencoder's, and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

METHOD = "AE"


class Figure(FigureBase):
    """The first test subject by id, not chosen by how well it went; a block a region."""

    name = "slice_interpolation_figure_2"
    study = "slice_interpolation"
    caption = (
        "Three slices in a row of the first test subject by id: as acquired; both outer ones reconstructed and the "
        "middle one synthesised from their codes; differences (blue: too dark, red: too bright)."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.slice_pictures import cropped, examples, first_frame, first_pairs, sheet

        rows = []
        for cohort in sources.metrics["cohort"].unique():
            for pair in first_pairs(sources, [METHOD], cohort).values():
                frame = first_frame(pair)
                made, true = cropped(pair, frame)
                for region, z in examples(pair, frame).items():
                    three = slice(z - 1, z + 2)
                    names = ("reconstructed", "synthesised", "reconstructed")
                    rows.append((region, [("acquired", image, False) for image in true[three]]))
                    rows.append(("", [(n, image, False) for n, image in zip(names, made[three], strict=True)]))
                    rows.append(("", [("difference", image, True) for image in (made - true)[three]]))
        return sheet(rows)

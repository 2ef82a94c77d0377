"""Slice interpolation, figure 4: a slice as each method makes it, and the differences from the true one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

OFF = ", a quarter slice off"


class Figure(FigureBase):
    """The first test subject by id; a block a region."""

    name = "slice_interpolation_figure_4"
    study = "slice_interpolation"
    caption = (
        "Slices of the first test subject by id: the true one and as each method makes it from its neighbours; below, "
        "differences (blue: too dark, red: too bright)."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.slice_pictures import cropped, examples, first_frame, first_pairs, sheet

        rows = []
        methods = [str(m) for m in sources.metrics["method"].unique() if not str(m).endswith(OFF)]
        for cohort in sources.metrics["cohort"].unique():
            pairs = first_pairs(sources, methods, cohort)
            if not pairs:
                continue
            any_pair = next(iter(pairs.values()))
            frame = first_frame(any_pair)
            stacks = {method: cropped(pair, frame) for method, pair in pairs.items()}
            true = next(iter(stacks.values()))[1]
            for region, z in examples(any_pair, frame).items():
                made = [(method, stack[z], False) for method, (stack, _) in stacks.items()]
                rows.append((region, [("true", true[z], False), *made]))
                blank = ("", 0 * true[z], True)
                rows.append(("", [blank, *((m, stack[z] - true[z], True) for m, (stack, _) in stacks.items())]))
        return sheet(rows)

"""A table as csv, Markdown, LaTeX and HTML: the same rows, in the paper's layout, printed values beside ours."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cardioprior.tables.contract import (
    DIFFERENCE_WITH_P_VALUE,
    P_OF_BEST_TWO,
    P_OF_NEIGHBOURS,
    P_OF_TWO_GROUPS,
    WITH_P_VALUE,
    Column,
    Panel,
    TableRow,
    cross_validated,
)

NOTHING = "–"
#: statistics that begin so have a p-value as their centre
P_VALUES = (P_OF_BEST_TWO, P_OF_NEIGHBOURS, P_OF_TWO_GROUPS)


@dataclass(frozen=True)
class Cell:
    """A cell of the layout: our figure and the printed one, as text."""

    ours: str
    printed: str


@dataclass(frozen=True)
class Block:
    """A panel filled in for one cohort."""

    heading: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]


def blocks(rows: Sequence[TableRow], panels: Sequence[Panel]) -> list[Block]:
    """The layout of one cohort; lines without any figure of ours are left out. The lines over all cross-validation
    folds, where these were run, follow those of the main split."""
    by_key = {(row.method, row.condition, row.structure, row.metric): row for row in rows}
    filled = []
    for panel in panels:
        lines = []
        crossed = [(cross_validated(heading), method, cross_validated(c)) for heading, method, c in panel.lines]
        for heading, method, condition in (*panel.lines, *crossed):
            found = [by_key.get((method, condition, c.structure, c.metric)) for c in panel.columns]
            if any(found):
                cells = tuple(_cell(row, c) for row, c in zip(found, panel.columns, strict=True))
                lines.append((heading, cells))
        if lines:
            filled.append(Block(panel.heading, tuple(c.heading for c in panel.columns), tuple(lines)))
    return filled


def _cell(row: TableRow | None, column: Column) -> Cell:
    if row is None:
        return Cell(NOTHING, "")
    ours = _together(row.centre, row.spread, column, row.statistic)
    if column.absent and not row.n:
        ours = column.absent
    elif row.missing:
        ours += f" ({row.missing} missing)"
    return Cell(ours, _together(row.published_centre, row.published_spread, column, row.statistic))


def _together(centre: str, spread: str, column: Column, statistic: str) -> str:
    """Centre and spread as text: `a ± b`, `a, p = b` where the spread's place holds a p-value, or a p-value alone."""
    if statistic.startswith(P_VALUES):
        return _number(centre, "{:.2g}")
    if statistic not in (WITH_P_VALUE, DIFFERENCE_WITH_P_VALUE):
        return _plus_minus(centre, spread, column)
    alone = _plus_minus(centre, "", column)
    return f"{alone}, {_number(spread, 'p = {:.2g}')}" if spread else alone


def _number(text: str, form: str) -> str:
    """A number in some form; text that is none (`<<0.001`) as it is."""
    try:
        return form.format(float(text))
    except ValueError:
        return text


def _plus_minus(centre: str, spread: str, column: Column) -> str:
    texts = []
    for text in (centre, spread):
        try:
            texts.append(f"{float(text) * column.scale:.{column.decimals}f}")
        except ValueError:
            texts.append(text)
    return " ± ".join(text for text in texts if text) or (NOTHING if not centre else "")


def to_markdown(caption: str, cohorts: Mapping[str, Sequence[Block]]) -> str:
    """Markdown; the printed value stands in brackets."""
    lines = [caption, ""]
    for cohort, its_blocks in cohorts.items():
        lines += [f"Cohort: {cohort}. In brackets: as printed.", ""]
        for block in its_blocks:
            lines.append("| " + " | ".join((block.heading, *block.columns)) + " |")
            lines.append("|" + "---|" * (len(block.columns) + 1))
            lines += ["| " + " | ".join((head, *map(_bracketed, cells))) + " |" for head, cells in block.lines]
            lines.append("")
    return "\n".join(lines)


def _bracketed(cell: Cell) -> str:
    return f"{cell.ours} [{cell.printed}]" if _shown(cell) else cell.ours


def _shown(cell: Cell) -> bool:
    return cell.printed not in ("", NOTHING)


_TEX = {character: "\\" + character for character in "&%_#${}"} | {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"$\sim$",
    "<": r"$<$",
    ">": r"$>$",
    "–": "--",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "−": "$-$",
    "°": r"$^\circ$",
    "²": "$^2$",
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def to_latex(name: str, caption: str, cohorts: Mapping[str, Sequence[Block]]) -> str:
    r"""LaTeX: one `table` environment a block, for booktabs."""
    lines = ["% needs \\usepackage{booktabs}"]
    for cohort, its_blocks in cohorts.items():
        for number, block in enumerate(its_blocks):
            columns = "l" * (len(block.columns) + 1)
            lines += [
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{_tex(caption)} {_tex(block.heading)}. Cohort: {_tex(cohort)}; in brackets: as printed.}}",
                rf"\label{{tab:{name}:{cohort}:{number}}}",
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                " & ".join(["", *map(_tex, block.columns)]) + r" \\",
                r"\midrule",
                *(" & ".join([_tex(h), *(_tex(_bracketed(c)) for c in cells)]) + r" \\" for h, cells in block.lines),
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
                "",
            ]
    return "\n".join(lines)


def to_html(caption: str, note: str, cohorts: Mapping[str, Sequence[Block]]) -> str:
    """An HTML fragment: a figure with one table a block, each in a box that scrolls by itself.

    note: on the run's scale, behind the caption as `scale`, for a page that says it once for several tables. Printed
    values stand in brackets.
    """
    escape: Callable[[str], str] = html.escape
    scale = f' <span class="scale">{escape(note)}</span>' if note else ""
    parts = [f"<figure><figcaption>{escape(caption)}{scale}</figcaption>"]
    for cohort, its_blocks in cohorts.items():
        parts.append(f"<h4>Cohort {escape(cohort)}</h4>")
        for block in its_blocks:
            about = escape(block.heading)
            head = "".join(f'<th scope="col">{escape(column)}</th>' for column in block.columns)
            parts.append(f'<div class="wide" role="group" aria-label="{about}" tabindex="0"><table>')
            parts.append(f"<caption>{about}</caption><thead><tr><td></td>{head}</tr></thead><tbody>")
            for heading, cells in block.lines:
                body = "".join(f"<td>{_html_cell(cell)}</td>" for cell in cells)
                parts.append(f'<tr><th scope="row">{escape(heading)}</th>{body}</tr>')
            parts.append("</tbody></table></div>")
    return "\n".join([*parts, "</figure>"]) + "\n"


def _html_cell(cell: Cell) -> str:
    printed = f'<br><span class="printed">[{html.escape(cell.printed)}]</span>' if _shown(cell) else ""
    return html.escape(cell.ours) + printed

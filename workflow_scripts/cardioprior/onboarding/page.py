"""A data set on one page: what is in it, what is wrong with it and what can be run on it."""

from __future__ import annotations

import base64
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cardioprior import atomic
from cardioprior.onboarding.accounts import VOLUMES, read_tsv

TEMPLATE = Path(__file__).parent / "page.html.j2"
#: pictures on the page; a page of ten thousand would not open
MOST_PICTURES = 200
MOST_FINDINGS = 2000
HISTOGRAMS = {
    "spacing_x_mm": "pixel (mm)",
    "spacing_z_mm": "slice distance (mm)",
    "slices": "slices",
    "frames": "frames",
    "lv_ed_ml": "LV at ED (ml)",
    "lv_es_ml": "LV at ES (ml)",
    "lv_ef_percent": "EF (%)",
    "lv_mass_g": "LV mass (g)",
}
#: where labels measure nothing, what the data set states
STATED = {"lv_ed_ml": "edv_ml", "lv_es_ml": "esv_ml"}
Row = Mapping[str, str]


def write_page(
    subjects_tsv: Path,
    qc_tsv: Path,
    thumbnails: Path,
    about: Mapping[str, Any],
    preparations: Mapping[str, Any],
    out: Path,
) -> None:
    """Writes a self-contained page.

    thumbnails: folder of sub-<id>_thumbnail.png. about: the cohort's name, adapter, why that is the one, and block of
    the configuration. preparations: by study, the class whose `lacks` says who cannot be used.
    """
    import jinja2

    subjects, findings = read_tsv(subjects_tsv), [row for row in read_tsv(qc_tsv) if row["status"] != "ok"]
    shown = _shown(subjects)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        about=about,
        found=len(subjects),
        status=Counter(row["status"] for row in subjects),
        codes=Counter((row["status"], row["code"]) for row in findings).most_common(),
        findings=findings[:MOST_FINDINGS],
        unlisted=max(0, len(findings) - MOST_FINDINGS),
        phases=Counter(row["phases_from"] or "nothing" for row in subjects if row["status"] != "excluded"),
        table=by_group(subjects),
        histograms=_embedded(histograms(subjects)),
        usable={study: usable(subjects, preparation) for study, preparation in preparations.items()},
        pictures=[(row, _picture(thumbnails, row["subject"])) for row in shown],
        left=sum(row["status"] != "excluded" for row in subjects) - len(shown),
    )
    atomic.write_text(out, page)


def by_group(subjects: Sequence[Row]) -> list[dict[str, str]]:
    """A row a group, and one of all if there are several: n, and mean ± standard deviation of each measurement."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in subjects:
        if row["status"] != "excluded":
            groups[row["group"] or "no group"].append(row)
    rows = [_summary(name, groups[name]) for name in sorted(groups)]
    return (
        [*rows, _summary("all", [row for of_group in groups.values() for row in of_group])] if len(rows) > 1 else rows
    )


def usable(subjects: Sequence[Row], preparation: Any) -> dict[str, Any]:
    """How many subjects a study could use, and what the others lack, by how many."""
    kept = [row for row in subjects if row["status"] != "excluded"]
    lacking = Counter(preparation.lacks(row) for row in kept)
    return {"n": lacking.pop("", 0), "lacking": lacking.most_common()}


def histograms(subjects: Sequence[Row]) -> bytes:
    """PNG of stacked histograms by group, one for each of HISTOGRAMS that has values; empty if none has."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    groups = sorted({row["group"] or "no group" for row in subjects if row["status"] != "excluded"})
    values = {column: [_values(subjects, column, group) for group in groups] for column in HISTOGRAMS}
    filled = {column: of_groups for column, of_groups in values.items() if any(map(len, of_groups))}
    if not filled:
        return b""
    columns = min(4, len(filled))
    lines = -(-len(filled) // columns)
    figure = Figure(figsize=(3 * columns, 2.2 * lines + 0.3), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.flat[len(filled) :]:
        axes.set_axis_off()
    for axes, (column, of_groups) in zip(grid.flat, filled.items(), strict=False):
        together = np.concatenate(of_groups)
        edges = np.linspace(together.min() - 0.5 * (np.ptp(together) == 0), together.max() + 0.5, 16)
        axes.hist(of_groups, edges, stacked=True, label=groups)
        axes.set_xlabel(HISTOGRAMS[column], fontsize=8)
        axes.tick_params(labelsize=7)
    if len(groups) > 1:
        figure.legend(*grid.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=8, fontsize=7)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110, metadata={"Software": None})
    return content.getvalue()


def _values(subjects: Sequence[Row], column: str, group: str) -> np.ndarray:
    texts = (_cell(row, column) for row in subjects if (row["group"] or "no group") == group)
    return np.array([float(text) for text in texts if text], float)


def _cell(row: Row, column: str) -> str:
    """A measurement's text, else what the data set states of it; empty for who is excluded."""
    if row["status"] == "excluded":
        return ""
    return row[column] or (row[STATED[column]] if column in STATED else "")


def _summary(name: str, rows: Sequence[Row]) -> dict[str, str]:
    cells = {"group": name, "n": str(len(rows))}
    for column in VOLUMES:
        values = np.array([float(text) for row in rows if (text := _cell(row, column))])
        spread = f" ± {values.std(ddof=1):.1f}" if len(values) > 1 else ""
        cells[column] = f"{values.mean():.1f}{spread}" if len(values) else ""
    return cells


def _shown(subjects: Sequence[Row]) -> list[Row]:
    """Whose pictures are on the page: those with warnings first if there are too many, in the order of their names."""
    kept = [row for row in subjects if row["status"] != "excluded"]
    chosen = sorted(kept, key=lambda row: row["status"] != "warning")[:MOST_PICTURES]
    return sorted(chosen, key=lambda row: row["subject"])


def _picture(folder: Path, subject: str) -> str:
    path = folder / f"sub-{subject}_thumbnail.png"
    return _embedded(path.read_bytes()) if path.is_file() else ""


def _embedded(png: bytes) -> str:
    """A picture as a URL that holds it, empty if there is none."""
    return "data:image/png;base64," + base64.b64encode(png).decode() if png else ""

"""Write picture sheets of the phantom, one PNG a view and group, to look at.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/sheets.py FOLDER [--subjects N]

`<group>_sax.png`: the short-axis stack from apex to base at ED and ES, contours in every second row.
`<group>_cycle.png`: a mid-ventricular slice over the cycle. `<group>_la4ch.png`: the four-chamber plane at ED and ES,
without and with contours. `<group>_hr.png`: the high-resolution volume at ED in three planes. `<group>_us.png`:
ultrasound in three planes, where the phantom has it. Contours: LV red, wall (its outer border) green, RV blue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import hearts
import matplotlib as mpl
import numpy as np

from cardioprior.cohorts.phantom import Views
from cardioprior.imaging.labels import LV, MYO, RV

CYCLE_FRAMES, SHOWN_FRAMES = 25, 12
CROP_MM = 150.0  # of short-axis pictures, around the heart
CELL_INCHES, LARGE_INCHES, TITLE_INCHES = 2.2, 3.4, 0.16  # large: where a row has few pictures
STACK = {
    "slices": (6, 16),
    "beyond": (1, 1),
    "pixel_mm": (1.4, 1.4),
    "matrix": 192,
    "thickness_mm": 8.0,
    "gap_mm": 2.0,
    "breathing_mm": 1.0,
}
STILL_VIEWS = {
    "hr": {"shape_zyx": (72, 144, 144), "pixel_mm": 1.25, "spacing_mm": 2.0},
    "la4ch": {"matrix": 192, "pixel_mm": 1.25, "thickness_mm": 6.0},
}
ULTRASOUND = {"us": {"shape_zyx": (128, 128, 128), "pixel_mm": 1.0, "spacing_mm": 1.0}}


@dataclass(frozen=True)
class Cell:
    """Of a sheet: grey values (rows, columns), labels to draw or None, a pixel's size (down, across), title."""

    image: np.ndarray
    labels: np.ndarray | None
    pixel_mm: tuple[float, float]
    title: str = ""


Row = list[Cell]


# --- what is on the sheets ----------------------------------------------------------------------------------------


def pictures(subject_id: str, per_group: int) -> dict[str, list[Row]]:
    """A subject's rows on every sheet."""
    beating = hearts.adapter(
        "phantom_cine", per_group, frames=(CYCLE_FRAMES, CYCLE_FRAMES), phases="all", views={"sax": STACK}
    ).scan(subject_id)
    still = hearts.adapter(
        "phantom_cine", per_group, frames=(CYCLE_FRAMES, CYCLE_FRAMES), phases="ed_es", views=STILL_VIEWS
    ).scan(subject_id)
    sax, person = beating.pictures["sax"], beating.person
    name = f"{subject_id} {person.sex} {person.lv_edv_ml:.0f} ml EF {100 * person.lv_ef:.0f} %"
    sheets = {
        "sax": list(_stack_rows(sax.image, sax.labels, sax.grid.pixel_mm, beating.cycle.es_frame, name)),
        "cycle": [_cycle_row(sax.image, sax.labels, sax.grid.pixel_mm, name)],
        "la4ch": [_four_chamber_row(still.pictures["la4ch"], name)],
        "hr": [_volume_row(still.pictures["hr"], name)],
    }
    ultrasound = _ultrasound(subject_id, per_group)
    return sheets | ({"us": [_volume_row(ultrasound, name)]} if ultrasound else {})


def _ultrasound(subject_id: str, per_group: int) -> Any:
    """The ultrasound picture at ED and ES, None where the phantom does not make it."""
    if "us" not in Views.model_fields:
        return None
    maker = hearts.adapter(
        "phantom_cine", per_group, frames=(CYCLE_FRAMES, CYCLE_FRAMES), phases="ed_es", views=ULTRASOUND
    )
    return maker.scan(subject_id).pictures.get("us")


def _stack_rows(image: np.ndarray, labels: np.ndarray, pixel_mm: float, es_frame: int, name: str) -> Iterator[Row]:
    window = _window(labels, pixel_mm)
    for frame, phase in ((0, "ED"), (es_frame, "ES")):
        for drawn in (False, True):
            yield [
                Cell(
                    image[frame, index][window],
                    labels[frame, index][window] if drawn else None,
                    (pixel_mm, pixel_mm),
                    f"{name} {phase}" if index == 0 and not drawn else "",
                )
                for index in range(len(image[frame]))
            ]


def _cycle_row(image: np.ndarray, labels: np.ndarray, pixel_mm: float, name: str) -> Row:
    window = _window(labels, pixel_mm)
    shown = np.flatnonzero((labels[0] == LV).any(axis=(1, 2)))
    middle = int(shown[len(shown) // 2])
    frames = np.linspace(0, len(image), SHOWN_FRAMES, endpoint=False).astype(int)
    return [
        Cell(
            image[frame, middle][window],
            labels[frame, middle][window],
            (pixel_mm, pixel_mm),
            name if frame == 0 else f"frame {frame}",
        )
        for frame in frames
    ]


def _four_chamber_row(picture: Any, name: str) -> Row:
    row = []
    for frame, phase in ((0, "ED"), (1, "ES")):
        for labels in (None, picture.labels[frame, 0]):
            title = f"{name} {phase}" if labels is None else ""
            row.append(Cell(picture.image[frame, 0], labels, (picture.grid.pixel_mm,) * 2, title))
    return row


def _volume_row(picture: Any, name: str) -> Row:
    """Three planes through the LV's centre at ED, without and with contours; long ones have the base at the top."""
    image, labels = picture.image[0], picture.labels[0]
    z, y, x = (round(float(place)) for place in np.argwhere(labels == LV).mean(axis=0))
    across, through = picture.grid.pixel_mm, picture.grid.spacing_mm
    planes = (
        (np.s_[z], (across, across), "short axis"),
        (np.s_[::-1, y], (through, across), "along rows"),
        (np.s_[::-1, :, x], (through, across), "along columns"),
    )
    row = []
    for place, pixel_mm, title in planes:
        row.append(Cell(image[place], None, pixel_mm, f"{name} {title}" if title == "short axis" else title))
        row.append(Cell(image[place], labels[place], pixel_mm))
    return row


def _window(labels: np.ndarray, pixel_mm: float) -> tuple[slice, slice]:
    """Rows and columns of CROP_MM around the heart in labels (F, slices, rows, columns)."""
    places = np.argwhere(labels[0].any(axis=0))
    half = int(CROP_MM / pixel_mm / 2)
    middle = (places.min(axis=0) + places.max(axis=0)) // 2
    return tuple(slice(max(centre - half, 0), centre + half) for centre in middle.tolist())  # type: ignore[return-value]


# --- drawing ------------------------------------------------------------------------------------------------------


def draw(rows: Sequence[Row], path: Path) -> None:
    """Writes a sheet; grey values are scaled over each row."""
    import matplotlib.pyplot as plt

    columns = max(map(len, rows))
    inches = CELL_INCHES if columns > 6 else LARGE_INCHES
    size = (inches * columns, inches * len(rows))
    figure, axes = plt.subplots(len(rows), columns, figsize=size, squeeze=False, facecolor="black")
    for line, row in zip(axes, rows, strict=True):
        low, high = np.percentile(np.concatenate([cell.image.ravel() for cell in row]), (1, 99.5))
        for axis in line:
            axis.axis("off")
        for axis, cell in zip(line, row, strict=False):
            axis.imshow(cell.image, cmap="gray", vmin=low, vmax=high, aspect=cell.pixel_mm[0] / cell.pixel_mm[1])
            axis.set_title(cell.title, color="white", fontsize=7, loc="left", pad=2)
            _contours(axis, cell.labels)
    figure.subplots_adjust(0, 0, 1, 1 - TITLE_INCHES / size[1], 0.01, TITLE_INCHES / (inches - TITLE_INCHES))
    figure.savefig(path, dpi=100, facecolor="black")
    plt.close(figure)


def _contours(axis: Any, labels: np.ndarray | None) -> None:
    if labels is None:
        return
    for values, colour in (((LV,), "red"), ((LV, MYO), "lime"), ((RV,), "deepskyblue")):
        mask = np.isin(labels, values)
        if mask.any():
            axis.contour(mask, [0.5], colors=colour, linewidths=0.7)


def main() -> None:
    parser = hearts.arguments(__doc__, 3)
    parser.add_argument("folder", type=Path, help="where the sheets go")
    parser.add_argument("--groups", nargs="+", choices=hearts.GROUPS, default=hearts.GROUPS)
    options = parser.parse_args()
    mpl.use("Agg")
    options.folder.mkdir(parents=True, exist_ok=True)
    for group in options.groups:
        ids = hearts.subject_ids(options.subjects, (group,))
        found = hearts.each(partial(pictures, per_group=options.subjects), ids, options.jobs)
        for sheet in found[0]:
            path = options.folder / f"{group}_{sheet}.png"
            draw([row for one in found for row in one.get(sheet, [])], path)
            print(path)


if __name__ == "__main__":
    main()

"""From images that methods made to what people rate: pictures under names that say nothing, sheets, and the key.

Whoever rates gets the folder of the sheets; the key, which tells whose picture is whose, lies beside that folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from cardioprior import atomic
from cardioprior.figures.contract import Pair
from cardioprior.figures.slice_pictures import Tile
from cardioprior.figures.stack_views import view_rows
from cardioprior.store import Record

KEY_COLUMNS = ("item", "subject", "method")
SHEET_COLUMNS = ("item", "picture", "score")
PICTURES = "pictures"
#: width of each of a picture's nine images, and of their white frames
TILE_PIXELS, FRAME_PIXELS = 240, 5
READ_ME = """What to do

The folder `pictures` has a picture an item. Each shows one heart in three columns: the image as it was acquired, with
thick slices; the high-resolution image of the same heart, for reference; and, on the right, the image to rate, which
was made from the first. The upper two rows cut across the slices, the third is a slice.

Give the image on the right a whole number from 1 (very poor) to 5 (excellent) for how accurately it shows the border
and the shape of the left ventricle. Write it into the column `score` of your own sheet ({sheets}), a number
in every row, and save it as CSV under the same name. Work alone, in the order of the sheet.
"""


def run(methods: Mapping[str, Iterable[Pair]], seed: int, key: Path, sheets: Sequence[Path]) -> None:
    """Writes the key, an empty sheet a rater, and beside the sheets the pictures and what to do.

    methods: of every method's title, predictions with array `upsampled` and the records of paired_stacks that they were
    made from. Pictures of earlier runs go.
    """
    pictures = sheets[0].parent / PICTURES
    items = []
    for method, pairs in methods.items():
        for prediction, record in pairs:
            made = prediction.arrays["upsampled"]
            item = name_of(made, seed, method, record.subject)
            _draw(pictures / f"{item}.png", made, record)
            items.append((item, record.subject, method))
    items.sort()
    for picture in pictures.glob("*.png"):
        if picture.stem not in {item for item, _, _ in items}:
            picture.unlink()
    atomic.write_text(sheets[0].with_name("read_me.txt"), READ_ME.format(sheets=" or ".join(s.name for s in sheets)))
    for sheet_path in sheets:
        _write(sheet_path, SHEET_COLUMNS, [(item, f"{PICTURES}/{item}.png", "") for item, _, _ in items])
    _write(key, KEY_COLUMNS, items)


def name_of(image: np.ndarray, seed: int, method: str, subject: str) -> str:
    """The name of the picture of a made image, ten characters that say nothing.

    It is a digest of the image in 256 grey values: other images have other names, so that scores can never be taken for
    those of pictures that were not seen; and the order of names is a shuffled one.
    """
    grey = np.round(255 * image.clip(0, 1)).astype(np.uint8)
    return hashlib.sha256(f"{seed} {method} {subject} ".encode() + grey.tobytes()).hexdigest()[:10]


def _draw(path: Path, made: np.ndarray, record: Record) -> None:
    """Low resolution, high resolution and the made image side by side, in the views of figures/stack_views.py."""
    from matplotlib.image import imsave

    columns = {"low resolution": record.arrays["image"], "high resolution": record.arrays["image_hr"], "to rate": made}
    rows = [np.hstack([_enlarged(tile) for tile in tiles]) for tiles in view_rows(record, columns)]
    with atomic.replacing(path) as temporary:
        imsave(temporary, np.vstack(rows), cmap="gray", vmin=0, vmax=1)


def _enlarged(tile: Tile) -> np.ndarray:
    """A tile's image at TILE_PIXELS or a little more across, every pixel a block, in a white frame."""
    scale = -(-TILE_PIXELS // tile.image.shape[1])
    large = tile.image.repeat(round(scale * tile.aspect), axis=0).repeat(scale, axis=1)
    return np.pad(large, FRAME_PIXELS, constant_values=1)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    atomic.write_text(path, text.getvalue())

"""Contours in DICOM overlay planes: bits in the file, pictures of outlines in memory.

An overlay plane is a 1-bit picture in one of the groups 6000, 6002 ... 601E (DICOM PS3.3 C.9.2): rows in (60xx,0010),
columns in (60xx,0011), packed bits in (60xx,3000), least significant bit first. Siemens' contours are closed outlines,
one pixel wide. What the outlines mean is in imaging.outlines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.errors import SubjectError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

GROUPS = tuple(range(0x6000, 0x6020, 2))
_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION, _ORIGIN, _LABEL, _DATA = 0x10, 0x11, 0x15, 0x22, 0x50, 0x1500, 0x3000
TAGS = tuple(
    (group << 16) | element
    for group in GROUPS
    for element in (_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION, _ORIGIN, _LABEL, _DATA)
)


@dataclass(frozen=True, eq=False)
class Overlay:
    """One overlay plane.

    group: 0x6000 to 0x601E. text: its description and label, "" where there are none.
    bits: bool, shape (rows, columns) of the overlay, which need not be the image's.
    origin: row and column of the image, counted from 1, that the plane's first pixel lies on.
    """

    group: int
    text: str
    bits: np.ndarray
    origin: tuple[int, int] = (1, 1)


def read_overlays(dataset: Dataset, source: str) -> list[Overlay]:
    """All overlay planes of a file that have pixels of their own, by group; planes without a set pixel included.

    Planes of the retired kind, in the unused bits of the pixel data, are left out. `source` names the file in the
    error (SubjectError `bad_overlay`) that a plane without a size, with several frames or with too few bytes raises.
    """
    found = []
    tags = dataset.keys()  # not the dataset itself: that would parse every element
    for group in sorted({tag >> 16 for tag in tags}.intersection(GROUPS)):
        data = _value(dataset, group, _DATA, None)
        if data:
            found.append(_read_plane(dataset, group, data, source))
    return found


def _read_plane(dataset: Dataset, group: int, data: bytes, source: str) -> Overlay:
    rows, columns = int(_value(dataset, group, _ROWS, 0)), int(_value(dataset, group, _COLUMNS, 0))
    frames = int(_value(dataset, group, _FRAMES, 1))
    if rows < 1 or columns < 1 or frames != 1 or len(data) * 8 < rows * columns:
        raise SubjectError(
            "bad_overlay",
            f"{source}: overlay ({group:04X},3000) has {len(data)} bytes for {frames} frame(s) of {rows} x {columns}; "
            "wanted one frame, one bit a pixel",
        )
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=rows * columns, bitorder="little")
    texts = (str(_value(dataset, group, element, "")).strip() for element in (_DESCRIPTION, _LABEL))
    first_row, first_column = _value(dataset, group, _ORIGIN, (1, 1))
    return Overlay(
        group=group,
        text=" ".join(text for text in texts if text),
        bits=bits.reshape(rows, columns).astype(bool),
        origin=(int(first_row), int(first_column)),
    )


def _value(dataset: Dataset, group: int, element: int, default: Any) -> Any:
    found = dataset.get((group, element))
    return default if found is None or found.value is None else found.value


def pack(bits: np.ndarray) -> bytes:
    """The value of (60xx,3000) for a bool picture (rows, columns): least significant bit first, of even length."""
    packed = np.packbits(np.asarray(bits, bool).ravel(), bitorder="little").tobytes()
    return packed + b"\0" * (len(packed) % 2)


def draw(mask: np.ndarray) -> np.ndarray:
    """The outline of a mask (rows, columns): its pixels with a 4-neighbour outside it or outside the picture.

    `outlines.fill(draw(mask))` is the mask, for any mask without holes; a region of one or two pixels' width is all
    outline.
    """
    mask = np.asarray(mask, bool)
    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inside

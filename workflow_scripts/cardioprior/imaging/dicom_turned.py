"""Slices whose rows and columns are exchanged or run the other way: the same plane, filed otherwise.

Scanners choose rows and columns by the slice's obliquity, so that one slice of a stack may be filed as its neighbours'
transpose. Left alone it would be missing from its stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cardioprior.imaging.dicom_files import Header

#: cosine of one degree: axes nearer than that are one
ALIKE = np.cos(np.radians(1.0))


def turned_like(file: Header, like: Header) -> Header | None:
    """The file with the axes of `like`'s: `turn` says how its pixels are to be read. None if no axes coincide.

    Planes may be parallel or opposite; what coincides already is returned as it is.
    """
    row, column = np.array(file.row), np.array(file.column)
    wanted_row, wanted_column = np.array(like.row), np.array(like.column)
    shape, spacing = file.shape, file.spacing_mm
    swapped = abs(row @ wanted_column) >= ALIKE
    if swapped:
        row, column = column, row
        shape, spacing = (shape[1], shape[0]), (spacing[1], spacing[0])
    if min(abs(row @ wanted_row), abs(column @ wanted_column)) < ALIKE:
        return None
    position = np.array(file.position)
    back_rows, back_columns = bool(column @ wanted_column < 0), bool(row @ wanted_row < 0)
    if back_rows:
        position = position + column * spacing[0] * (shape[0] - 1)
        column = -column
    if back_columns:
        position = position + row * spacing[1] * (shape[1] - 1)
        row = -row
    turn = (swapped, back_rows, back_columns)
    overlays = tuple(replace(plane, bits=turn_pixels(plane.bits, turn)) for plane in file.overlays)
    return replace(
        file,
        shape=shape,
        spacing_mm=spacing,
        row=tuple(row.tolist()),
        column=tuple(column.tolist()),
        position=tuple(position.tolist()),
        overlays=overlays,
        turn=turn,
    )


def turn_pixels(pixels: np.ndarray, turn: tuple[bool, bool, bool]) -> np.ndarray:
    """A picture (rows, columns) with its axes exchanged, then its rows, then its columns reversed, as far as asked."""
    swapped, back_rows, back_columns = turn
    turned = pixels.T if swapped else pixels
    turned = turned[::-1] if back_rows else turned
    return np.ascontiguousarray(turned[:, ::-1] if back_columns else turned)


def is_turned(files: Sequence[Header]) -> bool:
    """Whether any of the files is read with other axes than it has."""
    return any(any(file.turn) for file in files)

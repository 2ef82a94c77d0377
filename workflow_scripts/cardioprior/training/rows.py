"""Cases of many records as one tensor, or as what can be indexed like one where they do not fit into memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from cardioprior.store import OnDisk


def rows(arrays: Sequence[np.ndarray | OnDisk], device: torch.device) -> Tensor | RowsOnDisk:
    """Arrays of records, one behind the other along their first axis: on the device, or on disk where they are."""
    stored = [array for array in arrays if isinstance(array, OnDisk)]
    if len(stored) == len(arrays):
        return RowsOnDisk(stored, device)
    return torch.from_numpy(np.concatenate(arrays)).to(device)


class RowsOnDisk:
    """Stored arrays, one behind the other along their first axis: indexing reads what is asked for to the device."""

    def __init__(self, arrays: Sequence[OnDisk], device: torch.device) -> None:
        self.arrays, self.device = arrays, device
        self.ends = list(accumulate(map(len, arrays)))
        self.shape = torch.Size((self.ends[-1], *arrays[0].shape[1:]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: slice | Sequence[int]) -> Tensor:
        places = range(len(self))[index] if isinstance(index, slice) else index
        return torch.from_numpy(np.stack([self._row(place) for place in places])).to(self.device)

    def _row(self, place: int) -> np.ndarray:
        record = bisect_right(self.ends, place)
        return self.arrays[record][place - self.ends[record]]

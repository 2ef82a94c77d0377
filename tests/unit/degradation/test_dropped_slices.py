"""Every other slice left out, for testing what makes it again."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.degradation.dropped_slices import degrade
from cardioprior.store import Record


@pytest.mark.parametrize(("slices", "kept"), [(3, [0, 2]), (6, [0, 2, 4]), (7, [0, 2, 4, 6])])
def test_what_is_left_out_has_a_kept_neighbour_on_either_side(slices, kept):
    image = np.arange(slices)[:, None, None] * np.ones((1, 2, 2))
    record = Record("a", {"image_ED": image, "regions_ED": np.arange(slices)}, {"crop": 2})
    found = degrade(record, np.random.default_rng(0))
    assert found.arrays["image_ED"][:, 0, 0].tolist() == kept
    whole = list(range(kept[-1] + 1))
    assert found.arrays["reference_ED"][:, 0, 0].tolist() == found.arrays["regions_ED"].tolist() == whole
    assert found.meta == {"crop": 2}

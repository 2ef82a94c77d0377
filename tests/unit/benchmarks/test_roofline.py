"""What bounds a step: worked by hand for a product of matrices."""

from __future__ import annotations

import pytest
import torch

from benchmarks import page
from benchmarks.roofline import Peaks, Recorded, bound, networks, profile

DEVICE = torch.device("cpu")


def test_a_product_has_its_operations_and_moves_its_three_matrices():
    one, other = torch.rand(2, 3), torch.rand(3, 4)
    with Recorded() as recorded:
        one @ other
    assert recorded.operations == [("aten.mm", 2 * 2 * 3 * 4, 4 * (2 * 3 + 3 * 4 + 2 * 4))]


def test_looking_at_a_tensor_otherwise_moves_nothing():
    with Recorded() as recorded:
        torch.rand(2, 3).view(3, 2).t()
    assert [name for name, *_ in recorded.operations] == ["aten.rand"]


def test_each_operation_takes_what_the_slower_of_both_takes():
    operations = [("multiplies", 100.0, 1.0), ("moves", 1.0, 30.0), ("moves", 0.0, 10.0)]
    seconds, arithmetic, largest = bound(operations, Peaks(flops=10.0, bandwidth=2.0))
    assert seconds == 10 + 15 + 5
    assert arithmetic == pytest.approx(10 / 30)
    assert largest == [("moves", pytest.approx(20 / 30)), ("multiplies", pytest.approx(10 / 30))]


def test_every_network_is_built_and_the_page_has_a_row_of_each_profile():
    small = next(network for network in networks() if network.name == "LO, generator")
    found = profile(small, DEVICE, torch.float32, Peaks(1e10, 1e10))
    assert found.input == (4, 64) and found.step_s > 0 and 0 < found.arithmetic < 1
    assert found.flops > 0 and found.moved_bytes > 4 * found.parameters
    device = {"device": "a machine", "kind": "float32", "share": 4, "flops": 1e10, "bandwidth": 1e10}
    text = page.page([], [device, vars(found)])
    assert "| LO, generator | 4 x 64 | " in text and "divided by 4" in text
    name, share = found.costly[0]
    assert f"{name.removeprefix('aten.')} {share:.0%}" in text
    for network in networks():
        assert sum(weights.numel() for weights in network.build(4).parameters()) > 0

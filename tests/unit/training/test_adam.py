"""Adam as torch has it, at less cost."""

from __future__ import annotations

import copy
import subprocess
import sys

import torch
from torch import nn

from cardioprior.networks.blocks import channels_last, double_conv
from cardioprior.training.adam import Adam

STEPS = """
import sys, torch
from cardioprior.training.adam import Adam
weight = torch.nn.Parameter(torch.ones(3))
adam = Adam([weight], lr=0.1)
for _ in range(2):
    adam.zero_grad(set_to_none=True)
    weight.square().sum().backward()
    adam.step()
    adam.load_state_dict(adam.state_dict())
print(float(weight[0]) < 0.9, "torch._dynamo" in sys.modules)
"""


def losses(network: nn.Module, optimiser: torch.optim.Optimizer, steps: int = 10) -> list[float]:
    found = []
    for step in range(steps):
        image = torch.randn((2, 1, 3, 8, 8), generator=torch.Generator().manual_seed(step), dtype=torch.float64)
        optimiser.zero_grad(set_to_none=True)
        loss = (network(image) - image).square().mean()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    return found


def test_a_network_learns_as_with_the_adam_of_torch_whatever_the_layout_of_its_weights():
    torch.manual_seed(0)
    network = double_conv(1, 4, (3, 3, 3)).double()
    twin = copy.deepcopy(network)
    channels_last(network)
    theirs = torch.optim.Adam(twin.parameters(), lr=1e-2, weight_decay=1e-3)
    found = losses(network, Adam(network.parameters(), lr=1e-2, weight_decay=1e-3))
    expected = losses(twin, theirs)
    torch.testing.assert_close(torch.tensor(found), torch.tensor(expected), rtol=1e-6, atol=0)
    assert found[-1] < found[0]


def test_a_step_imports_no_compiler():
    done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]

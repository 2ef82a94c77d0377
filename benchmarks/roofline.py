"""A training step of every large network beside what the device could do at best: what bounds it, and how far it is.

    python -m benchmarks.roofline          JSON of all networks on the last line

The bound takes the operations of a step one by one, as they are run: none can be faster than its multiplications at
the device's measured peak, nor than reading its inputs and writing its results once at the measured bandwidth. The
larger of both, summed, is the least that a step of these operations can take (fusing them would move less).
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from benchmarks.device import wait
from benchmarks.harness import seconds_of
from cardioprior.networks.anatomical import AnatomicalNet
from cardioprior.networks.blocks import channels_last, parameter_count
from cardioprior.networks.edsr import EDSR
from cardioprior.networks.frame_detector import FrameDetector
from cardioprior.networks.kspace import CodeDecoder, CodeEncoder, SynNet
from cardioprior.networks.pspu_net import PSPUNet
from cardioprior.networks.shape_prior import ShapeAutoencoder
from cardioprior.networks.shape_vae import ShapeGenerator, coarse_size
from cardioprior.networks.slice_autoencoder import SliceAutoencoder
from cardioprior.networks.unet_3d import UNet3D
from cardioprior.training.adam import Adam

ROUNDS = 3
#: of the published widths and batches, where there is no GPU
SHARE = 4
CINE, STACK = (50, 168, 208), (60, 120, 120)


@dataclass(frozen=True)
class Network:
    """name: with the paper's part. build: from what to divide widths by. shape: of an input without its batch. batch:
    as published."""

    name: str
    build: Callable[[int], nn.Module]
    shape: tuple[int, ...]
    batch: int


@dataclass(frozen=True)
class Peaks:
    """What the device does at best, measured: arithmetic (floating-point operations a second, of a product of matrices
    or of a convolution, whichever does more), and copies (bytes a second, read and written)."""

    flops: float
    bandwidth: float


@dataclass
class Profile:
    """A network's step. parameters; flops: floating-point operations of convolutions and products; moved_bytes: read
    and written by all operations; arithmetic: share of the bound in operations that arithmetic bounds; bound_s, step_s:
    the bound and the median of the measured times; costly: the operations that have most of the bound, with shares."""

    name: str
    input: tuple[int, ...]
    parameters: int
    flops: float
    moved_bytes: float
    arithmetic: float
    bound_s: float
    step_s: float
    costly: list[tuple[str, float]]


def networks() -> list[Network]:
    """At the published sizes."""
    return [
        Network("3D U-net (thesis, 5)", lambda s: UNet3D(64 // s), (1, 3, 176, 176), 3),
        Network("PSPU-net (thesis, 5)", lambda s: PSPUNet(32 // s), (1, 3, 176, 176), 3),
        Network("frame detector (thesis, 7)", lambda s: FrameDetector(64 // s, 176), (1, 30, 176, 176), 2),
        Network("ACNN-Seg", lambda s: AnatomicalNet(32 // s, 4), (1, 12, 120, 120), 8),
        Network("ACNN, autoencoder", lambda s: ShapeAutoencoder(16 // s, 3, STACK), (3, *STACK), 8),
        Network("LO, generator", lambda s: ShapeGenerator(4, coarse_size((64, 128, 128)), 64, 4 // s), (64,), 16),
        Network("EDSR", lambda s: EDSR(4, 64 // s), (4, 64, 32, 32), 4),
        Network("Syn-net", lambda s: SynNet(32 // s, CINE[0]), (2, *CINE), 8),
        Network("LI-net", lambda s: _li_net(32 // s), (2, *CINE), 8),
        Network("slice autoencoder", lambda s: SliceAutoencoder("text", 32 // s), (1, 128, 128), 12),
    ]


def _li_net(width: int) -> nn.Module:
    return nn.Sequential(CodeEncoder(width, 2, CINE), CodeDecoder(width, 4, CINE))


class Recorded(TorchDispatchMode):
    """Name, floating-point operations and bytes of every operation that is run while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[str, float, float]] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = function(*args, **(kwargs or {}))
        if not function.is_view:
            kind = function._overloadpacket
            count = flop_registry.get(kind)
            flops = float(count(*args, **(kwargs or {}), out_val=found)) if count else 0.0
            self.operations.append((str(kind), flops, float(_bytes((args, kwargs, found)))))
        return found


def _bytes(values: Any) -> int:
    """Of all tensors, each counted as often as it is named: one that is changed in place is read and written."""
    return sum(leaf.numel() * leaf.element_size() for leaf in tree_leaves(values) if isinstance(leaf, Tensor))


def bound(operations: list[tuple[str, float, float]], peaks: Peaks) -> tuple[float, float, list[tuple[str, float]]]:
    """Seconds that the operations take at least, the share of it in those bound by arithmetic, and the three kinds of
    operation with the largest shares."""
    whole, arithmetic, kinds = 0.0, 0.0, dict[str, float]()
    for name, flops, moved in operations:
        least = max(flops / peaks.flops, moved / peaks.bandwidth)
        whole += least
        arithmetic += least if flops / peaks.flops >= moved / peaks.bandwidth else 0.0
        kinds[name] = kinds.get(name, 0.0) + least
    largest = sorted(kinds.items(), key=lambda item: -item[1])[:3]
    return whole, arithmetic / whole, [(name, least / whole) for name, least in largest]


def measured_peaks(device: torch.device, kind: torch.dtype) -> Peaks:
    """Medians over the rounds."""
    side, width, length = (8192, 512, 1 << 28) if device.type == "cuda" else (1536, 128, 1 << 25)
    one, other = (torch.rand((side, side), device=device).to(kind) for _ in range(2))
    layer = nn.Conv2d(width, width, 3, padding=1, bias=False).to(device, kind, memory_format=torch.channels_last)
    image = torch.rand((8, width, 64, 64), device=device).to(kind, memory_format=torch.channels_last)
    row = torch.rand(length, device=device)
    target = torch.empty_like(row)
    with torch.no_grad():
        of_matrices = 2.0 * side**3 / _median_s(partial(torch.matmul, one, other))
        of_layers = 2.0 * image.numel() * width * 9 / _median_s(partial(layer, image))
    return Peaks(
        max(of_matrices, of_layers),
        2.0 * row.numel() * row.element_size() / _median_s(partial(target.copy_, row)),
    )


def _median_s(work: Callable[[], Any]) -> float:
    """After a first time that is not counted."""

    def whole() -> None:
        work()
        wait()

    return statistics.median([seconds_of(whole)[0] for _ in range(1 + ROUNDS)][1:])


def profile(network: Network, device: torch.device, kind: torch.dtype, peaks: Peaks) -> Profile:
    """A step: forwards, backwards, Adam; the loss is the mean of the output, which costs next to nothing."""
    share = 1 if device.type == "cuda" else SHARE
    built = network.build(share).to(device)
    channels_last(built)
    # of two at least: batches of one are other kernels, and no paper trained with one
    images = torch.rand((max(network.batch // share, 2), *network.shape), device=device)
    adam = Adam(built.parameters(), lr=1e-4)

    def step() -> None:
        adam.zero_grad(set_to_none=True)
        with torch.autocast(device.type, kind, enabled=kind != torch.float32):
            found = built(images)
        found.float().mean().backward()
        adam.step()

    step_s = _median_s(step)
    with Recorded() as recorded:
        step()
    bound_s, arithmetic, costly = bound(recorded.operations, peaks)
    return Profile(
        network.name,
        tuple(images.shape),
        parameter_count(built),
        sum(flops for _, flops, _ in recorded.operations),
        sum(moved for _, _, moved in recorded.operations),
        arithmetic,
        bound_s,
        step_s,
        costly,
    )


def profiles() -> Iterator[dict[str, Any]]:
    """The device first, then the networks, as JSON values."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    peaks = measured_peaks(device, kind)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} thread(s) of the CPU"
    yield {"device": name, "kind": str(kind).removeprefix("torch."), "share": 1 if device.type == "cuda" else SHARE,
           **asdict(peaks)}  # fmt: skip
    for network in networks():
        yield asdict(profile(network, device, kind, peaks))


if __name__ == "__main__":
    print(json.dumps(list(profiles())))

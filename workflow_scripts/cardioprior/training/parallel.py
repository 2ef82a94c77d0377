"""Training on several devices: one process a device, every one of which takes the same steps.

All processes draw the same batch and augment it; each sends its share of the members through the networks, and all get
all outputs, so that a loss sees the whole batch whatever it does with it. Batch normalisation takes its statistics over
the whole batch. What comes out is the step of a single process, up to the order of sums.

The processes together differentiate the sum of their (equal) losses; hence gradients are averaged over them, both of
what was shared out and of what every process computed for itself.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from cardioprior.errors import CardioPriorError

Result = TypeVar("Result")
#: whether this process is inside a network that was given its share: what that calls is not shared out again
_inside = False


def start(devices: int, work: Callable[..., None], *arguments: Any) -> None:
    """Runs `work(*arguments)` in that many processes of this machine, as torchrun does, and waits for them.

    work: a function of a module; in each process it finds the group made and the GPU chosen. Raises CardioPriorError
    with the sentence of the first process that raised one, where training was asked to stop, and where a process was
    lost.
    """
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    launch = LaunchConfig(
        min_nodes=1, max_nodes=1, nproc_per_node=devices, run_id=f"training-{os.getpid()}", rdzv_backend="c10d",
        rdzv_endpoint="localhost:0", max_restarts=0,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="training-") as folder:
        (Path(folder) / "job").write_bytes(pickle.dumps((work, arguments)))
        try:
            # a command, since a spawned function would run the script again that called us
            elastic_launch(launch, sys.executable)("-c", _COMMAND, folder, json.dumps(sys.path))
        except SignalException:
            raise CardioPriorError("training was asked to stop; the same command goes on from its checkpoint") from None
        except ChildFailedError as error:
            rank, failure = error.get_first_failure()
            said = sorted(Path(folder).glob("said-*"))
            lost = f"process {rank} of {devices} was lost (exit code {failure.exitcode}); the log has what it said"
            raise CardioPriorError(said[0].read_text(encoding="utf-8") if said else lost) from None


_COMMAND = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from cardioprior.training import parallel
parallel.member(sys.argv[1])
"""


def member(folder: str) -> None:
    """One process of a group: does the work that `start` left in the folder."""
    work, arguments = pickle.loads((Path(folder) / "job").read_bytes())
    cuda = torch.cuda.is_available() and torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
    if cuda:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo")
    if not is_first():
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the log has one voice
    try:
        work(*arguments)
    except CardioPriorError as error:
        (Path(folder) / f"said-{dist.get_rank()}").write_text(str(error), encoding="utf-8")
        sys.exit(1)
    finally:
        dist.destroy_process_group()


def stop_requests() -> Callable[[], bool]:
    """For a process of a group: from now on, whether it was told to end, or the process that started it is gone."""
    parent, told = os.getppid(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    return lambda: told.is_set() or os.getppid() != parent


def world_size() -> int:
    """Processes that train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that writes."""
    return world_size() == 1 or dist.get_rank() == 0


def agreed(value: Result) -> Result:
    """The first process's value, in all of them."""
    if world_size() == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]


def any_of(flag: bool) -> bool:
    """Whether it is so in any process."""
    if world_size() == 1:
        return flag
    found = torch.tensor(int(flag))  # on the CPU: no synchronisation with a GPU
    dist.all_reduce(found, dist.ReduceOp.MAX)
    return bool(found)


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replaces the gradients of parameters, in place, by their mean over all processes."""
    if world_size() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    for kind in dict.fromkeys(gradient.dtype for gradient in gradients):
        of_kind = [gradient for gradient in gradients if gradient.dtype == kind]
        flat = torch.cat([gradient.flatten() for gradient in of_kind])
        dist.all_reduce(flat)
        flat /= world_size()
        for gradient, mean in zip(of_kind, flat.split([gradient.numel() for gradient in of_kind]), strict=True):
            gradient.copy_(mean.view_as(gradient))


def share_out(networks: Mapping[str, nn.Module]) -> None:
    """Makes networks, in place, take their process's share of a batch while they are trained, and their batch
    normalisation look at all of it. Nothing changes in a single process.

    Parts of a network that are called by themselves (an encoder) are shared out as networks are.
    """
    if world_size() == 1:
        return
    for name, network in networks.items():
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.forward = _over_the_whole_batch(module)  # type: ignore[method-assign, assignment]
        for part in (network, *network.children()):
            if not isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.forward = _shared(part, name)  # type: ignore[method-assign]


def _shared(part: nn.Module, name: str) -> Callable[..., Any]:
    whole = part.forward

    @wraps(whole)
    def forward(*arguments: Any, **options: Any) -> Any:
        global _inside
        count = next((len(a) for a in (*arguments, *options.values()) if isinstance(a, Tensor) and a.ndim), 0)
        if _inside or not part.training or not torch.is_grad_enabled() or count < world_size():
            return whole(*arguments, **options)
        sizes = [len(members) for members in torch.arange(count).tensor_split(world_size())]
        first = sum(sizes[: dist.get_rank()])
        mine = slice(first, first + sizes[dist.get_rank()])

        def taken(value: Any) -> Any:
            return value[mine] if isinstance(value, Tensor) and value.ndim and len(value) == count else value

        def gathered(value: Tensor) -> Tensor:
            if not value.ndim or len(value) != sizes[dist.get_rank()]:
                raise CardioPriorError(
                    f"{name}: an output has the shape {tuple(value.shape)} for {sizes[dist.get_rank()]} members; "
                    "wanted a row a member, as training on several devices needs"
                )
            rows: Tensor = _Gather.apply(value, mine, count)
            return rows

        _inside = True
        try:
            found = whole(*map(taken, arguments), **{key: taken(value) for key, value in options.items()})
        finally:
            _inside = False
        return _mapped(found, gathered)

    return forward


class _Gather(torch.autograd.Function):
    """The rows of all processes, in all of them."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, mine: slice, count: int) -> Tensor:
        ctx.mine = mine
        whole = torch.zeros((count, *rows.shape[1:]), dtype=torch.promote_types(rows.dtype, torch.float32),
                            device=rows.device)  # fmt: skip
        whole[mine] = rows
        dist.all_reduce(whole)  # of rows that do not overlap
        return whole.to(rows.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        kind = gradients[0].dtype
        whole = gradients[0].to(
            torch.promote_types(kind, torch.float32), memory_format=torch.contiguous_format, copy=True
        )
        dist.all_reduce(whole)
        return whole[ctx.mine].to(kind), None, None


class _Sum(torch.autograd.Function):
    """The sum over all processes, in all of them."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        total = value.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total


def _over_the_whole_batch(norm: nn.modules.batchnorm._BatchNorm) -> Callable[[Tensor], Tensor]:
    alone = norm.forward

    def forward(features: Tensor) -> Tensor:
        if not norm.training:
            return alone(features)
        axes = (0, *range(2, features.ndim))
        shape = (1, -1, *[1] * (features.ndim - 2))
        values = features.to(torch.promote_types(features.dtype, torch.float32))
        counted = torch.cat([values.sum(axes), values.new_tensor([values.numel() / values.shape[1]])])
        *_, count = total = _Sum.apply(counted)
        mean = total[:-1] / count.detach()
        variance = _Sum.apply((values - mean.view(shape)).square().sum(axes)) / count.detach()
        _update_running(norm, mean.detach(), variance.detach() * count.detach() / (count.detach() - 1).clamp_min(1))
        found = (values - mean.view(shape)) * (variance + norm.eps).rsqrt().view(shape)
        if norm.affine:
            found = found * norm.weight.view(shape) + norm.bias.view(shape)
        return found.to(features.dtype)

    return forward


def _update_running(norm: nn.modules.batchnorm._BatchNorm, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    with torch.no_grad():
        norm.num_batches_tracked += 1
        rate = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
        norm.running_mean.lerp_(mean.to(norm.running_mean.dtype), rate)
        norm.running_var.lerp_(variance.to(norm.running_var.dtype), rate)


def _mapped(found: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """What a network returned with every tensor changed: a tensor, or tuples, lists, dicts and dataclasses of them."""
    if isinstance(found, Tensor):
        return change(found)
    if is_dataclass(found) and not isinstance(found, type):
        return replace(found, **{f.name: _mapped(getattr(found, f.name), change) for f in fields(found)})
    if isinstance(found, dict):
        return {key: _mapped(value, change) for key, value in found.items()}
    if isinstance(found, tuple) and hasattr(found, "_fields"):
        return type(found)(*(_mapped(value, change) for value in found))
    if isinstance(found, list | tuple):
        return type(found)(_mapped(value, change) for value in found)
    return found

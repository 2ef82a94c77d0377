"""From prepared data to a model file."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from cardioprior import atomic, digest, registry, seeds
from cardioprior.csv_text import csv_text
from cardioprior.errors import CardioPriorError
from cardioprior.models.contract import FittedModel, GradientModel, ModelBase, ModelRef
from cardioprior.networks.blocks import channels_last, parameter_count
from cardioprior.inference.stored import device_of, load, save
from cardioprior.store import Record, read_shards
from cardioprior.training import parallel
from cardioprior.training.loop import LogRow, LoopSettings, Outcome, train
from cardioprior.training.setting import Setting


#: of the memory that a training asks for: what the data may take, which are held twice while they are put together
SHARE_OF_DATA = 0.4


def records(
    shards: Sequence[Path], roles: Mapping[str, str], role: str, model: type[ModelBase], memory_mb: float
) -> tuple[Record, ...]:
    """Prepared records of the subjects with a role, sorted by subject: independent of the number of shards.

    Where they are larger than the share of the memory that data may take, and the model can read batches from disk,
    their arrays stay there.
    """
    wanted = [subject for subject, its_role in roles.items() if its_role == role]
    if model.streams:
        found = sorted(read_shards(shards, wanted, model.arrays, in_memory=False), key=lambda record: record.subject)
        if sum(array.nbytes for record in found for array in record.arrays.values()) > SHARE_OF_DATA * memory_mb * 1e6:
            print(f"{role}: more than the memory holds; batches are read from disk", flush=True)
            return tuple(found)
    return tuple(sorted(read_shards(shards, wanted, model.arrays), key=lambda record: record.subject))


def run(
    ref: ModelRef,
    settings: Any,
    preparation: Mapping[str, Any],
    compute: Any,
    seed: int,
    shards: Sequence[Path],
    roles: Mapping[str, str],
    dependencies: Mapping[str, Path],
    code: str,
    out: Path,
    log_csv: Path,
    checkpoints: Path,
    stopping: Callable[[], bool],
    parts: Mapping[str, tuple[int, ...]] | None = None,
) -> None:
    """Trains or fits one model and writes it, its description (model.json) and its log (csv).

    preparation: name and settings of what the shards were prepared by; kept in the model's file. parts: of a
    cross-validated study, see Setting; its subjects are read whatever their roles are.
    Checkpoints live under a digest of everything that decides the result, so that a stale one is never resumed, and
    go when the model is written. `compute.devices` above 1 trains in so many processes of this machine, which are asked
    to stop by signals and not by `stopping`.
    """
    work = partial(
        _run, ref, settings, preparation, compute, seed, shards, roles, dependencies, code, out, log_csv, checkpoints,
        parts=parts,
    )  # fmt: skip
    if compute.devices == 1 or issubclass(registry.entry("models", ref.name), FittedModel):
        work(stopping=stopping)
    elif compute.compile:
        raise CardioPriorError("config keys `compute.devices`, `compute.compile`: wanted one device, or no compilation")
    else:
        parallel.start(compute.devices, _in_group, work)


def _in_group(work: Callable[..., None]) -> None:
    torch.set_num_threads(1)
    work(stopping=parallel.stop_requests())


def _run(
    ref: ModelRef, settings: Any, preparation: Mapping[str, Any], compute: Any, seed: int, shards: Sequence[Path],
    roles: Mapping[str, str], dependencies: Mapping[str, Path], code: str, out: Path, log_csv: Path, checkpoints: Path,
    stopping: Callable[[], bool], parts: Mapping[str, tuple[int, ...]] | None,
) -> None:  # fmt: skip
    model = registry.entry("models", ref.name)(settings, ref)
    device = device_of(compute.device)
    roles = dict.fromkeys(parts, "train") if parts else roles
    setting = Setting(
        train=records(shards, roles, "train", type(model), compute.training_memory_mb),
        validation=records(shards, roles, "validation", type(model), compute.training_memory_mb),
        dependencies={name: load(path, device) for name, path in dependencies.items()},
        device=device,
        seed=seeds.derive(seed, ref.study, ref.cohort, ref.fold, ref.id),
        stream=(ref.study, ref.cohort, ref.fold, ref.id),
        parts=parts or {},
    )
    if not setting.train:
        raise CardioPriorError(f"{ref.id}: no subject to train on in {', '.join(map(str, shards))}")
    if isinstance(model, FittedModel):
        atomic.write_json(out.with_suffix(".json"), {"parameters": {}})
        atomic.write_text(log_csv, csv_text(LogRow, ()))
        save(out, {"preparation": dict(preparation), "fitted": model.fit(setting)})
        return
    state = _digest(code, settings, compute, seed, shards, dependencies, ref, roles, parts)
    folder = checkpoints / ref.path.parent
    checkpoint = folder / f"{state}.pt"
    for stale in folder.glob("*.pt") if parallel.is_first() else ():
        if stale != checkpoint:
            stale.unlink()
    outcome, networks, blueprint = _train(model, setting, compute, checkpoint, log_csv, stopping)
    if not parallel.is_first():
        return
    weights = {name: n.state_dict() for name, n in networks.items()}
    save(out, {"preparation": dict(preparation), "blueprint": blueprint, "networks": weights})
    atomic.write_json(out.with_suffix(".json"), _about(ref, outcome, networks, setting))
    checkpoint.unlink(missing_ok=True)


def _train(
    model: GradientModel, setting: Setting, compute: Any, checkpoint: Path, log_csv: Path, stopping: Callable[[], bool]
) -> tuple[Outcome, dict[str, Any], dict[str, Any]]:
    torch.manual_seed(setting.seed)
    blueprint = model.blueprint(setting)
    networks = model.build(blueprint)
    for network in networks.values():
        network.to(setting.device)
        if compute.channels_last:
            channels_last(network)
    parallel.share_out(networks)
    if compute.compile:
        for network in networks.values():
            network.compile()
    events = _tensorboard(log_csv.with_suffix("")) if parallel.is_first() else None

    def watch(rows: Sequence[LogRow]) -> None:
        if events is None:
            return
        atomic.write_text(log_csv, csv_text(LogRow, rows))
        events(rows)

    outcome = train(
        networks,
        model.phases(networks, setting),
        checkpoint,
        setting.seed,
        LoopSettings(compute.precision, compute.checkpoint_seconds),
        watch,
        stopping,
    )
    if parallel.is_first():
        atomic.write_text(log_csv, csv_text(LogRow, outcome.rows))
    return outcome, networks, blueprint


def _about(ref: ModelRef, outcome: Outcome, networks: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    sizes = {name: sum(t.numel() * t.element_size() for t in n.state_dict().values()) for name, n in networks.items()}
    return {
        "model": ref.id,
        "parameters": {name: parameter_count(network) for name, network in networks.items()},
        "parameters_without_batch_norm": {
            name: parameter_count(network, batch_norm=False) for name, network in networks.items()
        },
        "size_mb": {name: size / 1e6 for name, size in sizes.items()},
        "training_seconds": outcome.seconds,
        "samples": outcome.samples,
        "train_subjects": len(setting.train),
        "validation_subjects": len(setting.validation),
        "device": torch.cuda.get_device_name() if setting.device.type == "cuda" else platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def _digest(
    code: str, settings: Any, compute: Any, seed: int, shards: Any, dependencies: Any, ref: ModelRef,
    roles: Mapping[str, str], parts: Mapping[str, tuple[int, ...]] | None,
) -> str:  # fmt: skip
    data = [digest.file_sha256(path) for path in (*shards, *dependencies.values())]
    split = sorted(roles.items()), sorted((parts or {}).items())
    machine = torch.__version__, torch.get_num_threads()
    return digest.text(code, settings, compute.deciding, seed, ref, split, *machine, *data)


def _tensorboard(folder: Path) -> Callable[[Sequence[LogRow]], None]:
    """Writes new rows as TensorBoard events where tensorboard is installed; else does nothing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return lambda rows: None
    writer = SummaryWriter(str(folder))
    written = 0

    def write(rows: Sequence[LogRow]) -> None:
        nonlocal written
        for row in rows[written:]:
            writer.add_scalar(f"{row.phase}/{row.name}/{row.split}", row.value, row.epoch)
        written = len(rows)
        writer.flush()

    return write

"""The page of benchmarks: what was measured, on which machine, against which versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

COMPARED = ("dcm2niix", "medpy", "monai", "scikit-image", "torchio")
USED = ("numpy", "scipy", "torch", "simpleitk", "pydicom")

HEAD = """# Benchmarks

`make bench` wrote this page and `results/benchmarks.csv`. Every stage is measured against what one would use instead:
same input, one thread, values compared before any time is taken, contenders by turns in one process, medians over the
rounds. *Ratio* is a contender's time over this project's, so that 3 means three times as long; *wanted* is the least
that the project asks of itself. Ratios carry to other machines, times do not. *Memory* is the peak of a process that
does this work and no other, libraries and inputs included (of dcm2niix, with the Python that starts it). Jobs of a run,
unlike the processes here, keep the memory that they free: an epoch takes them 8 % less.
"""

SHARES = "The second row is a part of the first, so that its ratio is its share.\n"

OPEN = """## On a GPU

Open: this page was written where there was none, so that nothing is claimed of one. Where there is a CUDA device, the
stage `kspace` runs on it at the paper's size. By the code, data, augmentation and simulation are tensors on the
network's device, `compute.precision: bf16` autocasts, weights are channels-last, Adam is one kernel, and the loop reads
a loss's value once in twenty steps.
"""


def page(measured: Sequence[Mapping[str, Any]], profiles: Sequence[Mapping[str, Any]] = ()) -> str:
    """The page as Markdown. measured: cases as `harness.timed` gives them, with `peak_mb` in their rows. profiles: as
    of `roofline.profiles`, or none."""
    parts = [HEAD, _machine(), *(_section(case) for case in measured)]
    if profiles:
        parts.append(_profiles(profiles[0], profiles[1:]))
    import torch

    if not torch.cuda.is_available():
        parts.append(OPEN)
    return "\n".join(parts)


def _section(case: Mapping[str, Any]) -> str:
    about, rows = case["case"], case["rows"]
    units, unit = about["per"]
    per = [f"{unit} a second"] if unit else []
    columns = ["", "median s", "least to most", *per, "share" if about["share"] else "ratio", "wanted", "memory MB"]
    if not any(row["wanted"] for row in rows):
        columns.remove("wanted")
    lines = []
    for row in rows:
        cells = [row["contender"], f"{row['seconds']:.3g}", f"{row['least']:.3g} to {row['most']:.3g}"]
        cells += [f"{units / row['seconds']:.3g}"] if unit else []
        cells += [f"{100 * row['ratio']:.1f} %" if about["share"] else f"{row['ratio']:.2f}"]
        cells += [_wanted(row)] if "wanted" in columns else []
        cells += [f"{row['peak_mb']:.0f}"]
        lines.append(cells)
    agreed = f" Values: {about['agreement']}." if about["agreement"] else ""
    share = SHARES if about["share"] else ""
    what = f"{about['what'][0].upper()}{about['what'][1:]}"
    return f"## {about['name']}\n\n{what}.{agreed}\n{share}\n" + _table(columns, lines)


def _profiles(device: Mapping[str, Any], networks: Sequence[Mapping[str, Any]]) -> str:
    scale = "published widths and batches"
    if device["share"] > 1:
        scale += f", divided by {device['share']}"
    columns = ["", "input", "M parameters", "GFLOP", "GB moved", "bound s", "by arithmetic", "most of it", "step s"]
    rows = []
    for one in networks:
        cells = [one["name"], " x ".join(map(str, one["input"])), f"{one['parameters'] / 1e6:.2f}"]
        cells += [f"{one['flops'] / 1e9:.3g}", f"{one['moved_bytes'] / 1e9:.3g}", f"{one['bound_s']:.3g}"]
        cells += [f"{one['arithmetic']:.0%}", _costly(one["costly"]), f"{one['step_s']:.3g}"]
        rows.append([*cells, f"{one['step_s'] / one['bound_s']:.1f}"])
    return (
        f"## A training step of the large networks\n\nOn {device['device']}, {device['kind']}, {scale}: forwards, "
        "backwards and Adam. *Bound*: no operation can take less than its multiplications at the device's measured "
        f"peak ({device['flops'] / 1e9:.0f} GFLOP/s of a matrix product or a convolution) nor than moving its inputs "
        f"and results once ({device['bandwidth'] / 1e9:.0f} GB/s of a copy); the larger of both, summed over the "
        "operations as they are run. *By arithmetic*: the share of the bound where multiplications decide; *most of "
        "it*: the operations that make up most of the bound.\n\n" + _table([*columns, "step / bound"], rows)
    )


def _costly(kinds: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name.removeprefix('aten.')} {share:.0%}" for name, share in kinds)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (columns, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(columns)}", *lines[1:]]) + "\n"


def _wanted(row: Mapping[str, Any]) -> str:
    if row["wanted"] is None:
        return ""
    return f"{row['wanted']:g}, {'reached' if row['ratio'] >= row['wanted'] else 'not reached'}"


def _machine() -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in (*USED, *COMPARED))
    load = os.getloadavg()[0]
    return (
        f"Machine: {_processor()}, {os.cpu_count()} core(s), Python {platform.python_version()}; load {load:.1f} "
        f"at the end. Versions: {versions}.\n"
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())

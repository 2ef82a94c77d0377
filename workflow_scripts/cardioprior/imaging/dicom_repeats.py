"""Slices that were acquired again: a patient did not hold the breath, and the last good acquisition counts.

An acquisition is a series, or a part of one: where every trigger time of a slice occurs twice, it was acquired twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cardioprior.errors import Finding
from cardioprior.imaging.dicom_files import Header
from cardioprior.imaging.dicom_stacks import Stack, Study


def last_of_repeats(study: Study) -> tuple[Study, tuple[Finding, ...]]:
    """The study with one acquisition a slice, and a warning if there were several.

    Of several the last one counts, by SeriesNumber, then by the time of acquisition, then by InstanceNumber, unless it
    lacks frames that an earlier one has. A slice whose frames are spread over series is left as it is.
    """
    stacks, dropped = [], 0
    for stack in study.stacks:
        slices = tuple(_last(files, _frames(stack)) for files in stack.slices)
        dropped += sum(len(b) < len(a) for a, b in zip(stack.slices, slices, strict=True))
        stacks.append(replace(stack, slices=slices))
    if not dropped:
        return study, ()
    sentence = f"{study.folder}: {dropped} slice(s) were acquired more than once; took the last complete acquisition"
    return replace(study, stacks=tuple(stacks)), (Finding("warning", "repeated_slice", sentence),)


def _frames(stack: Stack) -> int:
    """The number of frames that most acquisitions of most slices have."""
    counts = Counter(len(files) for of_slice in stack.slices for files in acquisitions(of_slice))
    return max(counts, key=lambda count: (counts[count], count))


def _last(files: Sequence[Header], frames: int) -> tuple[Header, ...]:
    parts = acquisitions(files)
    complete = [part for part in parts if len(part) >= frames]
    if len(parts) == 1 or not complete:
        return tuple(files)
    return tuple(max(complete, key=_order))


def acquisitions(files: Sequence[Header]) -> list[list[Header]]:
    """The frames of a slice by series, and within one by acquisition if every trigger time occurs equally often."""
    series: dict[tuple[str, str], list[Header]] = defaultdict(list)
    for file in files:
        series[file.series].append(file)
    return [part for of_series in series.values() for part in _parts(of_series)]


def _parts(files: list[Header]) -> list[list[Header]]:
    by_time: dict[float | None, list[Header]] = defaultdict(list)
    for file in sorted(files, key=_when):
        by_time[file.trigger_ms].append(file)
    if None in by_time or len(by_time) < 2 or len({len(again) for again in by_time.values()}) > 1:
        return [files]
    return [list(part) for part in zip(*by_time.values(), strict=True)]


def _order(files: Iterable[Header]) -> tuple[float, float, float]:
    files = list(files)
    number = files[0].series[1]
    acquired, instance = max(map(_when, files))
    return float(number) if number.isdigit() else -1.0, acquired, instance


def _when(file: Header) -> tuple[float, float]:
    return tuple(-1.0 if value is None else float(value) for value in (file.acquired, file.instance))  # type: ignore[return-value]

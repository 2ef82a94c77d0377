"""Slices that were acquired again: a patient did not hold the breath, and the last good acquisition counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cardioprior.errors import Finding
from cardioprior.imaging.dicom_files import Header
from cardioprior.imaging.dicom_stacks import Stack, Study


def last_of_repeats(study: Study) -> tuple[Study, tuple[Finding, ...]]:
    """The study with one series a slice, and a warning if there were several.

    Of several series of a slice the last one counts, by SeriesNumber and then by the time of acquisition, unless it
    lacks frames that an earlier one has. A slice whose frames are spread over series is left as it is.
    """
    stacks, dropped = [], 0
    for stack in study.stacks:
        slices = tuple(_last(files, _frames(stack)) for files in stack.slices)
        dropped += sum(len(_series(a)) > len(_series(b)) for a, b in zip(stack.slices, slices, strict=True))
        stacks.append(replace(stack, slices=slices))
    if not dropped:
        return study, ()
    sentence = f"{study.folder}: {dropped} slice(s) were acquired more than once; took the last complete acquisition"
    return replace(study, stacks=tuple(stacks)), (Finding("warning", "repeated_slice", sentence),)


def _frames(stack: Stack) -> int:
    """The number of frames that most series of most slices have."""
    counts = Counter(len(files) for of_slice in stack.slices for files in _series(of_slice).values())
    return max(counts, key=lambda count: (counts[count], count))


def _last(files: Sequence[Header], frames: int) -> tuple[Header, ...]:
    by_series = _series(files)
    complete = [of_series for of_series in by_series.values() if len(of_series) >= frames]
    if len(by_series) == 1 or not complete:
        return tuple(files)
    return tuple(max(complete, key=_order))


def _order(files: Iterable[Header]) -> tuple[float, float]:
    files = list(files)
    number = files[0].series[1]
    times = [file.acquired for file in files if file.acquired is not None]
    return float(number) if number.isdigit() else -1.0, max(times, default=-1.0)


def _series(files: Sequence[Header]) -> dict[tuple[str, str], list[Header]]:
    found: dict[tuple[str, str], list[Header]] = defaultdict(list)
    for file in files:
        found[file.series].append(file)
    return found

"""Which job of a run ran when, and what became of the cores' time."""

from __future__ import annotations

import heapq
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

#: what becomes of a core's time, in the order in which it is shown
WORK, LOADING, STARTING, WAITING, IDLE, IDLE_AT_THE_END = (
    "the stages' own work",
    "loading libraries",
    "starting jobs",
    "jobs that wait for a core or a disk",
    "no job running",
    "no job left to run",
)
COLOURS = 20
MOST_LANES = 40


@dataclass(frozen=True)
class Job:
    """A job that ended: its process began at `born`, its stage's work lasted from `begun` to `ended` (seconds since
    1970); CPU seconds of that work and of loading libraries for it, and the most memory that it had."""

    rule: str
    host: str
    born: float
    begun: float
    ended: float
    work_cpu_s: float
    loading_cpu_s: float
    peak_mib: float


@dataclass(frozen=True)
class Timeline:
    """A run from its first second to its last job's end. cores: that it was given on this machine; None for a run on a
    cluster, whose time nobody can share out. earlier: jobs whose results earlier runs had left."""

    began: float
    cores: int | None
    jobs: tuple[Job, ...]
    earlier: int

    @property
    def ended(self) -> float:
        """When the last job did."""
        return max(job.ended for job in self.jobs)

    @property
    def seconds(self) -> float:
        """By the clock."""
        return self.ended - self.began


def read(logs: Path, about: Path) -> Timeline | None:
    """The timeline of the run that `about` (run.json) is of, from the lines that its jobs left beside their logs; None
    where there is neither."""
    if not about.is_file():
        return None
    run = json.loads(about.read_text(encoding="utf-8"))
    lines = [
        json.loads(line)
        for path in sorted(logs.rglob("*.times.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    ours = [line for line in lines if line["run"] == run["run"]]
    names = Job.__dataclass_fields__
    jobs = tuple(sorted((Job(**{key: line[key] for key in names}) for line in ours), key=lambda job: job.born))
    if not jobs:
        return None
    earlier = {line["target"] for line in lines} - {line["target"] for line in ours}
    return Timeline(run["began"], run["cores"], jobs, len(earlier))


def spent(timeline: Timeline) -> dict[str, float]:
    """Core-seconds of a local run by what became of them; they sum to cores times seconds where no job used more cores
    than it was counted for."""
    assert timeline.cores
    jobs = timeline.jobs
    work, loading = sum(job.work_cpu_s for job in jobs), sum(job.loading_cpu_s for job in jobs)
    starting = sum(job.begun - job.born for job in jobs)
    waiting = max(sum(job.ended - job.begun for job in jobs) - work - loading, 0.0)
    idle, at_the_end = _idle(timeline, timeline.cores)
    return {WORK: work, LOADING: loading, STARTING: starting, WAITING: waiting, IDLE: idle, IDLE_AT_THE_END: at_the_end}


def overhead(timeline: Timeline) -> float:
    """The share of the cores' time that was not the stages' own work, 0 to 1."""
    assert timeline.cores
    whole = timeline.cores * timeline.seconds
    return (whole - spent(timeline)[WORK]) / whole


def by_rule(timeline: Timeline) -> dict[str, dict[str, float]]:
    """What each rule's jobs took, in the order in which rules began: their number, CPU seconds of their stages' work
    together, by the clock those of the longest, and the most memory of one."""
    found: dict[str, list[Job]] = {}
    for job in timeline.jobs:
        found.setdefault(job.rule, []).append(job)
    return {
        rule: {
            "jobs": len(jobs),
            "work_cpu_s": sum(job.work_cpu_s for job in jobs),
            "longest_s": max(job.ended - job.born for job in jobs),
            "peak_mib": max(job.peak_mib for job in jobs),
        }
        for rule, jobs in found.items()
    }


def _idle(timeline: Timeline, cores: int) -> tuple[float, float]:
    """Core-seconds without a job: before the last moment at which all cores had one, and after it."""
    changes = sorted([(job.born, 1) for job in timeline.jobs] + [(job.ended, -1) for job in timeline.jobs])
    moments = [(timeline.began, 0), *changes]
    running, spans = 0, []
    for (start, change), (end, _) in pairwise(moments):
        running += change
        spans.append((start, end, min(running, cores)))
    last_full = max((end for _, end, busy in spans if busy == cores), default=timeline.began)
    before = sum((end - start) * (cores - busy) for start, end, busy in spans if end <= last_full)
    after = sum((end - start) * (cores - busy) for start, end, busy in spans if end > last_full)
    return before, after


def lanes(jobs: Sequence[Job]) -> list[int]:
    """A line of the picture for each job, sorted by birth: the first that is free."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    found = []
    for job in jobs:
        while busy and busy[0][0] <= job.born:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (job.ended, lane))
        found.append(lane)
    return found


def picture(timeline: Timeline) -> bytes:
    """A PNG: time along x, a bar a job in its rule's colour, pale while the job starts."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    rules = list(dict.fromkeys(job.rule for job in timeline.jobs))
    colour = {rule: colormaps["tab20"](index % COLOURS) for index, rule in enumerate(rules)}
    rows = lanes(timeline.jobs)
    height = 1.6 + 0.28 * min(max(rows) + 1, MOST_LANES)
    figure = Figure(figsize=(11, height), layout="constrained")
    axes = figure.subplots()
    scale, unit = (60.0, "minutes") if timeline.seconds > 300 else (1.0, "seconds")
    for job, row in zip(timeline.jobs, rows, strict=True):
        start, begun, end = ((moment - timeline.began) / scale for moment in (job.born, job.begun, job.ended))
        axes.barh(row, begun - start, left=start, height=0.8, color=colour[job.rule], alpha=0.35)
        axes.barh(row, end - begun, left=begun, height=0.8, color=colour[job.rule])
    axes.set(xlabel=f"{unit} since the run began", ylabel="jobs at a time", xlim=(0, timeline.seconds / scale))
    axes.set_yticks(range(max(rows) + 1) if max(rows) < MOST_LANES else [])
    axes.set_yticklabels([str(row + 1) for row in range(max(rows) + 1)] if max(rows) < MOST_LANES else [])
    patches = [Patch(color=colour[rule], label=rule) for rule in rules]
    figure.legend(handles=patches, loc="outside lower center", ncols=8, fontsize="small", frameon=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()


def shown(timeline: Timeline) -> Mapping[str, object]:
    """What the page says of a run's time."""
    from cardioprior.report.pages import embedded, png_size

    png = picture(timeline)
    width, height = png_size(png)
    local = timeline.cores is not None
    return {
        "picture": embedded(png, "image/png"),
        "width": width,
        "height": height,
        "seconds": timeline.seconds,
        "jobs": len(timeline.jobs),
        "earlier": timeline.earlier,
        "hosts": len({job.host for job in timeline.jobs}),
        "cores": timeline.cores,
        "rules": by_rule(timeline),
        "spent": spent(timeline) if local else {},
        "overhead": overhead(timeline) if local else None,
    }

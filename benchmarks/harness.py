"""What a benchmark is, and how one is measured: contenders side by side in one process, values checked first.

A case has the same work done by several contenders. Each prepares itself (imports, input in the form that its library
wants) outside of what is timed, does the work once for nothing, and the values are compared before any time is taken.
Then rounds: every contender in turn, so that what else the machine does falls on all alike. Reported are medians over
the rounds, and their ratios to the first contender's, who is this project.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: does the work and returns its values
Work = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """A stage's work, and who does it.

    name: as the table has it. what: the work in words, with its sizes. contenders: by name, what makes each ready; the
    first is this project's. agree: given the values of all by contender, raises AssertionError where they differ and
    says in words what was found equal. wanted: of some contenders, the least ratio of their time to the project's.
    per: units of work done in one go, and what they are. share: whether other contenders do parts of the first one's
    work, so that ratios are shares. rounds: 0 where the work is long and its first doing is what is timed.
    """

    name: str
    what: str
    contenders: Mapping[str, Callable[[], Work]]
    agree: Callable[[Mapping[str, Any]], str] = lambda values: ""
    wanted: Mapping[str, float] = field(default_factory=dict)
    rounds: int = 5
    per: tuple[int, str] = (1, "")
    share: bool = False


@dataclass
class Measured:
    """A contender's row: median seconds of the work over the rounds, the smallest and the largest of them, and the
    largest memory of a process that does this work and no other (MB)."""

    case: str
    contender: str
    seconds: float
    least: float
    most: float
    rounds: int
    ratio: float
    wanted: float | None
    peak_mb: float | None = None


def timed(case: Case) -> dict[str, Any]:
    """Rows of a case, as JSON values, with what its values agree in."""
    works = {name: prepare() for name, prepare in case.contenders.items()}
    first = {name: seconds_of(work) for name, work in works.items()}
    agreement = case.agree({name: value for name, (_, value) in first.items()})
    taken: dict[str, list[float]] = {name: [] if case.rounds else [seconds] for name, (seconds, _) in first.items()}
    for _ in range(case.rounds):
        for name, work in works.items():
            taken[name].append(seconds_of(work)[0])
    base = statistics.median(next(iter(taken.values())))
    rows = [
        Measured(
            case.name,
            name,
            statistics.median(seconds),
            min(seconds),
            max(seconds),
            len(seconds),
            statistics.median(seconds) / base,
            case.wanted.get(name),
        )
        for name, seconds in taken.items()
    ]
    about = {"name": case.name, "what": case.what, "agreement": agreement, "per": case.per, "share": case.share}
    return {"case": about, "rows": [asdict(row) for row in rows]}


def seconds_of(work: Work) -> tuple[float, Any]:
    """By the clock, and what the work gave."""
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def peak_mb(case: Case, contender: str) -> float:
    """The largest memory of this process, or of a program that it starts, once one contender has done its work."""
    case.contenders[contender]()()
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return used / (1e6 if sys.platform == "darwin" else 1e3)

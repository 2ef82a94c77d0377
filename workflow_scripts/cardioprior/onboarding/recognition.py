"""Which layout a folder has: `adapter: auto`. Told by the names of files, nothing is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cardioprior import registry
from cardioprior.errors import CardioPriorError

AUTO = "auto"
#: names that are looked at, the first in alphabetical order of their folders
LOOKED_AT = 20_000


@dataclass(frozen=True)
class Recognised:
    """An adapter and why it is the one, as a sentence."""

    adapter: str
    why: str


def recognise(root: Path) -> Recognised:
    """The adapter of a folder: of those whose signs are all there, the one of the lowest rank (cohorts/contract.py).

    Raises CardioPriorError, with what was looked for, where no signs are there or those of two adapters of one rank.
    """
    names = list(islice(_names(root), LOOKED_AT))
    adapters = {name: registry.entry("cohorts", name) for name in registry.names("cohorts")}
    signs = {name: adapter.signs for name, adapter in adapters.items() if adapter.signs}
    found = {name: hits for name, patterns in signs.items() if all(hits := _hits(patterns, names))}
    if not found:
        wanted = "; ".join(f"{name}: {' and '.join(patterns)}" for name, patterns in sorted(signs.items()))
        raise CardioPriorError(
            f"{root}: has no layout that is known, among {len(names)} names (the first: "
            f"{', '.join(names[:3]) or 'none'}); looked for these patterns of paths: {wanted}. A table of files is "
            "enough: adapter=manifest"
        )
    lowest = min(adapters[name].rank for name in found)
    best = sorted(name for name in found if adapters[name].rank == lowest)
    if len(best) > 1:
        signs_found = "; ".join(f"{name} ({', '.join(found[name])})" for name in best)
        raise CardioPriorError(f"{root}: has the signs of {signs_found}; wanted one data set, or its adapter by name")
    return Recognised(best[0], f"{root} looks like {best[0]}: it has {' and '.join(found[best[0]])}")


def _hits(patterns: tuple[str, ...], names: list[str]) -> list[str]:
    """The first name that each pattern matches, empty where none does."""
    return [next((name for name in names if re.search(pattern, name)), "") for pattern in patterns]


def _names(root: Path) -> Iterator[str]:
    """Paths of files below a folder, relative to it, with `/`; nothing that is hidden."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(folder, name).relative_to(root).as_posix()

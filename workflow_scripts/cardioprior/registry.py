"""Entries are found by name: `methods.unet_3d` is the file methods/unet_3d.py and nothing else is imported.

Each kind of entry is a folder; each entry is a module (or package) there that exports one known name. Importing by
name keeps the digest of a rule to the files that it uses, so that editing one method reruns that method alone.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any

from cardioprior.errors import CardioPriorError

#: folder of each kind -> what a file there exports
EXPORTS = {
    "cohorts": "Adapter",
    "preparations": "Preparation",
    "degradation": "degrade",
    "models": "Model",
    "methods": "Method",
    "protocols": "Protocol",
    "studies": "Study",
    "tables": "Table",
    "figures": "Figure",
    "claims": "CLAIMS",
}
PACKAGE = Path(__file__).parent
NOT_ENTRIES = {
    *("__init__", "contract", "in_plane", "render", "leads", "restorations", "lines", "checks"),
    *("plots", "loss_curves", "box_plots", "slice_pictures", "stack_views", "overlay"),
}


@cache
def names(kind: str) -> tuple[str, ...]:
    """Names of all entries of a kind, sorted; read off the folder, nothing is imported."""
    found = set()
    for path in (PACKAGE / kind).iterdir():
        name = path.stem if path.suffix == ".py" else path.name if (path / "__init__.py").is_file() else ""
        if name and name not in NOT_ENTRIES and not name.startswith("_"):
            found.add(name)
    return tuple(sorted(found))


@cache
def entry(kind: str, name: str) -> Any:
    """What an entry exports. Raises CardioPriorError, listing the known names, if there is none."""
    if name not in names(kind):
        known = ", ".join(names(kind))
        raise CardioPriorError(f"{kind}: there is no entry {name!r}; known are: {known}")
    return getattr(importlib.import_module(f"cardioprior.{kind}.{name}"), EXPORTS[kind])

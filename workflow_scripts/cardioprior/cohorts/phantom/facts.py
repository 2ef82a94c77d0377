"""What is known of a subject besides its pictures: `subject.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardioprior.cohorts.phantom.population import Person

NAME = "subject.json"
PERSONAL = ("group", "sex", "height_cm", "weight_kg")


def write(folder: Path, person: Person, more: Mapping[str, Any] | None = None) -> None:
    """Writes the file into an existing folder; `more` is added to the personal facts."""
    facts = {"subject": person.id} | {name: getattr(person, name) for name in PERSONAL} | dict(more or {})
    (folder / NAME).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """What `write` wrote. Raises OSError or ValueError where it is missing or damaged."""
    facts = json.loads((folder / NAME).read_text(encoding="utf-8"))
    if not isinstance(facts, dict):
        raise ValueError(f"found {type(facts).__name__}; wanted names and values")
    return facts

"""The files that computed a page's figures, for the page to hold: from a figure to its code is one step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cardioprior.registry import PACKAGE


@dataclass(frozen=True)
class Source:
    """A file of an entry of a registry. anchor: of its place on the page. path: below the repository's root."""

    kind: str
    name: str

    @property
    def anchor(self) -> str:
        return f"source-{self.kind}-{self.name}"

    @property
    def path(self) -> str:
        return f"workflow_scripts/cardioprior/{self.kind}/{self.name}.py"

    @property
    def text(self) -> str:
        return (PACKAGE / self.kind / f"{self.name}.py").read_text(encoding="utf-8")


def sources(kind: str, names: Iterable[str]) -> list[Source]:
    """The files of several entries, each once."""
    return [Source(kind, name) for name in dict.fromkeys(names)]

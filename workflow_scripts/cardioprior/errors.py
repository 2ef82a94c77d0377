"""What can go wrong, as sentences a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class CardioPriorError(Exception):
    """A fault that stops a command. Its message says where, what was found and what was wanted."""


class SubjectError(CardioPriorError):
    """A fault of one subject: it is excluded with this code and sentence, the others go on."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True)
class Finding:
    """One row of qc.tsv about a subject: `warning` keeps it, `excluded` does not."""

    status: Literal["warning", "excluded"]
    code: str
    sentence: str

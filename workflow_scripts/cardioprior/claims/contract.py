"""What a claim is: a sentence that a paper concludes with, as tests on metrics rows.

A file here is a paper's and exports `CLAIMS`. A claim has parts; each is one test with a direction, and the claim holds
when all of them do. Nothing is dropped because it fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cardioprior.metrics.evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE, NOT_RUN = "reproduced", "not reproduced", "inconclusive", "not run"
#: in the order in which they are counted
VERDICTS = (REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE, NOT_RUN)


@dataclass(frozen=True)
class Part:
    """One test. check: from the metrics rows of the claim's study and one cohort to what they say; None where rows that
    it needs are not there. unit: of the effect."""

    what: str
    test: str
    check: Callable[[pd.DataFrame], Evidence | None]
    unit: str = ""


@dataclass(frozen=True)
class Claim:
    """number: in the list of all papers' claims. study: whose rows it rests on."""

    number: int
    sentence: str
    study: str
    parts: tuple[Part, ...]

"""From metrics rows to which of the papers' claims hold."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior import atomic, registry
from cardioprior.claims.contract import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED, VERDICTS, Claim, Part
from cardioprior.csv_text import csv_text
from cardioprior.metrics.evidence import ALPHA, FEWEST, Evidence, holm
from cardioprior.metrics.rows import read_rows
from cardioprior.tables.contract import number_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ClaimRow:
    """A row of claims.csv: a claim, or a part of it where `part` is not empty.

    statistic: the effect, positive in the claim's direction; of a part. p_value: of a part, one-sided; of a claim the
    largest of its parts, Holm-corrected over the paper's claims on this cohort. n: subjects, of a claim the fewest.
    smallest_effect: that this many subjects would have shown with a power of .8.
    """

    claim: str
    paper: str
    cohort: str
    sentence: str
    part: str
    test: str
    statistic: str
    p_value: str
    n: str
    smallest_effect: str
    verdict: str
    why: str


def run(metrics: Sequence[Path], main_fold: str, judged: Collection[str], out: Path) -> None:
    """Writes a row for every claim, and one for each of its parts, of every cohort that its study was run on.

    judged: cohorts on which claims are judged.
    """
    rows = read_rows(metrics)
    rows = rows[(rows["fold"] == main_fold) & rows["cohort"].isin(list(judged))]
    papers = registry.names("claims")
    found = (row for paper in papers for row in verdicts(paper, registry.entry("claims", paper), rows))
    atomic.write_text(out, csv_text(ClaimRow, found))


def verdicts(paper: str, claims: Sequence[Claim], rows: pd.DataFrame) -> Iterator[ClaimRow]:
    """All rows of a paper, claim by claim, each for every cohort with rows of its study."""
    found: dict[tuple[int, str], list[Evidence | None]] = {}
    for claim in claims:
        of_study = rows[rows["study"] == claim.study]
        for cohort, of_cohort in of_study.groupby("cohort", sort=True):
            evidence = [part.check(of_cohort) for part in claim.parts]
            if any(evidence):
                found[claim.number, str(cohort)] = evidence
    corrected = {
        key: p_value
        for cohort in {cohort for _, cohort in found}
        for keys in [[key for key in found if key[1] == cohort]]
        for key, p_value in zip(keys, holm([_largest_p(found[key]) for key in keys]), strict=True)
    }
    for claim in claims:
        keys = [key for key in found if key[0] == claim.number]
        if not keys:
            yield _not_run(paper, claim)
        for key in keys:
            yield from _judged(paper, key[1], claim, found[key], corrected[key])


def _largest_p(evidence: Sequence[Evidence | None]) -> float:
    """A claim holds when all its parts do, so that its p-value is the largest of theirs (intersection-union test)."""
    return max((e.p_for for e in evidence if e and not math.isnan(e.p_for)), default=math.nan)


def _judged(
    paper: str, cohort: str, claim: Claim, evidence: Sequence[Evidence | None], p_value: float
) -> Iterator[ClaimRow]:
    """The claim's row, then those of its parts."""
    against = iter(holm([e.p_against for e in evidence if e]))
    parts = [
        _part_row(paper, cohort, claim, part, e, next(against) if e else math.nan)
        for part, e in zip(claim.parts, evidence, strict=True)
    ]
    yield _claim_row(paper, cohort, claim, parts, p_value)
    yield from parts


def judge(found: Evidence, p_against: float) -> tuple[str, str]:
    """Verdict and reason of one test. p_against: corrected for the parts of its claim, of which any would do."""
    if found.n < FEWEST:
        return INCONCLUSIVE, f"{found.n} subjects; wanted {FEWEST}"
    if math.isnan(found.effect):
        return INCONCLUSIVE, "the figure does not exist"
    if math.isnan(found.p_for):
        return (REPRODUCED, "as stated") if found.effect > 0 else (NOT_REPRODUCED, "not as stated")
    if found.p_for < ALPHA and found.effect > 0:
        return REPRODUCED, f"p = {found.p_for:.2g}"
    if p_against < ALPHA:
        return NOT_REPRODUCED, f"the opposite has p = {p_against:.2g}"
    return INCONCLUSIVE, f"p = {found.p_for:.2g}, of the opposite {p_against:.2g}"


def _part_row(paper: str, cohort: str, claim: Claim, part: Part, found: Evidence | None, p_against: float) -> ClaimRow:
    about = (str(claim.number), paper, cohort, claim.sentence, part.what, part.test)
    if found is None:
        return ClaimRow(*about, "", "", "", "", NOT_RUN, "rows that it needs are not there")
    verdict, why = judge(found, p_against)
    smallest = f"{found.smallest:.3g} {part.unit}".strip() if found.smallest > 0 else ""
    return ClaimRow(*about, number_text(found.effect), number_text(found.p_for), str(found.n), smallest, verdict, why)


def _claim_row(paper: str, cohort: str, claim: Claim, parts: Sequence[ClaimRow], p_value: float) -> ClaimRow:
    """Holds where all its parts hold and its corrected p-value does; fails where one of them does."""
    count = {verdict: sum(part.verdict == verdict for part in parts) for verdict in {part.verdict for part in parts}}
    why = ", ".join(f"{count[name]} of {len(parts)} {name}" for name in VERDICTS if name in count)
    verdict = INCONCLUSIVE
    if NOT_REPRODUCED in count:
        verdict = NOT_REPRODUCED
    elif set(count) == {REPRODUCED} and not p_value >= ALPHA:
        verdict = REPRODUCED
    elif set(count) == {REPRODUCED}:
        why += f"; corrected over the paper's claims p = {p_value:.2g}"
    fewest = [int(part.n) for part in parts if part.n]
    return ClaimRow(
        str(claim.number), paper, cohort, claim.sentence, "", _tests(claim), "", number_text(p_value),
        str(min(fewest)) if fewest else "", "", verdict, why,
    )  # fmt: skip


def _not_run(paper: str, claim: Claim) -> ClaimRow:
    why = f"no rows of {claim.study} that it needs"
    return ClaimRow(str(claim.number), paper, "", claim.sentence, "", _tests(claim), "", "", "", "", NOT_RUN, why)


def _tests(claim: Claim) -> str:
    return "; ".join(dict.fromkeys(part.test for part in claim.parts))

"""What a configuration needs to know of a cohort that was onboarded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.accounts import read_tsv


def config_block(cohort: str, entry: Mapping[str, Any], why: str) -> str:
    """A cohort's entry under `cohorts:` as YAML, with why its adapter is the one as a comment."""
    comment = f"# {why}\n" if why else ""
    lines = "".join(f"    {key}: {json.dumps(value)}\n" for key, value in entry.items())
    return f"{comment}cohorts:\n  {json.dumps(cohort)}:\n{lines}"


def refuse_if_none_is_left(cohort: str, qc_tsv: Path, page: Path) -> None:
    """Raises CardioPriorError, with where to look and the first reason, where every subject of a cohort is excluded."""
    rows = read_tsv(qc_tsv)
    refused = {row["subject"]: row["sentence"] for row in rows if row["status"] == "excluded"}
    found = {row["subject"] for row in rows}
    if len(refused) == len(found):
        first = next(iter(refused.values()), "there was none")
        raise CardioPriorError(
            f"none of the {len(found)} subjects of {cohort} can be used; {qc_tsv} and {page} say why of each, of the "
            f"first: {first}"
        )

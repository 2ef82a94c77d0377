"""What the page says of cohorts, of who was used, and of what a study cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cardioprior import atomic
from cardioprior.onboarding.accounts import read_tsv
from cardioprior.store import left_out


def cohort_summary(subjects_tsv: Path, qc_tsv: Path) -> dict[str, Any]:
    """Counts by status and by group, and every finding, of one cohort."""
    subjects, findings = read_tsv(subjects_tsv), read_tsv(qc_tsv)
    return {
        "found": len(subjects),
        "status": Counter(row["status"] for row in subjects),
        "groups": dict(sorted(Counter(row["group"] or "no group" for row in subjects).items())),
        "findings": [row for row in findings if row["status"] != "ok"],
    }


def usage(split: Path, shards: Sequence[Path], fold: str) -> dict[str, Any]:
    """How many subjects of a cohort a study trained on, validated on and tested, and who was not used, a
    sentence a reason.

    shards: those that may have left somebody out.
    """
    rows = [row for row in read_tsv(split) if row["fold"] == fold]
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row["role"] == "excluded":
            by_reason.setdefault(row["reason"], []).append(row["subject"])
    unused = [f"{', '.join(subjects)}: {reason}" for reason, subjects in by_reason.items()]
    for shard in shards:
        unused += left_out(shard)
    return {"roles": Counter(row["role"] for row in rows), "unused": list(dict.fromkeys(unused))}


def training(descriptions: Sequence[Path]) -> dict[str, Any]:
    """How many networks were trained, for how long and on which devices, and how many models were fitted beside them,
    whose time nobody takes. descriptions: the models' JSON files."""
    models = [atomic.read_json(path) for path in descriptions]
    networks = [about for about in models if about["parameters"]]
    return {
        "networks": len(networks),
        "fitted": len(models) - len(networks),
        "seconds": sum(about["training_seconds"] for about in networks),
        "devices": sorted({about["device"] for about in networks}),
    }

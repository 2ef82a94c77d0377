"""Who is trained on, validated on and tested: after QC, stratified by group, seeded, one row a subject and fold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cardioprior import seeds
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.accounts import read_tsv

#: parts: of a cross-validation, the subject's part in every draw, as in 3|0|7; "" in other studies
COLUMNS = ("subject", "fold", "role", "group", "shard", "reason", "parts")
ROLES = ("train", "validation", "test", "excluded")


def split(
    subjects: Sequence[Mapping[str, str]], preparation: Any, settings: Any, seed: int, study: str,
    cohort: str, folds: Sequence[str],
) -> list[tuple[str, ...]]:  # fmt: skip
    """Rows of the split file.

    subjects: rows of subjects.tsv. preparation: class whose `lacks` says who cannot be used. settings: config.Split.
    folds: the main split's name, then one name a cross-validation fold. The cohort names the random stream, so that
    studies on it with the same settings test the same subjects; the study is named in errors. A listed test subject
    that is not here, or cannot be used, is named in the log. Raises CardioPriorError if a role would be empty.
    """
    reasons = {row["subject"]: _reason(row, preparation) for row in subjects}
    usable = [row for row in subjects if not reasons[row["subject"]]]
    groups = {row["subject"]: row["group"] for row in usable}
    listed = _listed(settings.test_subjects, reasons)
    rows: list[tuple[str, ...]] = []
    for number, fold in enumerate(folds):
        order = _dealt(groups, seeds.derive(seed, "split", cohort, "main" if number == 0 else "folds"))
        if number == 0:
            test = listed if listed is not None else set(_first(order, groups, settings.test))
        else:
            test = set(order[_stretch(len(order), number - 1, len(folds) - 1)])
        rest = [subject for subject in order if subject not in test]
        share = min(settings.validation * len(groups) / max(len(rest), 1), 1.0)
        validation = set(_first(rest, groups, share))
        roles = {s: "test" if s in test else "validation" if s in validation else "train" for s in groups}
        for role in ("train", "test", *(("validation",) if settings.validation else ())):
            if role not in roles.values():
                raise CardioPriorError(f"{study}/{cohort}: {len(groups)} usable subjects leave none for {role}")
        for row in subjects:
            subject = row["subject"]
            role = roles.get(subject, "excluded")
            rows.append((subject, fold, role, row["group"], row["shard"], reasons[subject], ""))
    return rows


def cross_validation(
    subjects: Sequence[Mapping[str, str]],
    preparation: Any,
    settings: Any,
    seed: int,
    study: str,
    cohort: str,
    fold: str,
) -> list[tuple[str, ...]]:
    """Rows of the split file of a cross-validated study: every usable subject is tested, in a part a draw.

    settings: config.CrossValidation. fold: the main split's name. The other arguments as of `split`. Raises
    CardioPriorError where a group has no subject, or where parts would be empty.
    """
    reasons = {row["subject"]: _reason(row, preparation) or _of_other_group(row, settings.groups) for row in subjects}
    groups = {row["subject"]: row["group"] for row in subjects if not reasons[row["subject"]]}
    for group in settings.groups:
        if group not in groups.values():
            raise CardioPriorError(
                f"{study}/{cohort}: no usable subject is of group {group}; wanted some of each group"
            )
    if len(groups) < settings.parts:
        raise CardioPriorError(f"{study}/{cohort}: {len(groups)} usable subjects make no {settings.parts} parts")
    parts: dict[str, list[str]] = {subject: [] for subject in groups}
    for draw in range(settings.draws):
        order = _dealt(groups, seeds.derive(seed, "split", cohort, "parts", draw))
        for part in range(settings.parts):
            for subject in order[_stretch(len(order), part, settings.parts)]:
                parts[subject].append(str(part))
    return [
        (s, fold, "test" if s in groups else "excluded", row["group"], row["shard"], reasons[s],
         "|".join(parts.get(s, ())))
        for row in subjects for s in [row["subject"]]
    ]  # fmt: skip


def followed(
    subjects: Sequence[Mapping[str, str]], preparation: Any, others: Mapping[str, Path], folds: Sequence[str],
    trains: bool = False,
) -> list[tuple[str, ...]]:  # fmt: skip
    """Rows of the split file of a study that follows others: it tests whom all of them test.

    others: split file of each study followed. trains: whether the study trains on whom all of them train, and validates
    likewise. Raises CardioPriorError if nobody is left for a role.
    """
    rows: list[tuple[str, ...]] = []
    for fold in folds:
        roles_of = {study: roles(path, fold) for study, path in others.items()}
        for row in subjects:
            its_roles = {study: its.get(row["subject"], "excluded") for study, its in roles_of.items()}
            role, reason = _shared(its_roles, trains)
            if unusable := _reason(row, preparation):
                role, reason = "excluded", unusable
            rows.append((row["subject"], fold, role, row["group"], row["shard"], reason, ""))
        given = {row[COLUMNS.index("role")] for row in rows if row[COLUMNS.index("fold")] == fold}
        for role in ("test", "train") if trains else ("test",):
            if role not in given:
                raise CardioPriorError(
                    f"{', '.join(others)}: {role} no subject in common; wanted the same `split` in each"
                )
    return rows


def _shared(its_roles: Mapping[str, str], trains: bool) -> tuple[str, str]:
    """The role of a subject that has a role in each of several studies, or `excluded` and why."""
    if trains and len(set(its_roles.values())) == 1 and "excluded" not in its_roles.values():
        return next(iter(its_roles.values())), ""
    if trains:
        return "excluded", "has " + ", ".join(f"the role {its} in {study}" for study, its in its_roles.items())
    untested = [study for study, its in its_roles.items() if its != "test"]
    return ("excluded", f"is not a test subject of {', '.join(untested)}") if untested else ("test", "")


def _reason(row: Mapping[str, str], preparation: Any) -> str:
    if row["status"] == "excluded":
        return "excluded on onboarding, see qc.tsv"
    lacks: str = preparation.lacks(row)
    return lacks


def _of_other_group(row: Mapping[str, str], groups: Sequence[str]) -> str:
    return "" if row["group"] in groups else f"is of group {row['group'] or 'unknown'}, not {', '.join(groups)}"


def _stretch(length: int, number: int, stretches: int) -> slice:
    """One of as many stretches of a list, as equal as can be."""
    return slice(length * number // stretches, length * (number + 1) // stretches)


def _listed(test_subjects: Sequence[str] | None, reasons: Mapping[str, str]) -> set[str] | None:
    """Those of the listed test subjects that are here and usable; None if no list is given."""
    if test_subjects is None:
        return None
    here = {subject for subject in test_subjects if reasons.get(subject) == ""}
    for subject in sorted(set(test_subjects) - here):
        print(f"listed as test subject: {subject} {reasons.get(subject) or 'is not in the cohort'}", flush=True)
    return here


def _dealt(groups: Mapping[str, str], seed: int) -> list[str]:
    """All subjects in a random order in which every stretch has the groups in proportion.

    Each subject's place in its group is drawn by its own name: one subject more or less moves the others little, so
    that studies on one cohort that cannot all use the same subjects still test nearly the same.
    """
    members = defaultdict(list)
    for subject in groups:
        members[groups[subject]].append(subject)
    placed = []
    for group in sorted(members):
        drawn = sorted(members[group], key=lambda subject: (seeds.derive(seed, subject), subject))
        offset = seeds.derive(seed, "offset", group) / 2**63
        placed += [((i + offset) / len(drawn), group, subject) for i, subject in enumerate(drawn)]
    return [subject for _, _, subject in sorted(placed)]


def _first(order: Sequence[str], groups: Mapping[str, str], share: float) -> list[str]:
    """The given share of every group, by largest remainder, taken from the front of the order."""
    sizes: dict[str, int] = defaultdict(int)
    for subject in order:
        sizes[groups[subject]] += 1
    total = round(share * len(order))
    quota = {group: int(share * size) for group, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda group: (quota[group] - share * sizes[group], group))
    for group in by_remainder[: max(total - sum(quota.values()), 0)]:
        quota[group] += 1
    taken = []
    for subject in order:
        if quota[groups[subject]] > 0:
            quota[groups[subject]] -= 1
            taken.append(subject)
    return taken


def roles(path: Path, fold: str) -> dict[str, str]:
    """Role of every subject in a fold of a split file."""
    return {row["subject"]: row["role"] for row in read_tsv(path) if row["fold"] == fold}


def tested(path: Path, fold: str | None = None) -> list[str]:
    """Test subjects of a fold, or of any fold."""
    rows = [row for row in read_tsv(path) if row["role"] == "test" and fold in (None, row["fold"])]
    return sorted({row["subject"] for row in rows})


def parts(path: Path) -> dict[str, tuple[int, ...]]:
    """The part of every subject of a cross-validation in every draw; empty where a study is not cross-validated."""
    return {row["subject"]: tuple(map(int, row["parts"].split("|"))) for row in read_tsv(path) if row["parts"]}

"""Who is trained on and who is tested, in a cohort of five groups."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from cardioprior import splits
from cardioprior.config import CrossValidation, Split
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.accounts import write_tsv
from cardioprior.preparations.contract import PreparationBase

GROUPS = ("ARV", "DCM", "HCM", "MINF", "NOR")


class NeedsBoth(PreparationBase):
    roles = ("sax",)
    needs_phases = ("ED", "ES")


def row(number: int, group: str, **changed: str) -> dict[str, str]:
    usable = {"status": "ok", "views": "sax", "phases": "ED|ES", "frames": "30", "shard": str(number % 2)}
    return {"subject": f"p{number:03}", "group": group, **usable, **changed}


def cohort(of_group: int = 20) -> list[dict[str, str]]:
    return [row(number, GROUPS[number % 5]) for number in range(5 * of_group)]


def settings(**changed) -> Split:
    return Split(**{"test": 0.2, "validation": 0.1, "test_subjects": None, "folds": 0, **changed})


def split(rows, folds: int = 0, seed: int = 0, study="study", cohort="cohort", **changed) -> list[dict[str, str]]:
    names = ("main", *(f"fold-{fold}" for fold in range(folds)))
    found = splits.split(rows, NeedsBoth, settings(folds=folds, **changed), seed, study, cohort, names)
    return [dict(zip(splits.COLUMNS, r, strict=True)) for r in found]


def having(found, role: str, fold: str = "main") -> set[str]:
    return {r["subject"] for r in found if r["role"] == role and r["fold"] == fold}


def groups_of(found, role: str, fold: str = "main") -> Counter:
    return Counter(r["group"] for r in found if r["role"] == role and r["fold"] == fold)


def test_every_group_has_its_share_of_every_role():
    found = split(cohort())
    assert groups_of(found, "test") == dict.fromkeys(GROUPS, 4)
    assert groups_of(found, "validation") == dict.fromkeys(GROUPS, 2)
    assert groups_of(found, "train") == dict.fromkeys(GROUPS, 14)


def test_uneven_groups_are_served_in_proportion_to_the_nearest_subject():
    """Of 30 NOR, 8 DCM and 2 HCM a quarter is 10: 7.5, 2 and .5."""
    rows = [row(n, "NOR" if n < 30 else "DCM" if n < 38 else "HCM") for n in range(40)]
    counts = groups_of(split(rows, test=0.25), "test")
    assert counts.total() == 10
    assert counts["NOR"] in (7, 8) and counts["DCM"] == 2


def test_the_same_seed_deals_the_same_another_seed_or_cohort_another():
    rows = cohort()
    assert split(rows) == split(rows)
    tested = [having(split(rows, **how), "test") for how in (
        {}, {"seed": 1}, {"cohort": "other"},
    )]  # fmt: skip
    assert len(set(map(frozenset, tested))) == 3
    assert having(split(rows, study="other"), "test") == tested[0]


def test_the_order_of_the_subjects_does_not_matter():
    rows = cohort()
    mixed = random.Random(1).sample(rows, len(rows))
    key = lambda r: (r["fold"], r["subject"])  # noqa: E731
    assert sorted(split(rows, folds=3), key=key) == sorted(split(mixed, folds=3), key=key)


def test_a_listed_test_set_is_kept_to_the_subject():
    listed = ("p000", "p001", "p017")
    found = split(cohort(), test_subjects=listed)
    assert having(found, "test") == set(listed)
    assert len(having(found, "validation")) == 10


def test_a_listed_subject_that_cannot_be_used_is_not_tested():
    rows = cohort()
    rows[0] = row(0, "ARV", status="excluded")
    found = split(rows, test_subjects=("p000", "p001"))
    assert having(found, "test") == {"p001"} and having(found, "excluded") == {"p000"}


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_test_every_subject_once(folds):
    found = split(cohort(), folds=folds)
    tested = [r["subject"] for r in found if r["role"] == "test" and r["fold"] != "main"]
    assert sorted(tested) == [r["subject"] for r in cohort()]
    for fold in range(folds):
        assert not having(found, "test", f"fold-{fold}") & having(found, "train", f"fold-{fold}")


def test_each_of_five_folds_tests_all_five_groups_alike():
    """As many folds as groups: dealing every fifth subject of a periodic order would give each fold one group."""
    found = split(cohort(), folds=5)
    for fold in range(5):
        assert groups_of(found, "test", f"fold-{fold}") == dict.fromkeys(GROUPS, 4)
        assert groups_of(found, "validation", f"fold-{fold}") == dict.fromkeys(GROUPS, 2)


@pytest.mark.parametrize("folds", [3, 4, 7])
def test_folds_hold_each_group_to_within_a_subject_or_two(folds):
    found = split(cohort(), folds=folds)
    for fold in range(folds):
        counts = groups_of(found, "test", f"fold-{fold}")
        assert all(abs(counts[group] - 20 / folds) < 2 for group in GROUPS)


def test_the_main_split_is_the_same_with_folds_and_without():
    main = [r for r in split(cohort(), folds=4) if r["fold"] == "main"]
    assert main == split(cohort())


def test_who_cannot_be_used_is_there_with_the_reason():
    rows = cohort()
    rows[1] = row(1, "DCM", status="excluded")
    rows[2] = row(2, "HCM", phases="ED")
    rows[3] = row(3, "MINF", views="la4ch")
    rows[4] = row(4, "NOR", status="warning")
    found = split(rows, folds=2)
    reasons = {(r["subject"], r["reason"]) for r in found if r["role"] == "excluded"}
    assert reasons == {
        ("p001", "excluded on onboarding, see qc.tsv"), ("p002", "has no labels at ES"), ("p003", "has no sax view"),
    }  # fmt: skip
    assert Counter(r["fold"] for r in found) == {"main": 100, "fold-0": 100, "fold-1": 100}
    assert all(r["reason"] == "" for r in found if r["role"] != "excluded")


def test_group_and_shard_are_passed_on():
    assert {(r["subject"], r["group"], r["shard"]) for r in split(cohort())} == {
        (r["subject"], r["group"], r["shard"]) for r in cohort()
    }


@pytest.mark.parametrize(
    ("subjects", "changed", "role"),
    [
        (2, {"test": 0.1}, "test"),
        (2, {"test_subjects": ("p999",)}, "test"),
        (4, {"test": 0.9}, "train"),
        (3, {"test": 0.34, "validation": 0.01}, "validation"),
    ],
)
def test_an_empty_role_is_a_sentence_that_names_study_and_cohort(subjects, changed, role):
    rows = [row(number, "NOR") for number in range(subjects)]
    with pytest.raises(CardioPriorError, match=f"study/cohort: {subjects} usable subjects leave none for {role}"):
        split(rows, **changed)


def test_without_a_share_for_validation_none_is_wanted():
    assert having(split(cohort(), validation=0.0), "validation") == set()


def test_a_split_is_read_back_by_fold(tmp_path):
    found = split(cohort(2), folds=2)
    write_tsv(tmp_path / "s.tsv", splits.COLUMNS, [tuple(r.values()) for r in found])
    roles = splits.roles(tmp_path / "s.tsv", "fold-1")
    assert {subject for subject, role in roles.items() if role == "test"} == having(found, "test", "fold-1")
    assert splits.tested(tmp_path / "s.tsv", "fold-1") == sorted(having(found, "test", "fold-1"))
    assert splits.tested(tmp_path / "s.tsv") == [r["subject"] for r in cohort(2)]


def test_a_subject_less_moves_at_most_one_test_subject_of_its_group():
    """Studies on one cohort that cannot use the same subjects still test nearly the same."""
    rows = cohort()
    whole = having(split(rows), "test")
    for left_out in rows[:10]:
        less = having(split([r for r in rows if r != left_out]), "test")
        assert len(whole - less) <= 2 and len(less - whole) <= 2


def test_a_study_that_follows_others_tests_whom_all_of_them_test(tmp_path):
    tests = {"one": {"p000", "p001", "p002"}, "two": {"p001", "p002", "p003"}}
    rows = [row(number, "NOR", **({"status": "excluded"} if number == 2 else {})) for number in range(5)]
    for study, tested in tests.items():
        lines = [
            (r["subject"], "main", "test" if r["subject"] in tested else "train", "NOR", "0", "", "") for r in rows
        ]
        write_tsv(tmp_path / study, splits.COLUMNS, lines)
    others = {study: tmp_path / study for study in tests}
    found = [dict(zip(splits.COLUMNS, r, strict=True)) for r in splits.followed(rows, NeedsBoth, others, ["main"])]
    assert [r["role"] for r in found] == ["excluded", "test", "excluded", "excluded", "excluded"]
    assert [r["reason"] for r in found] == [
        "is not a test subject of two", "", "excluded on onboarding, see qc.tsv", "is not a test subject of one",
        "is not a test subject of one, two",
    ]  # fmt: skip
    with pytest.raises(CardioPriorError, match="test no subject in common"):
        splits.followed(rows[:1], NeedsBoth, others, ["main"])


def test_a_study_that_trains_while_it_follows_trains_on_whom_all_train_and_tests_whom_all_test(tmp_path):
    roles = {
        "one": ["train", "test", "validation", "train", "test"],
        "two": ["train", "test", "validation", "test", ""],
    }
    rows = [row(number, "NOR") for number in range(5)]
    for study, its in roles.items():
        lines = [(r["subject"], "main", role, "NOR", "0", "", "") for r, role in zip(rows, its, strict=True) if role]
        write_tsv(tmp_path / study, splits.COLUMNS, lines)
    others = {study: tmp_path / study for study in roles}
    found = splits.followed(rows, NeedsBoth, others, ["main"], trains=True)
    keyed = [dict(zip(splits.COLUMNS, r, strict=True)) for r in found]
    assert [r["role"] for r in keyed] == ["train", "test", "validation", "excluded", "excluded"]
    assert keyed[3]["reason"] == "has the role train in one, the role test in two"
    assert keyed[4]["reason"] == "has the role test in one, the role excluded in two"
    with pytest.raises(CardioPriorError, match="train no subject in common"):
        splits.followed(rows[1:], NeedsBoth, others, ["main"], trains=True)


# --- cross-validation


def dealt(rows, parts: int = 10, draws: int = 3, groups=("NOR", "DCM", "HCM"), seed: int = 0) -> list[dict[str, str]]:
    settings = CrossValidation(groups=groups, parts=parts, draws=draws)
    found = splits.cross_validation(rows, NeedsBoth, settings, seed, "study", "cohort", "main")
    return [dict(zip(splits.COLUMNS, r, strict=True)) for r in found]


def members(found, draw: int) -> dict[str, list[str]]:
    """Groups of the subjects of each part."""
    parts: dict[str, list[str]] = {}
    for r in found:
        if r["parts"]:
            parts.setdefault(r["parts"].split("|")[draw], []).append(r["group"])
    return parts


@pytest.mark.parametrize("draw", [0, 1, 2])
def test_every_part_of_every_draw_has_two_of_each_group_of_twenty(draw):
    parts = members(dealt(cohort()), draw)
    assert sorted(map(int, parts)) == list(range(10))
    assert all(Counter(groups) == {"NOR": 2, "DCM": 2, "HCM": 2} for groups in parts.values())


def test_sixteen_of_a_group_are_one_or_two_in_each_of_ten_parts():
    for draw in range(3):
        for groups in members(dealt(cohort(16)), draw).values():
            assert len(groups) in (4, 5) and set(Counter(groups).values()) <= {1, 2}


def test_every_subject_of_the_groups_is_tested_and_the_others_are_named_with_a_reason():
    rows = cohort(2)
    rows[4] = row(4, "NOR", status="excluded")
    found = {r["subject"]: r for r in dealt(rows, parts=2)}
    assert {s for s, r in found.items() if r["role"] == "test"} == {r["subject"] for r in rows if r["group"] in (
        "NOR", "DCM", "HCM")} - {"p004"}  # fmt: skip
    assert found["p000"]["reason"] == "is of group ARV, not NOR, DCM, HCM" and found["p000"]["parts"] == ""
    assert found["p004"]["reason"] == "excluded on onboarding, see qc.tsv"


def test_draws_differ_and_a_further_draw_leaves_the_earlier_ones_alone():
    three, four = dealt(cohort()), dealt(cohort(), draws=4)
    first, second = ([r["parts"].split("|")[n] for r in three if r["parts"]] for n in (0, 1))
    assert first != second
    assert [r["parts"] for r in three] == [r["parts"].rpartition("|")[0] for r in four]
    assert dealt(cohort(), seed=1) != three == dealt(cohort())


def test_parts_are_read_back_as_numbers(tmp_path):
    found = dealt(cohort(2), parts=2, draws=2)
    write_tsv(tmp_path / "s.tsv", splits.COLUMNS, [tuple(r.values()) for r in found])
    parts = splits.parts(tmp_path / "s.tsv")
    assert parts == {r["subject"]: tuple(map(int, r["parts"].split("|"))) for r in found if r["parts"]}
    assert splits.tested(tmp_path / "s.tsv", "main") == sorted(parts)
    write_tsv(tmp_path / "t.tsv", splits.COLUMNS, [tuple(r.values()) for r in split(cohort(2))])
    assert splits.parts(tmp_path / "t.tsv") == {}


def test_a_group_of_nobody_or_more_parts_than_subjects_is_a_sentence():
    with pytest.raises(CardioPriorError, match="study/cohort: no usable subject is of group DCM"):
        dealt([row(n, "NOR" if n % 2 else "HCM") for n in range(20)])
    with pytest.raises(CardioPriorError, match="study/cohort: 6 usable subjects make no 10 parts"):
        dealt(cohort(2))

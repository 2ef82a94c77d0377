"""Claims as the page reads them."""

from __future__ import annotations

import pytest

from cardioprior.errors import CardioPriorError
from cardioprior.report import claims
from tests.unit.report.page_world import claim, write_claims


def test_parts_stand_under_their_claim_and_papers_in_the_order_in_which_they_come(tmp_path):
    found = claims.by_paper(claims.read_claims(write_claims(tmp_path / "claims.csv")))
    assert [of_paper.key for of_paper in found] == ["thesis", "acnn", "kspace"]
    thesis, acnn, _ = found
    assert thesis.counts == {"reproduced": 1, "not reproduced": 1}
    (compound,) = acnn.claims
    assert [part["part"] for part in compound.parts] == ["the first", "the second"]
    assert acnn.counts == {"inconclusive": 1}  # parts do not count


def test_a_run_without_claims_has_none(tmp_path):
    assert claims.by_paper(claims.read_claims(write_claims(tmp_path / "claims.csv", ()))) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (claim(verdict="maybe"), "claim 1 has the verdict 'maybe'; wanted reproduced, not reproduced"),
        (claim(paper="nature"), "claim 1 has the paper 'nature'; wanted acnn"),
        (claim(part="a part"), "claim 1 has a part before its own row"),
    ],
)
def test_rows_that_break_the_contract_are_named(tmp_path, row, said):
    with pytest.raises(CardioPriorError, match=said):
        claims.read_claims(write_claims(tmp_path / "claims.csv", (row,)))


def test_a_file_of_something_else_is_named(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("claim,verdict\n1,reproduced\n", encoding="utf-8")
    with pytest.raises(CardioPriorError, match=r"claims\.csv: found the columns .*; wanted paper, cohort"):
        claims.read_claims(path)


@pytest.mark.parametrize(("text", "short"), [("0.00390625", "0.00391"), ("1e-9", "1e-09"), ("<<0.001", "<<0.001")])
def test_numbers_are_shown_in_three_digits_and_other_text_as_it_is(text, short):
    assert claims.number(text) == short

import pytest

from cardioprior.training.schedules import rate_of


def test_a_constant_schedule_never_changes_the_rate():
    assert [rate_of("constant", 4)(done) for done in (0, 0.5, 3.9)] == [1, 1, 1]


def test_a_cosine_schedule_starts_at_one_is_half_way_down_in_the_middle_and_ends_at_nothing():
    rate = rate_of("cosine", 4)
    assert [rate(0), rate(2), rate(4)] == pytest.approx([1, 0.5, 0])
    assert rate(1) == pytest.approx(0.5 + 0.25 * 2**0.5)


def test_a_schedule_that_is_not_known_is_named():
    with pytest.raises(ValueError, match="'step'"):
        rate_of("step", 4)

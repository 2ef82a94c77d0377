import pytest

from cardioprior.training.schedules import rate_of


def test_a_constant_schedule_never_changes_the_rate():
    assert [rate_of("constant", 4)(done) for done in (0, 0.5, 3.9)] == [1, 1, 1]


def test_a_cosine_schedule_rises_over_a_sixth_is_half_way_down_in_the_middle_and_ends_at_nothing():
    rate = rate_of("cosine", 6)
    assert rate(0) == 0
    assert rate(0.5) == pytest.approx(0.5 * rate(1), rel=0.1)
    assert rate(1) == pytest.approx(0.5 + 0.25 * 3**0.5)
    assert [rate(3), rate(6)] == pytest.approx([0.5, 0])


def test_a_schedule_that_is_not_known_is_named():
    with pytest.raises(ValueError, match="'step'"):
        rate_of("step", 4)

"""When a company is asked how it goes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.trials.columns import STATES
from matcher.trials.follow_up import MOMENTS, OVER, follow_up

CHOSEN = datetime(2026, 1, 5, 10, tzinfo=UTC)


def after(days):
    return CHOSEN + timedelta(days)


CASES = {
    "the day after": (1, None, None, None, 42),
    "six weeks, nothing heard": (42, None, None, "six_weeks", 91),
    "six weeks, told yesterday": (43, "started", 42, None, 91),
    "told before the moment came": (50, "started", 40, "six_weeks", 91),
    "three months, begun": (95, "started", 50, "three_months", 182),
    "three months, not begun": (95, "not_started", 50, "three_months", 182),
    "nobody knew": (95, "unknown", 50, "three_months", 182),
    "finished before": (95, "finished", 60, None, None),
    "stopped before": (95, "stopped", 60, None, None),
    "six months": (190, "started", 95, "six_months", None),
    "a year, nothing heard": (OVER, None, None, None, None),
}


@pytest.mark.parametrize(("day", "state", "told", "due", "next_"), CASES.values(), ids=CASES.keys())
def test_what_is_asked(day, state, told, due, next_):
    found = follow_up(CHOSEN, after(day), state, None if told is None else after(told))
    assert found.due == due
    assert found.next == (None if next_ is None else after(next_))
    assert (found.since is None) == (due is None)


MEASURES = {
    "too early": (100, "started", False, False),
    "half a year on": (182, "started", False, True),
    "it stopped": (200, "stopped", False, True),
    "it was finished": (200, "finished", False, True),
    "it never began": (200, "not_started", False, False),
    "it is there": (200, "finished", True, False),
    "too late": (OVER, "finished", False, False),
}


@pytest.mark.parametrize(("day", "state", "measured", "due"), MEASURES.values(), ids=MEASURES)
def test_when_the_measurement_afterwards_is_due(day, state, measured, due):
    found = follow_up(CHOSEN, after(day), state, after(60), measured=measured)
    assert found.measure == due


@given(
    day=st.integers(0, 800),
    told=st.none() | st.integers(0, 800),
    state=st.none() | st.sampled_from(STATES),
)
def test_telling_now_ends_the_asking_until_the_next_moment(day, told, state):
    now = after(day)
    told_at = None if told is None else after(min(told, day))
    found = follow_up(CHOSEN, now, state, told_at)
    if found.due is not None:
        assert found.since <= now
        assert follow_up(CHOSEN, now, "started", now).due is None
    if found.next is not None:
        assert found.next > now
        assert found.next in [after(moment.days) for moment in MOMENTS]

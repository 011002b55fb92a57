"""Summer time and a clock that goes back do not move the moments of following up."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from matcher.trials.follow_up import MOMENTS, follow_up

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CHANGES = {
    "the clock goes forward": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "the clock goes back": datetime(2026, 10, 25, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("hours", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.id)
def test_a_moment_comes_once_also_around_summer_time(change, hours, moment):
    due = change + timedelta(hours=hours)
    chosen = due - timedelta(moment.days)
    just_before = follow_up(chosen, due - timedelta(seconds=1))
    assert just_before.next == due
    for now in (due, due.astimezone(AMSTERDAM), due + timedelta(hours=1)):
        found = follow_up(chosen, now)
        assert (found.due, found.since) == (moment.id, due)


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)])
def test_a_choice_from_the_future_is_not_asked_about(back):
    chosen = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    found = follow_up(chosen, chosen - back)
    assert not found.asks
    assert found.next == chosen + timedelta(MOMENTS[0].days)

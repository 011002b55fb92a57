"""When a company is asked how its trial goes: three moments after the choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from matcher.trials.columns import State

MomentId = Literal["six_weeks", "three_months", "six_months"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment to ask, counted from the choice."""

    id: MomentId
    days: int


MOMENTS = (Moment("six_weeks", 42), Moment("three_months", 91), Moment("six_months", 182))
"""First whether it began, then how it goes, then what it brought."""
OVER = 365
"""Days after which nobody asks any more: what was never told stays unknown."""
_OPEN: frozenset[State | None] = frozenset({None, "unknown", "not_started", "started"})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What to ask of one trial now, and what comes next."""

    due: MomentId | None
    """The last moment that passed without a word since; None when nothing is to be asked."""
    since: datetime | None
    """When that moment was."""
    next: datetime | None
    """The next moment, None after the last one."""
    measure: bool
    """Whether the measurement afterwards is due and not there."""

    @property
    def asks(self) -> bool:
        """Return whether there is anything to ask now."""
        return self.due is not None or self.measure


def follow_up(
    chosen_at: datetime,
    now: datetime,
    state: State | None = None,
    told_at: datetime | None = None,
    *,
    measured: bool = False,
) -> FollowUp:
    """Return what to ask of a trial.

    Parameters
    ----------
    chosen_at, now : datetime
        When the approach was chosen, and now; both with a time zone.
    state : State, optional
        As last told; None when nobody told anything.
    told_at : datetime, optional
        When that was.
    measured : bool, default=False
        Whether the culture was measured afterwards.
    """
    moments = [(moment.id, chosen_at + timedelta(moment.days)) for moment in MOMENTS]
    over = now >= chosen_at + timedelta(OVER)
    passed = [each for each in moments if each[1] <= now]
    ahead = [at for _, at in moments if at > now]
    due, since = passed[-1] if passed else (None, None)
    told = since is not None and told_at is not None and told_at >= since
    open_ = state in _OPEN and not told and not over
    began = state in ("started", "stopped", "finished")
    return FollowUp(
        due=due if open_ else None,
        since=since if open_ else None,
        next=ahead[0] if ahead and state in _OPEN else None,
        measure=began and not measured and not over and len(passed) == len(moments),
    )

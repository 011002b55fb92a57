"""What a file of trials holds and lacks: unknown answers, states, who was measured again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from matcher.disclosure import Told, alone, by_part, summed
from matcher.profile.schema import PROFILE_FIELDS
from matcher.report.baseline import companies_of
from matcher.trials.columns import CONTROL, STATES

TRIAL_FIELDS = (
    "table",
    "assigned_by",
    "propensity",
    "start_date",
    "end_date",
    "state",
    "participants",
    "hours_per_participant",
    "cost_eur",
    "culture_before",
    "respondents_before",
    "culture_after",
    "respondents_after",
    "satisfaction_owner",
    "satisfaction_staff",
    "would_continue",
)
"""Columns whose holes limit what a trial can say."""


@dataclass(frozen=True, slots=True)
class StateCount:
    """Trials in one state, and of how many the culture was measured before and after."""

    n: int
    n_measured: int


@dataclass(frozen=True)
class Missing:
    """What there is and what is not."""

    n_companies: int
    n_trials: int
    n_controls: int
    profile: Mapping[str, float]
    """Field -> share of the companies of which it is not known."""
    trial: Mapping[str, float]
    """Column -> share of the trials (without controls) in which it is not known."""
    states: Mapping[str, StateCount]
    n_aside: int = 0
    """Companies without any trial: how many others there are is told elsewhere."""

    @property
    def companies(self) -> Told:
        """How many companies there are, as far as it may be told."""
        return summed([alone(self.n_companies - self.n_aside), alone(self.n_aside)])

    @property
    def told(self) -> tuple[dict[str, Told], dict[str, Told]]:
        """Trials in each state, and those of them that were measured, as far as may be told."""
        rows = [(count.n_measured, count.n - count.n_measured) for count in self.states.values()]
        totals, parts = by_part(rows)
        measured = [part[0] for part in parts]
        return (
            dict(zip(self.states, totals, strict=True)),
            dict(zip(self.states, measured, strict=True)),
        )


def missing_of(frame: pd.DataFrame) -> Missing:
    """Return what is missing in a canonical frame of trials."""
    companies = companies_of(frame)
    control = frame["intervention"] == CONTROL
    trials = frame[~control]
    measured = trials["culture_before"].notna() & trials["culture_after"].notna()
    state = trials["state"].fillna("unknown")
    return Missing(
        n_companies=len(companies),
        n_trials=len(trials),
        n_controls=int(frame.loc[control, "company"].nunique()),
        profile={name: _share(companies[name].isna()) for name in PROFILE_FIELDS},
        trial={
            name: _share(state == "unknown" if name == "state" else trials[name].isna())
            for name in TRIAL_FIELDS
        },
        states={
            name: StateCount(int((state == name).sum()), int((measured & (state == name)).sum()))
            for name in STATES
        },
        n_aside=len(companies) - trials["company"].nunique(),
    )


def _share(unknown: pd.Series[bool]) -> float:
    return float(unknown.mean()) if len(unknown) else 0.0

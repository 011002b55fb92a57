"""Rules about what can be: a value that cannot is a fault, one that may be right is a warning.

They hold for a row of a file and for one outcome that somebody tells, beside the profile of its
company. Values that stand for "no answer" in a questionnaire are looked for here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from matcher.arrays import Array, Bools
from matcher.measure.scale import FIVE
from matcher.trials.rules import Cells, RowRule

HEADS = ("participants", "respondents_before", "respondents_after")
"""Counts of people of the company."""
MOST_TIMES, MOST_MORE = 2, 5
"""So many times the employees, and so many more, people can be counted: a company grows, and
who left took part as well. Beyond that one of the two numbers is wrong [J]."""
LONGEST_YEARS = 5
"""No approach takes longer: the longest one on the menu, a diploma at work, takes four [J]."""
ALIKE = 0.1
"""Points on 1-6 by which one score, rounded on two scales, may differ."""

NO_ANSWER = frozenset(
    {9, 88, 98, 99, 888, 998, 999, 8888, 9998, 9999, 88888, 99998, 99999, 999999}
    | {-8, -9, -88, -98, -99, -888, -998, -999, -9999}
)
"""What questionnaires write for "no answer", "does not apply" and "does not know"."""
_MANY = frozenset({888, 998, 999, 8888, 9998, 9999, 88888, 99998, 99999})
CODES: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(HEADS, _MANY | {88, 98, 99}),
    "employees": _MANY,
    "hours_per_participant": _MANY - {888},
    "cost_eur": frozenset({9998, 9999, 99998, 99999, 999999}),
}
"""Column -> the codes that are odd there even once. Lower ones are ordinary values of it."""
OFTEN: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(HEADS, frozenset({9})),
    "satisfaction_owner": frozenset({0, 9}),
    "satisfaction_staff": frozenset({0, 9}),
    "hours_per_participant": frozenset({9, 88, 98, 99, 888}),
    "cost_eur": frozenset({9, 88, 98, 99, 888, 998, 999}),
}
"""Column -> the codes that are odd there only where they are many, and their neighbours few."""

ROUNDED = 0.051
"""Half of the last decimal in which an SD is told at its roughest."""


def today() -> np.datetime64:
    """Return the day; tomorrow is not yet to come, for whoever is east of this machine."""
    return np.datetime64("today", "D") + 1


def impossible(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    """Yield what cannot be, as faults."""
    for name in HEADS:
        yield RowRule("trial_more_than_employees", name, _far_more(columns, name), _of(columns))
    state, now = columns["state"].values, today()
    over = (state == "finished") | (state == "stopped")
    end, start = columns["end_date"].values, columns["start_date"].values
    # What is over in a month that goes on ended before its last day, which stands for it.
    going_on = columns["end_date"].months & (end.astype("datetime64[M]") <= now)
    yield RowRule("trial_end_to_come", "end_date", over & (end > now) & ~going_on, _nothing)
    begun = over | (state == "started")
    yield RowRule("trial_start_to_come", "start_date", begun & (start > now), _nothing)
    for when in ("before", "after"):
        wide = _too_wide(columns, when)
        yield RowRule("trial_spread_too_wide", f"culture_{when}_sd", wide, _nothing)


def odd(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    """Yield what may be right and is odd, as warnings; nothing that is told as a fault."""
    for name in HEADS:
        more = columns[name].values > columns["employees"].most
        more &= ~_far_more(columns, name)
        yield RowRule("more_than_employees", name, more, _of(columns))
    for name in CODES.keys() & columns.keys():
        yield RowRule("no_answer", name, _like_a_code(columns, name), _nothing)
    state, end, start = (columns[n].values for n in ("state", "end_date", "start_date"))
    planned = (end > today()) & ~((state == "finished") | (state == "stopped"))
    planned &= state != "not_started"
    yield RowRule("end_to_come", "end_date", planned, _nothing)
    long = end - start > np.timedelta64(round(365.25 * LONGEST_YEARS), "D")
    years = {"years": LONGEST_YEARS}
    yield RowRule("long_trial", "end_date", long, lambda at: {"start": str(start[at])} | years)
    baseline, before = columns["culture_baseline"].values, columns["culture_before"].values
    on_six = np.where(columns["scale"].values == "1-5", FIVE.on_six(before), before)
    yield RowRule(
        "baseline_differs",
        "culture_before",
        np.abs(on_six - baseline) > ALIKE,
        lambda at: {"baseline": f"{baseline[at]:.4g}"},
    )


def _nothing(_: int) -> Mapping[str, object]:
    return {}


def _of(columns: Mapping[str, Cells]) -> Any:
    employees = columns["employees"].most
    return lambda at: {"employees": f"{employees[at]:.0f}"}


def _far_more(columns: Mapping[str, Cells], name: str) -> Bools:
    # Of a size class the last number; where nothing is known, NaN, than which nothing is more.
    most = MOST_TIMES * columns["employees"].most + MOST_MORE
    far: Bools = columns[name].values > most
    return far


def _like_a_code(columns: Mapping[str, Cells], name: str) -> Bools:
    values = columns[name].values
    alike: Bools = np.isin(values, list(CODES[name]))
    if name in HEADS:
        alike &= ~(values > columns["employees"].most)  # that is told already
    if name.startswith("respondents"):
        # 99 people beside 104 at the other measurement are 99 people.
        other = columns[next(n for n in HEADS[1:] if n != name)].values
        alike &= ~((np.abs(values - other) <= 0.25 * values) & (values != other))
    return alike


def _too_wide(columns: Mapping[str, Cells], when: str) -> Bools:
    """Return where people cannot differ so much on that scale.

    The widest they can is when half of them give the lowest mark and half the highest: the SD is
    half the scale then (Popoviciu), times sqrt(n / (n - 1)) for that of a sample.
    """
    people = columns[f"respondents_{when}"].values
    # A scale is that of a score: without one it says nothing.
    short = (columns["scale"].values == "1-5") & columns[f"culture_{when}"].known
    half: Array = np.where(short, 2.0, 2.5)
    n: Array = np.where(people >= 2, people, 2.0)
    wide: Bools = columns[f"culture_{when}_sd"].values > half * np.sqrt(n / (n - 1)) + ROUNDED
    return wide

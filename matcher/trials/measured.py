"""Which measurements the rows of trials are about: named in them, or worked out from the scores.

The gain of two rows that share a measurement shares its error: whoever learns from both has to
know. A file may say so itself (``measured_before``, ``measured_after``, with a file of measurements
beside it); of files without those columns equal scores of one company are taken as one measurement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Ints
from matcher.errors import Fault, InvalidTrials
from matcher.tables.faults import place, shown
from matcher.trials.columns import MEASURED_COLUMNS as MEASURED_COLUMNS
from matcher.trials.measurements import MEASUREMENT_COLUMNS

_MOMENTS = ("culture_before", "culture_after")
_SCORES = {
    "before": ("culture_before", "culture_before_sd", "respondents_before", "start_date"),
    "after": ("culture_after", "culture_after_sd", "respondents_after", "end_date"),
}
"""When -> columns of mean, SD, people, and the day it goes by."""


@dataclass(frozen=True)
class Measured:
    """The measurements behind trials, and which row is about which."""

    measurements: pd.DataFrame
    """Columns ``MEASUREMENT_COLUMNS``, by company in order of time, on their own scale."""
    before: Ints
    """(n_trials,) place of the measurement before among them; -1 where there is none."""
    after: Ints
    notes: tuple[Fault, ...] = ()
    """How many rows share a measurement."""


def measured_by_score(trials: pd.DataFrame) -> Measured:
    """Return the measurements that trials without names of them are about.

    Rows of one company with the same score before, on the same scale, are about one measurement,
    unless their SD or their number of people is known and differs; so are rows with the same score
    after. A score before is that after an earlier trial if mean, SD and number of people are all
    known and the same, and the earlier trial ended by the time the later one began. Before and
    after one trial are two measurements, also where the score stayed what it was.

    Parameters
    ----------
    trials : DataFrame
        Columns of trials, with an index of 0..n-1; scores as they stand in the file.
    """
    points = pd.concat([_points(trials, when) for when in _SCORES], ignore_index=True)
    points["group"] = _alike(points)
    groups = _groups(points)
    groups["one"] = _linked(groups, points)
    whole = (
        groups.sort_values(["first", "day", "after"], kind="stable")
        .groupby("one", sort=False)
        .agg({"company": "first", "day": "min", "after": "max", "first": "min"} | _FIRST)
        .reset_index()
        .sort_values(["first", "day", "after"], kind="stable", ignore_index=True)
    )
    whole["wave"] = (whole.groupby("company", sort=False).cumcount() + 1).astype(str)
    at = dict(zip(whole["one"], range(len(whole)), strict=True))
    of_group = dict(zip(groups["group"], groups["one"].map(at), strict=True))
    before, after = (np.full(len(trials), -1, dtype=np.int64) for _ in _SCORES)
    for places, is_after in ((before, False), (after, True)):
        mine = points[points["after"] == is_after]
        places[mine["row"].to_numpy(np.int64)] = mine["group"].map(of_group).to_numpy(np.int64)
    frame = whole.reindex(columns=list(MEASUREMENT_COLUMNS))
    # The day of a score is that of the trial, not of the questionnaire: it only tells the order.
    frame["day"] = pd.NaT
    return Measured(frame, before, after, tuple(_shared(points, whole, of_group)))


_FIRST = dict.fromkeys(("mean", "sd", "n", "scale"), "first")


def _points(trials: pd.DataFrame, when: str) -> pd.DataFrame:
    """Return the scores of one moment, a row each, where there is one."""
    mean, sd, n, day = _SCORES[when]
    points = pd.DataFrame(
        {
            "row": trials.index,
            "company": trials["company"].to_numpy(object),
            "after": when == "after",
            "mean": trials[mean].to_numpy(float),
            "sd": trials[sd].to_numpy(float),
            "n": trials[n].to_numpy(float),
            "scale": trials["scale"].to_numpy(object),
            "day": pd.to_datetime(trials[day]).to_numpy("datetime64[ns]"),
        }
    )
    return points[points["mean"].notna()]


def _alike(points: pd.DataFrame) -> list[int]:
    """Return a number for each score, the same for those that are one measurement.

    Where the SD or the number of people is not known it can be that of any; it joins the first.
    """
    groups: dict[tuple[object, ...], list[list[float]]] = {}
    numbers: dict[tuple[object, ...], list[int]] = {}
    found, n_groups = [], 0
    # Who knows most comes first, so that what is not known joins what is.
    unknown = points["sd"].isna().astype(int) + points["n"].isna()
    order = np.argsort(unknown.to_numpy(), kind="stable")
    keys = list(zip(*(points[name] for name in ("company", "after", "mean", "scale")), strict=True))
    known = points[["sd", "n"]].to_numpy()
    of = np.empty(len(points), dtype=np.int64)
    for at in order:
        same, mine = groups.setdefault(keys[at], []), known[at]
        for number, other in zip(numbers.setdefault(keys[at], []), same, strict=True):
            if all(a == b or np.isnan(a) or np.isnan(b) for a, b in zip(mine, other, strict=True)):
                of[at] = number
                other[:] = [b if np.isnan(a) else a for a, b in zip(mine, other, strict=True)]
                break
        else:
            same.append(list(mine))
            numbers[keys[at]].append(n_groups)
            of[at] = n_groups
            n_groups += 1
    found = of.tolist()
    return found


def _groups(points: pd.DataFrame) -> pd.DataFrame:
    """Return the scores that are one measurement as one row, with its first and last day."""
    by = points.groupby("group", sort=True)
    groups = by.agg({"company": "first", "after": "first"} | _FIRST)
    groups["day"] = by["day"].min()
    groups["last"] = by["day"].max()
    firsts = points.groupby("company")["row"].min()
    groups["first"] = groups["company"].map(firsts)
    return groups.reset_index()


def _linked(groups: pd.DataFrame, points: pd.DataFrame) -> list[int]:
    """Return for each group the number of its measurement: that after one trial, before another."""
    one = dict(zip(groups["group"], groups["group"], strict=True))
    rows = points.groupby("group")["row"].agg(frozenset)
    certain = groups[groups["sd"].notna() & groups["n"].notna()]
    afters = certain[certain["after"]]
    keys = ["company", "mean", "sd", "n", "scale"]
    pairs = afters.merge(certain[~certain["after"]], on=keys, suffixes=("", "_later"))
    for earlier, later, last, day in zip(
        *(pairs[name].tolist() for name in ("group", "group_later", "last", "day_later")),
        strict=True,
    ):
        if not rows[earlier] & rows[later] and last <= day and one[later] == later:
            one[later] = earlier
    return [one[group] for group in groups["group"]]


def _shared(points: pd.DataFrame, whole: pd.DataFrame, of_group: dict[int, int]) -> Iterator[Fault]:
    measurement = points["group"].map(of_group)
    several = points.groupby(measurement)["row"].nunique()
    shared = several[several > 1].index
    if len(shared):
        rows = points.loc[measurement.isin(shared), "row"].nunique()
        companies = whole.loc[shared, "company"].nunique()
        yield Fault("company", "measurement_shared", {"n": rows, "companies": companies})


def periods(trials: pd.DataFrame) -> Ints:
    """Return a label for the two measurements that each row is about (n,), 0 and on.

    Rows of one company about the same two share a label: what was tried in that period brought one
    change, measured once. A row that names its measurements goes by their names, another by its
    scores, as ``measured_by_score`` does; one that lacks a score has a label of its own.

    Parameters
    ----------
    trials : DataFrame
        Columns of trials, with an index of 0..n-1.
    """
    n = len(trials)
    label = np.arange(n, dtype=np.int64)
    named = np.zeros(n, dtype=np.bool_)
    if all(name in trials for name in MEASURED_COLUMNS):
        named = trials[list(MEASURED_COLUMNS)].notna().all(axis=1).to_numpy()
        keys = [trials.loc[named, "company"].astype(object)]
        keys += [trials.loc[named, name].astype(str).str.casefold() for name in MEASURED_COLUMNS]
        label[named] = n + pd.concat(keys, axis=1).groupby(list(_KEYS), sort=False).ngroup()
    scored = trials[list(_MOMENTS)].notna().all(axis=1).to_numpy() & ~named
    # Only rows with the same two scores can be about the same two measurements.
    alike = trials.loc[scored].duplicated(["company", *_MOMENTS, "scale"], keep=False)
    some = np.flatnonzero(scored)[alike.to_numpy()]
    if len(some):
        few = trials.iloc[some].reset_index(drop=True)
        days = dict.fromkeys((day for *_, day in _SCORES.values() if day not in few), pd.NaT)
        found = measured_by_score(few.assign(**days))
        label[some] = 2 * n + found.before * (2 * len(some)) + found.after
    _, compact = np.unique(label, return_inverse=True)
    return compact.astype(np.int64)


_KEYS = ("company", *MEASURED_COLUMNS)


def measured_by_name(
    trials: pd.DataFrame, measurements: pd.DataFrame, rows: Iterable[int]
) -> Measured:
    """Return the measurements that trials name, with what each row is about.

    Parameters
    ----------
    trials : DataFrame
        With ``company`` and what there is of ``MEASURED_COLUMNS``; index 0..n-1.
    measurements : DataFrame
        As ``read_measurements`` gives them, those of a company in order of time.
    rows : iterable of int
        Row of each trial in its file.

    Raises
    ------
    InvalidTrials
        If a named measurement is not there, or the one after is not later than the one before;
        with all such faults, by row.
    """
    waves = measurements["wave"].str.casefold()
    at = {
        key: place_ for place_, key in enumerate(zip(measurements["company"], waves, strict=True))
    }
    faults: list[Fault] = []
    found: dict[str, list[int]] = {}
    for column in MEASURED_COLUMNS:
        names = trials[column] if column in trials else pd.Series(None, trials.index, dtype=object)
        found[column] = []
        for company, name, row in zip(trials["company"], names, rows, strict=True):
            known = -1 if name is None or pd.isna(name) else at.get((company, name.casefold()), -2)
            if known == -2:
                faults.append(_fault(row, column, "measurement_unknown", shown(name)))
            found[column].append(known)
    before, after = (found[column] for column in MEASURED_COLUMNS)
    for first, second, row in zip(before, after, rows, strict=True):
        if first >= 0 and second >= 0 and second <= first:
            name, other = (shown(str(measurements["wave"].iloc[p])) for p in (second, first))
            code = "measurement_both_same" if first == second else "measurement_order"
            faults.append(_fault(row, "measured_after", code, name, before=other))
    if faults:
        raise InvalidTrials(sorted(faults, key=lambda fault: int(str(fault.params["row"]))))
    return Measured(measurements, np.array(before), np.array(after))


def _fault(row: int, column: str, code: str, value: str, **told: object) -> Fault:
    return Fault(place(row, column), code, {"row": row, "column": column, "value": value, **told})

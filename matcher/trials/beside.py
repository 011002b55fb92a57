"""The file of measurements beside one of trials: what it adds to the scores in the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Array, Ints
from matcher.errors import Fault, InvalidMeasurements, InvalidTrials
from matcher.tables.faults import place, shown
from matcher.trials.gain import TWICE_COLUMNS, on_own, on_six
from matcher.trials.measured import Measured, measured_by_name
from matcher.trials.measurements import read_measurements
from matcher.trials.reader import Trials

_WHEN = ("before", "after")
_NEAR = 0.05
"""Points on 1-6 by which a score in a row may be off the measurement it names: rounding."""


def with_measurements(trials: Trials, path: Path | None) -> Trials:
    """Return trials with what the measurements that they name add; without a file as they are.

    A score, SD or number of people that a row lacks is that of its measurement. How many people
    answered twice, and how alike their two scores are, is known where the measurement after is the
    next one after that before; they are the ``TWICE_COLUMNS``.

    Raises
    ------
    UnreadableFile, InvalidMeasurements
        If the file of measurements cannot be used.
    InvalidTrials
        If a row names a measurement that is not there, one after that is not later than the one
        before, or one with another score than the row has; with all such faults, by row.
    """
    if path is None:
        return trials
    try:
        read = read_measurements(path)
    except InvalidMeasurements as refused:  # two files are read: a row is one of this one
        faults = [replace(f, where=f"{path.name}, {f.where}") for f in refused.faults]
        raise InvalidMeasurements(faults, refused.total) from None
    named = measured_by_name(trials.frame, read.on_six, trials.rows)
    if faults := list(_differ(trials, named)):
        raise InvalidTrials(faults)
    return replace(trials, frame=_filled(trials.frame, named))


def _differ(trials: Trials, named: Measured) -> Iterator[Fault]:
    """Yield where a row has another score than the measurement that it names."""
    means = np.append(named.measurements["mean"].to_numpy(float), np.nan)
    off = []
    for when, at in zip(_WHEN, (named.before, named.after), strict=True):
        own = on_six(trials.frame[f"culture_{when}"], trials.frame["scale"]).to_numpy(float)
        off.append(np.abs(own - means[at]) > _NEAR)
    for row in np.flatnonzero(off[0] | off[1]):
        for when, at, differs in zip(_WHEN, (named.before, named.after), off, strict=True):
            if differs[row]:
                column, number = f"culture_{when}", int(trials.rows[row])
                told = {
                    "row": number,
                    "column": column,
                    "value": shown(f"{trials.frame[column].iloc[row]:g}"),
                    "measured": f"{means[at[row]]:.2f}",
                    "wave": shown(str(named.measurements["wave"].iloc[at[row]])),
                }
                yield Fault(place(number, column), "measurement_differs", told)


def _filled(frame: pd.DataFrame, named: Measured) -> pd.DataFrame:
    filled, table = frame.copy(), named.measurements
    some = (named.before >= 0) | (named.after >= 0)
    filled["scale"] = filled["scale"].where(filled["scale"].notna() | ~some, "1-6")
    narrower = np.where(filled["scale"] == "1-5", 0.8, 1.0)
    for when, at in zip(_WHEN, (named.before, named.after), strict=True):
        mean = pd.Series(_at(table, "mean", at), filled.index)
        told = {
            f"culture_{when}": on_own(mean, filled["scale"]),
            f"culture_{when}_sd": _at(table, "sd", at) * narrower,
            f"respondents_{when}": _at(table, "n", at),
        }
        for name, values in told.items():
            filled[name] = filled[name].fillna(pd.Series(values, filled.index))
    following = (named.before >= 0) & (named.after == named.before + 1)
    for name in TWICE_COLUMNS:
        filled[name] = np.where(following, _at(table, name, named.after), np.nan)
    return filled


def _at(table: pd.DataFrame, name: str, at: Ints) -> Array:
    values: Array = np.append(table[name].to_numpy(float), np.nan)[at]
    return values

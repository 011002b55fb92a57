"""From culture scores before and after to a gain with its error, as the contract defines it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Array, Bools, Ints
from matcher.measure.error import error_of_change, shrunk_variance
from matcher.measure.scale import FIVE
from matcher.trials.columns import CONTROL
from matcher.trials.measured import periods

SLOPE_PRIOR_MEAN, SLOPE_PRIOR_SD = 0.6, 0.15
"""Prior of the slope of after on before: company means correlate .5-.7 (a judgement)."""
PERSON_SD = 0.95
"""SD of one person's score about the company's, where a file does not give it [J]."""
TWICE_COLUMNS = ("n_twice", "correlation")
"""Columns that measurements add to trials: people in both scores, and how alike their two are."""
USUAL_RESPONDENTS = 10.0
"""Respondents assumed where a file does not say how many answered [J]."""
DRIFT_SD = 0.10
"""SD of what companies change anyway, before any was measured: about 0.

0 to .05 point is usual (a judgement); twice that leaves room for a year in which much changed, so
that some thirty companies without an intervention outweigh it.
"""
OWN_SD = 0.16
"""SD of what one company changes anyway, about the mean of all: noise and level of the regression.

Companies measured without an intervention tell it as well; it counts as five of them.
"""
_OWN_COUNT = 5


@dataclass(frozen=True)
class Gains:
    """The measured gain of each trial, in points on 1-6."""

    gain: Array
    """(n,) change less the drift; NaN where it is not known, or is that of several trials."""
    change: Array
    """(n,) change from before to after, adjusted for where the company started; NaN if unknown."""
    variance: Array
    """(n,) error variance of each change from the people who answered."""
    period: Ints
    """(n,) label of the two measurements each change is between: trials that share it share it."""
    slope: float
    """Slope of after on before used in the adjustment."""
    control_change: float
    """The drift: what companies change anyway, as controls tell it; 0 when none was measured."""
    n_controls: int
    """Companies among the controls."""
    drift_sd: float
    """SD of the drift as it is known here."""


def first_of(period: Ints) -> Bools:
    """Return which trials are the first of their period (n,): a change counts once."""
    once = np.zeros(len(period), np.bool_)
    once[np.unique(period, return_index=True)[1]] = True
    return once


def of_some(gains: Gains, chosen: Bools) -> Gains:
    """Return the gains of some trials, as they were measured among all."""
    return replace(
        gains,
        gain=gains.gain[chosen],
        change=gains.change[chosen],
        variance=gains.variance[chosen],
        period=gains.period[chosen],
    )


def _variance(frame: pd.DataFrame, factor: Array, slope: float) -> Array:
    """Return the error variance of each adjusted change (n,), on 1-6."""
    headcount = frame["employees"].to_numpy(float)
    people, answered, of = [], [], []
    for when in ("before", "after"):
        sd = frame[f"culture_{when}_sd"].to_numpy(float) * factor
        n = frame[f"respondents_{when}"].to_numpy(float)
        told = ~np.isnan(n) & (n >= 1)
        # A few alike answers do not mean that nobody differs: drawn towards all companies.
        spread = shrunk_variance(np.where(np.isnan(sd), 0.0, sd) ** 2, np.where(np.isnan(sd), 1, n))
        variance = np.where(np.isnan(spread.variance), PERSON_SD**2, spread.variance)
        people.append(np.maximum(variance, (0.5 * PERSON_SD) ** 2))
        answered.append(np.where(told, n, np.fmin(USUAL_RESPONDENTS, headcount)))
        # How many were left to ask is known only where it is known how many were asked.
        of.append(np.where(told, headcount, np.nan))
    twice, r = (
        frame[name].to_numpy(float) if name in frame else np.full(len(frame), np.nan)
        for name in TWICE_COLUMNS
    )
    error: Array = error_of_change(
        (people[0], people[1]), (answered[0], answered[1]), (of[0], of[1]), twice, r, slope
    )
    return error**2


def adjusted_slope(before: Array, after: Array) -> float:
    """Return the slope of after on before, shrunk to its prior when trials are few."""
    precision = SLOPE_PRIOR_SD**-2
    if len(before) < 3:
        return SLOPE_PRIOR_MEAN
    x, y = before - before.mean(), after - after.mean()
    residual = max(float(np.var(y - SLOPE_PRIOR_MEAN * x)), 1e-6)
    return float((precision * SLOPE_PRIOR_MEAN + x @ y / residual) / (precision + x @ x / residual))


def controls_of(frame: pd.DataFrame) -> Bools:
    """Return which rows are companies without an intervention (``geen``) to compare with (n,).

    Who could only get nothing is none: a plan in which no card with a seat suits a company gives it
    ``geen`` with chance 1. That was no lottery, and such a company differs from the others.
    """
    left = (frame["intervention"] == CONTROL).to_numpy()
    certain = (frame["assigned_by"] == "leermatch") & (frame["propensity"] == 1)
    controls: Bools = left & ~certain.to_numpy(bool)
    return controls


def measure(frame: pd.DataFrame) -> Gains:
    """Return the gain of each trial: the change, adjusted for where the company started.

    ``change = (after - before) - (b - 1)(before - mean before)``; the gain is that less the drift.
    The drift is believed to be N(0, DRIFT_SD^2), and what each control changed is one measurement
    of it, each company once, with its own error: no control, or one of three people, moves it
    little, and every further one makes it surer.

    Parameters
    ----------
    frame : DataFrame
        Trials, canonical, index 0..n-1. Where it has ``TWICE_COLUMNS``, the error of a change
        counts the people who answered twice.
    """
    scale = frame["scale"].to_numpy(object)
    factor: Array = np.where(scale == "1-5", 1.25, 1.0)
    before = on_six(frame["culture_before"], frame["scale"]).to_numpy(float)
    after = on_six(frame["culture_after"], frame["scale"]).to_numpy(float)
    known = ~np.isnan(before) & ~np.isnan(after)
    period = periods(frame)
    once = first_of(period) & known
    slope = adjusted_slope(before[once], after[once])
    start = before[once].mean() if once.any() else 0.0
    change = (after - before) - (slope - 1) * (before - start)
    variance = _variance(frame, factor, slope)
    drift, drift_sd, n_controls = _drift(frame, change, variance, once & controls_of(frame))
    gain = np.where(_alone(frame, period), change - drift, np.nan)
    return Gains(gain, change, variance, period, slope, drift, n_controls, drift_sd)


def _alone(frame: pd.DataFrame, period: Ints) -> Bools:
    """Return whose change can be its own (n,): no other trial of its period began, or may have."""
    idle = (frame["intervention"] == CONTROL) | (frame["state"] == "not_started")
    began = ~idle.to_numpy(bool)
    alone: Bools = np.bincount(period, began, len(frame))[period] - began == 0
    return alone


def _drift(
    frame: pd.DataFrame, change: Array, variance: Array, controls: Bools
) -> tuple[float, float, int]:
    """Return mean and SD of what companies change anyway, and how many companies told it."""
    if not controls.any():
        return 0.0, DRIFT_SD, 0
    company, names = pd.factorize(frame.loc[controls, "company"])
    times = np.bincount(company)
    changes = np.bincount(company, change[controls]) / times
    error = np.bincount(company, variance[controls]) / times**2
    n = len(names)
    own = _OWN_COUNT * OWN_SD**2
    if n > 1:
        own += (n - 1) * max(float(np.var(changes, ddof=1) - error.mean()), 0.0)
        own /= _OWN_COUNT + n - 1
    else:
        own /= _OWN_COUNT
    weight = 1 / (own + error)
    precision = DRIFT_SD**-2 + float(weight.sum())
    return float(weight @ changes) / precision, precision**-0.5, n


def on_six(score: Any, scale: Any) -> Any:
    """Return a column of scores on 1-6; where the scale is 1-5, x becomes 1 + 1.25 (x - 1)."""
    return score.where(scale != "1-5", FIVE.on_six(score))


def on_own(score: Any, scale: Any) -> Any:
    """Return a score on 1-6 as it would be on its own scale: the inverse of ``on_six``."""
    return score.where(scale != "1-5", FIVE.on_own(score))


def fill_culture(frame: pd.DataFrame) -> None:
    """Let ``culture_baseline`` (1-6) and ``culture_before`` (on ``scale``) fill each other.

    They are the same measure. A score that came from the baseline gets scale 1-6 when the row
    named none.
    """
    scale, baseline, before = (
        frame[name] for name in ("scale", "culture_baseline", "culture_before")
    )
    frame["culture_baseline"] = baseline.fillna(on_six(before, scale))
    frame["culture_before"] = before.fillna(on_own(baseline, scale))
    unnamed = scale.isna() & frame["culture_before"].notna()
    frame["scale"] = scale.where(~unnamed, "1-6")

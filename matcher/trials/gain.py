"""From culture scores before and after to a gain with its error, as the contract defines it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Array, Bools
from matcher.measure.scale import FIVE
from matcher.trials.columns import CONTROL

SLOPE_PRIOR_MEAN, SLOPE_PRIOR_SD = 0.6, 0.15
"""Prior of the slope of after on before: company means correlate .5-.7 (a judgement)."""
PERSON_SD = 0.95
"""SD of one person's score about the company's, where a file does not give it [J]."""
USUAL_RESPONDENTS = 10.0
"""Respondents assumed where a file does not say how many answered [J]."""
DRIFT_SD = 0.05
"""SD of the change without an intervention where none was measured: 0 to .05 point [J]."""


@dataclass(frozen=True)
class Gains:
    """The measured gain of each trial, in points on 1-6."""

    gain: Array
    """(n,); NaN where before or after is not known."""
    variance: Array
    """(n,) error variance of each gain from the number of people who answered."""
    slope: float
    """Slope of after on before used in the adjustment."""
    control_change: float
    """Mean adjusted change of the controls, each company once; 0 when none was measured."""
    n_controls: int
    """Companies among the controls."""
    drift_sd: float
    """SD of what a company without an intervention would have changed, as it is known here."""


def _error(frame: pd.DataFrame, when: str, factor: Array) -> Array:
    """Return the error variance of a company mean: people's variance over how many answered."""
    sd = frame[f"culture_{when}_sd"].to_numpy(float)
    answered = frame[f"respondents_{when}"].to_numpy(float)
    sd = np.where(np.isnan(sd), PERSON_SD, sd * factor)
    answered = np.where(np.isnan(answered) | (answered < 1), USUAL_RESPONDENTS, answered)
    # An SD of a handful of alike answers can be 0; people still differ.
    error: Array = np.maximum(sd, 0.5 * PERSON_SD) ** 2 / answered
    return error


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

    ``gain = (after - before) - (b - 1)(before - mean before)``, less the mean of the same among
    controls.
    """
    scale = frame["scale"].to_numpy(object)
    factor: Array = np.where(scale == "1-5", 1.25, 1.0)
    before = on_six(frame["culture_before"], frame["scale"]).to_numpy(float)
    after = on_six(frame["culture_after"], frame["scale"]).to_numpy(float)
    known = ~np.isnan(before) & ~np.isnan(after)
    slope = adjusted_slope(before[known], after[known])
    start = before[known].mean() if known.any() else 0.0
    gain = (after - before) - (slope - 1) * (before - start)
    controls = known & controls_of(frame)
    variance = _error(frame, "after", factor) + slope**2 * _error(frame, "before", factor)
    if not controls.any():
        return Gains(gain, variance, slope, 0.0, 0, DRIFT_SD)
    company, names = pd.factorize(frame.loc[controls, "company"])
    times = np.bincount(company)
    changes = np.bincount(company, gain[controls]) / times
    error = np.bincount(company, variance[controls]) / times**2
    # One control does not tell how much controls differ; all gains do, and differ no less.
    spread = np.var(changes if len(names) > 1 else gain[known], ddof=1) if known.sum() > 1 else 0.0
    drift_sd = float(np.sqrt(np.maximum(error.mean(), spread) / len(names)))
    change = float(changes.mean())
    return Gains(gain - change, variance, slope, change, len(names), drift_sd)


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

"""What was measured before and after, as it was: by how a trial went, and without an approach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Array, Bools
from matcher.evaluation.findings import CardMean, Estimate
from matcher.evaluation.intervals import student
from matcher.model.fitted import Model
from matcher.ranking.engine import Engine
from matcher.training.evidence import Evidence, answered
from matcher.trials.columns import CONTROL
from matcher.trials.gain import controls_of, measure, on_six

WENT: tuple[str, ...] = ("finished", "started", "stopped", "not_started")
"""States of which a change is told, in the order in which they are read."""
MOST_PER_CARD = 50
"""Companies over which the estimate of a card is averaged at most, spread evenly."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Companies measured before and after, each of them once; scores on 1-6, in points."""

    n_companies: int
    before: float
    after: float
    change: Estimate
    """After less before, with the interval of the mean (Student's t)."""
    sd: float | None
    """Of the change, over companies."""
    gain: Estimate
    """The change corrected for the start, less that of the controls, whose error is in it."""


@dataclass(frozen=True)
class Result:
    """What happened."""

    by_state: Mapping[str, Moved]
    """Of the states in which a trial was measured before and after."""
    controls: Moved | None
    """Companies without an approach."""


def result_of(frame: pd.DataFrame) -> Result:
    """Return what happened in a canonical frame of trials.

    A company that tried twice counts with the mean of its changes.
    """
    gains = measure(frame)
    before = on_six(frame["culture_before"], frame["scale"]).to_numpy(float)
    after = on_six(frame["culture_after"], frame["scale"]).to_numpy(float)
    scores = pd.DataFrame(
        {
            "company": frame["company"].to_numpy(object),
            "before": before,
            "after": after,
            "change": after - before,
            # Of the company, whatever it tried: also where several trials share it.
            "gain": gains.change - gains.control_change,
        }
    )
    known, tried = ~np.isnan(before + after), (frame["intervention"] != CONTROL).to_numpy()
    state = frame["state"].to_numpy(object)

    def moved(chosen: Bools) -> Moved | None:
        each = scores[known & chosen].groupby("company", sort=False).mean()
        if not len(each):
            return None
        change = each["change"].to_numpy()
        return Moved(
            n_companies=len(each),
            before=float(each["before"].mean()),
            after=float(each["after"].mean()),
            change=student(change),
            sd=float(change.std(ddof=1)) if len(each) > 1 else None,
            gain=student(each["gain"].to_numpy(), shared_sd=gains.drift_sd),
        )

    found = {name: moved(tried & (state == name)) for name in WENT}
    return Result({n: m for n, m in found.items() if m}, moved(controls_of(frame)))


def card_means(evidence: Evidence, model: Model) -> tuple[CardMean, ...]:
    """Return the mean measured gain of every card beside what the model makes of it, in menu order.

    Of the trials that tell the gain if finished: finished or under way, measured before and after.
    """
    known, gain = answered(evidence, "gain")
    engine, found = Engine(model, "cards"), []
    for place, card in enumerate(model.menu):
        tried = known & (evidence.cards == place)
        if tried.any():
            mean, n_companies = _by_company(evidence, gain, tried)
            found.append(
                CardMean(
                    card=card.id,
                    n_trials=int(tried.sum()),
                    n_companies=n_companies,
                    raw=student(mean, shared_sd=evidence.gains.drift_sd),
                    estimate=_estimate(evidence, engine, tried, place),
                )
            )
    return tuple(found)


def _by_company(evidence: Evidence, gain: Array, chosen: Bools) -> tuple[Array, int]:
    _, place, counts = np.unique(evidence.company[chosen], return_inverse=True, return_counts=True)
    return np.bincount(place, gain[chosen]) / counts, len(counts)


def _estimate(evidence: Evidence, engine: Engine, tried: Bools, card: int) -> float:
    """Return the model's gain if finished, over the companies of the trials (n,)."""
    _, first = np.unique(np.where(tried, evidence.company, -1), return_index=True)
    first = first[tried[first]]
    if len(first) > MOST_PER_CARD:
        first = first[np.linspace(0, len(first) - 1, MOST_PER_CARD).astype(np.int64)]
    some = evidence.of(np.isin(np.arange(len(evidence)), first)).with_profiles()
    return float(np.mean([engine.predictions(profile).gain[card] for profile in some.profiles]))

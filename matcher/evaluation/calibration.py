"""Whether chances and intervals mean what they say, on companies the model had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from matcher.arrays import Array, Ints
from matcher.design.expert import Head
from matcher.disclosure import FEWEST, is_few
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import CalibrationBin, Estimate, LevelCoverage
from matcher.evaluation.intervals import LEVEL, UNKNOWN, student, wilson
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence, answered

Places = NDArray[np.intp]

CHANCES: tuple[Literal["started", "completed"], ...] = ("started", "completed")
LEVELS = (0.5, 0.8, 0.95)
MOST_BINS = 5
FEWEST_IN_BIN = 10
"""Fewer predictions than this make no bin of their own [J]."""
FACTOR_SD = 0.25
"""Prior SD of the log of the factor: the model is not thought to be off by more than half [J]."""
_LOGS = np.linspace(-0.75, 0.75, 151)


def coverage(evidence: Evidence, held: Held, chosen: Places, level: float = LEVEL) -> Estimate:
    """Return how many of the measured gains fall in their predictive interval (Wilson)."""
    found = gaps(evidence, held, chosen)
    if not len(found.gap):
        return UNKNOWN
    inside = np.abs(found.gap) <= ndtri(0.5 + level / 2) * found.spread
    return wilson(int(inside.sum()), len(inside))


def levels(evidence: Evidence, held: Held) -> tuple[LevelCoverage, ...]:
    """Return the coverage of predictive intervals of several levels."""
    everything = np.arange(len(evidence))
    return tuple(
        LevelCoverage(level, coverage(evidence, held, everything, level)) for level in LEVELS
    )


@dataclass(frozen=True)
class Gaps:
    """By how much measured gains differ from their predictions, and what was expected of that."""

    trials: Places
    """Which trials have a measured gain (n,)."""
    gap: Array
    """Measured less predicted, in points (n,)."""
    posterior_variance: Array
    """Of what the model does not know of the pair (n,)."""
    noise_variance: Array
    """Of the company, the table and the measurement (n,)."""

    @property
    def spread(self) -> Array:
        """Return the SD that was expected of the gap (n,)."""
        spread: Array = np.sqrt(self.posterior_variance + self.noise_variance)
        return spread


def gaps(evidence: Evidence, held: Held, chosen: Places) -> Gaps:
    """Return the gaps of those of the chosen trials whose gain was measured."""
    known, gain = answered(evidence, "gain")
    some = chosen[known[chosen]]
    mean, variance = (
        of_tried(evidence, held.ours, name)[some] for name in ("gain", "gain_variance")
    )
    noise = held.noise[some] + evidence.gains.variance[some]
    return Gaps(some, gain[some] - mean, variance, noise)


def brier(
    evidence: Evidence, predicted: Sequence[Predictions], chosen: Places
) -> dict[str, float | None]:
    """Return the mean squared error of the chances of starting and of completing."""
    return {head: _squared_error(evidence, predicted, head, chosen) for head in CHANCES}


def errors(
    evidence: Evidence, predicted: Mapping[str, Sequence[Predictions]], heads: Sequence[Head]
) -> Mapping[str, Mapping[str, float | None]]:
    """Return the mean squared error of each question by who answers; None where none is known."""
    all_of_them = np.arange(len(evidence))
    return {
        head: {who: _squared_error(evidence, p, head, all_of_them) for who, p in predicted.items()}
        for head in heads
    }


def _squared_error(
    evidence: Evidence, predicted: Sequence[Predictions], head: Head, chosen: Places
) -> float | None:
    known, answer = answered(evidence, head)
    gap = (told_of(evidence, predicted, head) - answer)[chosen[known[chosen]]]
    return float(np.mean(gap**2)) if len(gap) else None


def told_of(evidence: Evidence, predicted: Sequence[Predictions], head: Head) -> Array:
    """Return the chance, or the gain, that each trial was given (n,)."""
    return of_tried(evidence, predicted, "gain" if head == "gain" else f"p_{head}")


def of_tried(evidence: Evidence, predicted: Sequence[Predictions], name: str) -> Array:
    """Return one of the numbers predicted of the card that each trial tried (n,)."""
    tried = zip(predicted, evidence.cards.tolist(), strict=True)
    return np.array([getattr(one, name)[card] for one, card in tried])


def calibration(evidence: Evidence, held: Held) -> tuple[CalibrationBin, ...]:
    """Return bins of about equal numbers, of the chances and of the gain if finished.

    No bin holds fewer than five companies, nor 1 to 4 trials that went the one way or the other:
    what was observed would tell them. A question of which fewer are known has no bin: one that was
    left out among others would follow from how many were measured in all.
    """
    everything = np.arange(len(evidence))
    found: list[CalibrationBin] = []
    for head in CHANCES:
        known, all_answers = answered(evidence, head)
        chance, answer = told_of(evidence, held.ours, head)[known], all_answers[known]
        for some in _bins(chance, evidence.company[known], answer):
            low, high, mean = _ends(chance[some])
            observed = wilson(int(answer[some].sum()), len(some))
            found.append(CalibrationBin(head, low, high, len(some), mean, observed))
    gap = gaps(evidence, held, everything).gap
    known, gain = answered(evidence, "gain")
    predicted = gain[known] - gap
    for some in _bins(predicted, evidence.company[known], np.ones(len(predicted))):
        low, high, mean = _ends(predicted[some])
        measured = student(gain[known][some], shared_sd=evidence.gains.drift_sd)
        found.append(CalibrationBin("gain", low, high, len(some), mean, measured))
    return tuple(found)


def _bins(predicted: Array, companies: Ints, answer: Array) -> list[Places]:
    """Deal predictions into bins of about equal size, from low to high."""
    order = np.argsort(predicted, kind="stable")
    most = int(np.clip(len(predicted) // FEWEST_IN_BIN, 1, MOST_BINS))
    for n_bins in range(most, 0, -1):
        bins = np.array_split(order, n_bins)
        if all(
            len(np.unique(companies[some])) >= FEWEST
            and not is_few(int(answer[some].sum()))
            and not is_few(int((1 - answer[some]).sum()))
            for some in bins
        ):
            return bins
    return []


def _ends(predicted: Array) -> tuple[float, float, float]:
    return float(predicted.min()), float(predicted.max()), float(predicted.mean())


def interval_factor(evidence: Evidence, held: Held) -> float:
    """Return how much wider or narrower the intervals should have been, at companies held out.

    A measured gain differs from its prediction by what the model does not know of the pair and by
    noise. The model says how large each is; the factor scales the first, by the SD at which the
    differences seen are most probable. A few dozen measured gains, whose noise is five times what
    is to be judged, say little of it: the factor then stays near 1, where its prior is.
    """
    found = gaps(evidence, held, np.arange(len(evidence)))
    return most_probable_factor(found, evidence.company[found.trials])


def most_probable_factor(found: Gaps, company: Ints) -> float:
    """Return the factor at which the gaps are most probable, its prior counted.

    Trials of one company are not independent: each company counts once, over its trials.
    """
    if not len(found.gap):
        return 1.0
    _, place, counts = np.unique(company, return_inverse=True, return_counts=True)
    variance = np.exp(2 * _LOGS)[:, None] * found.posterior_variance + found.noise_variance
    misfit = (np.log(variance) + found.gap**2 / variance) / counts[place]
    height = -0.5 * misfit.sum(axis=1) - 0.5 * (_LOGS / FACTOR_SD) ** 2
    return float(np.exp(_LOGS[np.argmax(height)]))

"""The same evaluation over several ways to deal the companies into folds, and what they say.

What one way says hangs on its luck: of 90 simulated companies the difference between two policies
moved by a quarter of a point from one seed to the next. So a figure is the median over several
ways, and its interval has the distance between them in it.

Only in the first way scales are learned anew without the companies of each fold. In the others
they stay as all companies have them, so that what a fold's model says of a company follows from
one kernel: its mean latent answers move from those of the first way by the exact difference that
the rows left out make at those scales, and their variances stay.

References
----------
V. Chernozhukov, D. Chetverikov, M. Demirer, E. Duflo, C. Hansen, W. Newey and J. Robins,
"Double/debiased machine learning for treatment and structural parameters", The Econometrics
Journal 21(1), 2018, section 3.4: the median over splits, and its variance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
from scipy.special import ndtr, ndtri

from matcher.arrays import Array, Ints
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.evaluation.cross_fitting import Held, Policy, Sample, first_choices
from matcher.evaluation.findings import Estimate
from matcher.evaluation.intervals import Z
from matcher.evaluation.stability_by_sums import averaged_rows
from matcher.ranking.compiled import CHANCES, effects_of
from matcher.ranking.engine import Predictions
from matcher.regression.kernel_form import Settled
from matcher.regression.prior import Scales
from matcher.training.evidence import Evidence
from matcher.training.fit import MOST_BY_ROWS
from matcher.training.folds import folds
from matcher.training.parallel import spread
from matcher.training.questions import question

N_SPLITS = 11
"""Ways to deal the companies into folds: odd, so that a median is one of them."""
MANY_TRIALS = 500
FEWER_SPLITS = 5
"""Ways from that many trials on: one takes the cube of their number, and hangs less on luck."""

Found = TypeVar("Found")


def n_splits(evidence: Evidence, *, contested: bool = False) -> int:
    """Return over how many ways to deal companies an evaluation is repeated.

    One where trials come by sums, or boosted trees were tried: there is no kernel, each way would
    take as long as the first (minutes), and with thousands of companies luck has little part.
    """
    if contested or len(evidence) > MOST_BY_ROWS:
        return 1
    return N_SPLITS if len(evidence) <= MANY_TRIALS else FEWER_SPLITS


def dealt_again(sample: Sample, seed: int, n: int) -> list[Sample]:
    """Return a sample dealt in n ways, the first as it is."""
    again = [
        folds(sample.trials.company, int(np.random.SeedSequence([seed, way]).generate_state(1)[0]))
        for way in range(1, n)
    ]
    return [sample, *(replace(sample, dealt=dealt) for dealt in again)]


def held_again(
    held: Held, samples: Sequence[Sample], setup: Setup, scales: Mapping[Head, Scales]
) -> list[Held]:
    """Return what the folds of each way say, from what those of the first said.

    Parameters
    ----------
    held : Held
        Of the first sample.
    samples : sequence of Sample
        The same trials, dealt in several ways; few enough for a kernel.
    setup, scales
        What all trials were fitted with.
    """
    if len(samples) == 1:
        return [held]
    trials, everyone = samples[0].trials, samples[0].everyone
    left = [trials.company[fold] for sample in samples for fold in sample.dealt]
    found = spread(_means_without, HEADS, everyone, setup, scales, left)
    means = dict(zip(HEADS, found, strict=True))
    effects = effects_of(setup.layouts, means, setup.cards.n)
    short = np.array([averaged_rows(one, setup.cards) for one in trials.profiles])
    shifts, first = [], 0
    for sample in samples:
        latent = np.empty((len(trials), len(HEADS), setup.cards.n))
        for at, fold in enumerate(sample.dealt, first):
            latent[fold] = np.einsum("ncs,shc->nhc", short[fold], effects[..., at], optimize=True)
        shifts.append(latent)
        first += len(sample.dealt)
    told = _Told(held)
    others = [
        _held(told.moved(shift - shifts[0]), held, sample)
        for sample, shift in zip(samples[1:], shifts[1:], strict=True)
    ]
    return [held, *others]


def _means_without(
    head: Head,
    evidence: Evidence,
    setup: Setup,
    scales: Mapping[Head, Scales],
    left: Sequence[Ints],
) -> Array:
    """Return the coefficients of a question without some companies at a time (width, n_times)."""
    observed, prior = question(evidence, head, setup)
    settled = Settled(observed, prior, scales[head])
    out = [np.isin(observed.groups[0], companies) for companies in left]
    return settled.means(np.stack([settled.pull_without(one) for one in out], axis=1))


class _Told:
    """The predictions of the first way, as arrays over trials and cards."""

    def __init__(self, held: Held) -> None:
        ours = held.ours
        self.expected, self.gain, self.gain_variance = (
            np.array([getattr(one, name) for one in ours])
            for name in ("expected_gain", "gain", "gain_variance")
        )
        self.spread = np.array([one.spread for one in ours])
        """(n, 2, n_cards)."""
        self.share = held.share[:, None]
        chances = np.array([[one.p_started, one.p_completed] for one in ours])
        self.width = np.sqrt(1 + self.spread)
        self.latent = ndtri(chances) * self.width
        self.together = self.expected - self._product(chances, self.gain)
        """What unknown answers add by moving all three questions at once."""

    def _product(self, chances: Array, gain: Array) -> Array:
        product: Array = chances[:, 0] * (self.share + (1 - self.share) * chances[:, 1]) * gain
        return product

    def moved(self, shift: Array) -> list[Predictions]:
        """Return the predictions when mean latent answers move (n, n_heads, n_cards)."""
        n = len(CHANCES)
        chances = ndtr((self.latent + shift[:, :n]) / self.width)
        gain = self.gain + shift[:, n]
        expected = self._product(chances, gain) + self.together
        rows = zip(expected, chances, gain, self.gain_variance, self.spread, strict=True)
        return [Predictions(e, p[0], p[1], g, v, s) for e, p, g, v, s in rows]


def _held(ours: Sequence[Predictions], first: Held, sample: Sample) -> Held:
    """Return what is held of another way: only our choice and the most popular one change."""
    n_cards = sample.suits.shape[1]
    popular = np.zeros(sample.suits.shape)
    everyone = sample.everyone
    for fold in sample.dealt:
        kept = ~np.isin(everyone.company, sample.trials.company[fold])
        popular[fold] = np.bincount(everyone.cards[kept], minlength=n_cards)
    learned: Mapping[Policy, Array] = {
        "leermatch": first_choices(np.array([one.expected_gain for one in ours]), sample.suits),
        "popular": first_choices(popular, sample.suits),
    }
    return replace(first, ours=ours, choices={**first.choices, **learned})


def median_held(found: Sequence[Held]) -> Held:
    """Return of each trial the median of what the ways say, number by number."""
    if len(found) == 1:
        return found[0]
    names = ("expected_gain", "p_started", "p_completed", "gain", "gain_variance")
    each = [
        np.median([[getattr(one, name) for one in held.ours] for held in found], axis=0)
        for name in names
    ]
    ours = [Predictions(*numbers) for numbers in zip(*each, strict=True)]
    return replace(found[0], ours=ours)


def median_of(found: Sequence[Found]) -> Found:
    """Return the median of what several ways say, part by part.

    Estimates as ``median_estimate``; numbers by their median, yes or no by the majority, and
    nothing where most ways say nothing.
    """
    return _median(list(found))  # type: ignore[no-any-return]


def _median(found: list[Any]) -> Any:
    told = [one for one in found if one is not None]
    if 2 * len(told) <= len(found):
        return None
    first = told[0]
    if isinstance(first, str) or len(found) == 1:
        return first
    if isinstance(first, Estimate):
        return median_estimate(told)
    if isinstance(first, bool | int | float):
        # Of an even number, as where some say nothing, the lower of the two in the middle.
        return sorted(told)[(len(told) - 1) // 2]
    if isinstance(first, Mapping):
        return {key: _median([one[key] for one in told]) for key in first}
    if isinstance(first, tuple):
        return tuple(_median(list(each)) for each in zip(*told, strict=True))
    assert is_dataclass(first)
    parts = {
        part.name: _median([getattr(one, part.name) for one in told]) for part in fields(first)
    }
    return replace(first, **parts)  # type: ignore[type-var]


def median_estimate(found: Sequence[Estimate]) -> Estimate:
    """Return the median of estimates, its interval with their distance from it.

    ``variance = median(variance_s + (value_s - median)^2)``, for each side of the interval.
    Estimates without a value, or without an interval, are left out where most have one.
    """
    known = [one for one in found if one.value is not None]
    if 2 * len(known) <= len(found):
        return Estimate(None, None, None)
    values = np.array([one.value for one in known], float)
    middle = float(np.median(values))
    sides = np.array(
        [
            (one.value - one.low, one.high - one.value)
            for one in known
            if one.value is not None and one.low is not None and one.high is not None
        ]
    )
    if 2 * len(sides) <= len(found):
        return Estimate(middle, None, None)
    apart = values - middle
    if len(sides) < len(values):
        apart = np.array([one.value for one in known if one.low is not None], float) - middle
    low, high = np.sqrt(np.median(sides**2 + (Z * apart[:, None]) ** 2, axis=0))
    return Estimate(middle, middle - float(low), middle + float(high))

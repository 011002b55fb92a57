"""How many more companies would tell two cards apart at the reference companies."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from scipy.special import ndtr, ndtri

from matcher.arrays import Array, Ints
from matcher.design.encoding import reference_profiles
from matcher.evaluation.findings import PairNeed
from matcher.model.fitted import Model
from matcher.ranking.engine import Engine
from matcher.training.evidence import Evidence

MOST_COMPANIES = 10_000
FEWEST_TRIALS = 5
"""Trials with a known result that a card needs before outcomes tell it from another [J]."""


def pair_needs(evidence: Evidence, model: Model) -> tuple[PairNeed, ...]:
    """Return every pair of cards that have a place of their own, those soonest told apart first.

    The difference is in expected gain by intention to treat, averaged over the reference companies;
    what one more company tells of it follows from how often trials of both cards come in.
    """
    mean, draws, noise = _at_reference(evidence, model)
    rate = trial_rates(evidence, len(model.menu))
    seen = known_results(evidence, len(model.menu)) >= FEWEST_TRIALS
    level = model.facts.tie_level
    found = []
    for one, other in combinations(np.flatnonzero(model.menu.is_rankable).tolist(), 2):
        first, second = (one, other) if mean[one] >= mean[other] else (other, one)
        gap = draws[first] - draws[second]
        difference, sd = float(mean[first] - mean[second]), float(gap.std())
        information = 1 / (noise[first] / rate[first] + noise[second] / rate[second])
        ids = model.menu.ids
        found.append(
            PairNeed(
                first=ids[first],
                second=ids[second],
                # Normal, as the companies to add are reckoned: draws would contradict them here
                # and there.
                p_better=float(ndtr(difference / sd)) if sd else 0.5 + 0.5 * (difference > 0),
                difference=difference,
                sd=sd,
                more_companies=more_companies(difference, sd, float(information), level),
                seen=bool(seen[first] and seen[second]),
            )
        )
    return tuple(sorted(found, key=_soonest))


def _soonest(pair: PairNeed) -> tuple[float, float]:
    need = math.inf if pair.more_companies is None else float(pair.more_companies)
    return need, -pair.p_better


def more_companies(difference: float, sd: float, information: float, level: float) -> int | None:
    """Return how many companies to add before a difference is sure at a level.

    The difference is believed to be N(d, s^2), and one company adds precision i. If it really is d,
    the belief after n more is about N(d, 1 / (1/s^2 + n i)), and d stands ``level`` sure above 0
    once ``d sqrt(1/s^2 + n i) >= z``, so ``n = ((z/d)^2 - 1/s^2) / i``.

    Parameters
    ----------
    difference : float
        d, in points, 0 or more.
    sd : float
        s, in points; 0 is a difference that is known.
    information : float
        i, precision about the difference that one company adds, in points^-2.
    level : float
        Probability at which two cards are told apart, above one half.
    """
    if difference <= 0:
        return None
    if sd == 0:
        return 0
    needed = (float(ndtri(level)) / difference) ** 2 - sd**-2
    if needed <= 0:
        return 0
    companies = needed / information
    return None if companies > MOST_COMPANIES else math.ceil(companies)


def trial_rates(evidence: Evidence, n_cards: int) -> Array:
    """Return the trials of each card with a known gain that one company brings in (n_cards,).

    Half a trial is counted with each card, so that one nobody tried is rare and not impossible.
    """
    counts = known_results(evidence, n_cards)
    rates: Array = (counts + 0.5) / (len(np.unique(evidence.company)) + 1)
    return rates


def known_results(evidence: Evidence, n_cards: int) -> Ints:
    """Return the trials of each card of which it is known what they brought (n_cards,).

    What did not start brought nothing; else the gain must have been measured.
    """
    known = (evidence.state == "not_started") | ~np.isnan(evidence.gains.gain)
    return np.bincount(evidence.cards[known], minlength=n_cards)


def _at_reference(evidence: Evidence, model: Model) -> tuple[Array, Array, Array]:
    """Return per card, over the reference companies, the mean, the draws and the noise.

    Mean and draws are of the expected gain. The noise is the variance of one trial's gain about
    it, as ``trial_variance`` has it.
    """
    engine = Engine(model, "pairs")
    head = model.heads["gain"]
    errors = evidence.gains.variance[~np.isnan(evidence.gains.gain)]
    measured = (
        head.noise_sd**2 + head.nuisance_variance + float(errors.mean() if len(errors) else 0)
    )
    means, draws, noises = [], [], []
    for profile in reference_profiles():
        predicted = engine.predictions(profile)
        means.append(predicted.expected_gain)
        draws.append(engine.gain_draws(profile).astype(np.float64))
        noises.append(
            trial_variance(
                predicted.p_started,
                predicted.p_completed,
                predicted.gain,
                model.facts.stopped_share,
                measured,
            )
        )
    return np.mean(means, axis=0), np.mean(draws, axis=0), np.mean(noises, axis=0)


def trial_variance(
    p_started: Array, p_completed: Array, gain: Array, share: float, measured: float
) -> Array:
    """Return the variance of one trial's gain by intention to treat, in points^2.

    0 if not started; the gain if finished; a share of it if stopped; the latter two measured with
    their error. Elementwise.
    """
    kept = p_completed + (1 - p_completed) * share
    squared = p_completed + (1 - p_completed) * share**2
    variance: Array = p_started * (measured + squared * gain**2) - (p_started * kept * gain) ** 2
    return variance

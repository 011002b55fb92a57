"""What the outcomes moved: what a model expects before them and after, and what it foretells.

References
----------
A. Gelman, X.-L. Meng and H. Stern, "Posterior predictive assessment of model fitness via realized
discrepancies", Statistica Sinica 6, 1996.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from matcher.arrays import Array, Ints
from matcher.disclosure import FEWEST
from matcher.evaluation.companies import companies_of, expected_at
from matcher.evaluation.findings import Estimate
from matcher.model.fitted import Model, expert_model
from matcher.ranking.engine import Engine
from matcher.training.evidence import Evidence, answered

STEP = 0.25
"""Width of the narrowest bin of gains, in points."""
MOST_FORETOLD = 300
"""Measured gains that are foretold at most, spread evenly over the trials."""


@dataclass(frozen=True, slots=True)
class CardMove:
    """Mean expected gain of a card over the companies that it suits, in points per company."""

    card: str
    before: Estimate
    """By the expert prior alone."""
    after: Estimate


@dataclass(frozen=True, slots=True)
class GainBin:
    """A stretch of gains if finished: the share that was measured in it, and the foretold shares.

    No bin holds gains of fewer than five companies.
    """

    low: float | None
    high: float | None
    """Ends in points; None is no end."""
    measured: float
    before: float
    after: float


@dataclass(frozen=True)
class Learned:
    """What the outcomes moved."""

    n_companies: int
    """Companies over which was averaged."""
    cards: tuple[CardMove, ...]
    """Largest mean afterwards first; those that suit fewer than five companies are left out."""
    bins: tuple[GainBin, ...]
    """From low to high; none where there are too few measured companies for two bins."""


def learned(evidence: Evidence, model: Model) -> Learned:
    """Return what a model expects before and after the outcomes that it learned from."""
    companies, before = companies_of(evidence, model.menu), expert_model(model.menu, model.expert)
    engines = Engine(before, "before"), Engine(model, "after")
    prior, posterior = (expected_at(companies, engine) for engine in engines)
    places = companies.compared
    order = places[np.argsort(-posterior.by_card[places], kind="stable")]
    cards = tuple(
        CardMove(model.menu.ids[card], prior.of_card(card), posterior.of_card(card))
        for card in order.tolist()
    )
    return Learned(len(companies), cards, _bins(evidence, engines))


def _bins(evidence: Evidence, engines: tuple[Engine, Engine]) -> tuple[GainBin, ...]:
    known, gain = answered(evidence, "gain")
    places = np.flatnonzero(known)
    edges = edges_of(gain[places], evidence.company[places])
    if len(edges) < 3:
        return ()
    if len(places) > MOST_FORETOLD:
        places = places[np.linspace(0, len(places) - 1, MOST_FORETOLD).astype(np.int64)]
    some = evidence.of(np.isin(np.arange(len(evidence)), places))
    some = some if some.profiles else some.with_profiles()
    measured = np.histogram(gain[known], edges)[0] / known.sum()
    before, after = (foretold(some, engine, edges) for engine in engines)
    ends = [None if np.isinf(edge) else edge for edge in edges.tolist()]
    rows = zip(ends, ends[1:], measured.tolist(), before.tolist(), after.tolist(), strict=False)
    return tuple(GainBin(*row) for row in rows)


def edges_of(gain: Array, company: Ints) -> Array:
    """Return the edges of bins that each hold gains of five companies, as narrow as may be.

    >>> edges_of(np.repeat([-0.1, 0.1, 0.3], [5, 2, 6]), np.arange(13)).tolist()
    [-inf, 0.0, inf]
    """
    if not len(gain):
        return np.array([-np.inf, np.inf])
    low, high = np.floor(gain.min() / STEP), np.ceil(gain.max() / STEP)
    found = [-np.inf]
    for edge in (STEP * np.arange(low + 1, high)).tolist():
        inside, above = (gain >= found[-1]) & (gain < edge), gain >= edge
        if min(len(np.unique(company[inside])), len(np.unique(company[above]))) >= FEWEST:
            found.append(edge)
    return np.array([*found, np.inf])


def foretold(evidence: Evidence, engine: Engine, edges: Array) -> Array:
    """Return the share of gains that a model draws in each bin, at the trials of the evidence.

    A drawn gain is that of another company of the same profile: the mean that is believed, its
    own level and its table's, noise, the error of the measurement and that of the drift.
    """
    head = engine.model.heads["gain"]
    own = head.noise_sd**2 + head.nuisance_variance + evidence.gains.drift_sd**2
    predicted = [engine.predictions(profile) for profile in evidence.profiles]
    tried = list(zip(predicted, evidence.cards.tolist(), strict=True))
    mean = np.array([one.gain[card] for one, card in tried])
    variance = np.array([one.gain_variance[card] for one, card in tried])
    spread = np.sqrt(variance + own + evidence.gains.variance)
    below: Array = ndtr((edges[:, None] - mean) / spread).mean(axis=1)
    return np.diff(below)

"""The candidate beside the version that is live, judged where that one cannot have peeked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools
from matcher.evaluation.cross_fitting import first_choice
from matcher.evaluation.findings import Succession
from matcher.evaluation.intervals import bootstrapped, company_weights
from matcher.evaluation.overlap import at_issue
from matcher.menu.card import Menu
from matcher.model.fitted import Model, carried_to
from matcher.ranking.engine import Engine
from matcher.training.evidence import Evidence

FEWEST_COMPANIES = 20
"""Fewer companies than this that the live version had not seen tell nothing [J]."""


@dataclass(frozen=True)
class Live:
    """The version that is live, trained on real outcomes."""

    version: str
    model: Model
    companies: frozenset[str] | None
    """Pseudonyms of the companies it learned from; None when that was not kept."""


def unseen(evidence: Evidence, live: Live) -> Bools | None:
    """Return the trials of companies that the live version did not learn from (n,), if known."""
    if live.companies is None:
        return None
    names = evidence.frame["company"].tolist()
    return np.array([name not in live.companies for name in names], dtype=np.bool_)


def choices_of(live: Live, evidence: Evidence, menu: Menu, suits: Bools) -> Array:
    """Return what the live version would have chosen in each trial (n, n_cards)."""
    engine = Engine(carried_to(live.model, menu), live.version)
    scores = (engine.predictions(profile).expected_gain for profile in evidence.profiles)
    return np.array(
        [first_choice(score, open_cards) for score, open_cards in zip(scores, suits, strict=True)]
    )


def compared(
    evidence: Evidence,
    live: Live,
    difference: Array,
    rng: np.random.Generator,
    *,
    choices: tuple[Array, Array] | None = None,
    propensities: Array | None = None,
    shared: tuple[Array, Array] | None = None,
) -> Succession:
    """Return the comparison, from each trial's term of our value less the live version's (n,).

    Ours is cross-fitted, so that it has not seen the company either. ``choices`` are ours and those
    of the live version (n, n_cards), by which trials are counted that speak of the difference.
    ``shared`` is an error that all gains have in common, as in ``by_group``.
    """
    new = unseen(evidence, live)
    if new is None:
        return Succession(live.version, None, None)
    companies = evidence.company[new]
    n_unseen = len(np.unique(companies))
    if n_unseen < FEWEST_COMPANIES:
        return Succession(live.version, n_unseen, None)
    speaking = None
    if choices is not None and propensities is not None:
        ours, theirs = (chosen[new] for chosen in choices)
        speaking = at_issue(evidence.of(new), ours, theirs, propensities[new])
    weights = company_weights(companies, rng)
    drift, kept = (None, None) if shared is None else (shared[0], shared[1][new])
    figure = bootstrapped(difference[new], weights, drift, kept)
    return Succession(live.version, n_unseen, figure, speaking)

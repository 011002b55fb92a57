"""What was tried where, how evenly, and how far companies chose what suits them already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Ints
from matcher.design.cards import CARD_NAMES, Cards
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Confounding, Estimate, Overlap, SupportReport
from matcher.evaluation.intervals import UNKNOWN, company_weights, interval
from matcher.evaluation.off_policy import LARGEST_WEIGHT
from matcher.menu.card import Menu
from matcher.training.evidence import Evidence
from matcher.trials.randomisation import drawn_by_lot
from matcher.vocabulary import SECTOR_GROUPS

CHOSEN_FOR = ("formality", "group", "personal", "hours", "lead", "cost", "capacity")
"""Attributes of a card that a motivated or a hurried company may choose it for."""
FEWEST_COMPANIES = 20
"""Below this number of companies nothing is said of how cards were chosen [J]."""
RIDGE = 10.0
"""Rows' worth by which coefficients are drawn to 0, on features of about unit variance [J]."""


def support_report(
    evidence: Evidence, menu: Menu, held: Held, propensities: Array, support: NDArray[np.int32]
) -> SupportReport:
    """Return which cards were tried in which sector group, and how even the choices were.

    ``support`` counts what the model learned from, as ``Model.support`` does; the trials that are
    judged may be a sample of it.
    """
    by_group = dict(zip(SECTOR_GROUPS, support.sum(axis=(1, 2)).tolist(), strict=False))
    counts: Mapping[str, Mapping[str, int]] = {
        group: dict(zip(menu.ids, row, strict=True)) for group, row in by_group.items() if sum(row)
    }
    groups = list(counts)
    rankable = [card.id for card in menu.rankable]
    logged = ~np.isnan(evidence.frame["propensity"].to_numpy(float))
    return SupportReport(
        counts={g: {c: counts[g][c] for c in rankable if counts[g][c]} for g in groups},
        never_tried=tuple((g, c) for g in groups for c in rankable if not counts[g][c]),
        overlap={
            policy: overlap(chosen[np.arange(len(evidence)), evidence.cards], propensities)
            for policy, chosen in held.choices.items()
        },
        share_logged=float(logged.mean()) if len(logged) else 0.0,
    )


def overlap(agreement: Array, propensities: Array) -> Overlap:
    """Return how far trials speak of a policy.

    Parameters
    ----------
    agreement : ndarray of shape (n,)
        Probability with which the policy makes the choice that was made.
    propensities : ndarray of shape (n,)
        Probability with which it was made.
    """
    weights = np.minimum(agreement / propensities, LARGEST_WEIGHT)
    agreed = propensities[agreement > 0]
    if not len(agreed):
        return Overlap(0.0, None, None)
    effective = float(weights.sum() ** 2 / np.sum(weights**2))  # Kish 1965
    return Overlap(effective, float(agreed.min()), float(agreed.max()))


def at_issue(evidence: Evidence, ours: Array, theirs: Array, propensities: Array) -> float:
    """Return how many trials speak of the difference between two policies.

    Those in which one policy would have made the choice that was made and the other not, in number
    or in effective number, whichever is less. Without them a difference is the model's own word.

    Parameters
    ----------
    ours, theirs : ndarray of shape (n, n_cards)
        Probability with which each policy chooses each card.
    propensities : ndarray of shape (n,)
        Probability with which the choice was made.
    """
    return speaking(apart_in(evidence, ours, theirs), propensities)


def apart_in(evidence: Evidence, ours: Array, theirs: Array) -> Array:
    """Return how far two policies differ in the chance of each choice that was made (n,)."""
    tried = np.arange(len(evidence)), evidence.cards
    apart: Array = np.abs(ours[tried] - theirs[tried])
    return apart


def speaking(apart: Array, propensities: Array) -> float:
    """Return the trials, in number or in effective number, in which two policies differ."""
    return min(float((apart > 0).sum()), overlap(apart, propensities).effective_n)


def confounding(
    evidence: Evidence, cards: Cards, folds: Sequence[Ints], rng: np.random.Generator
) -> tuple[Confounding, ...]:
    """Return how far the company foretells the attributes of the card it tried.

    Trials that were drawn by lot are left out: they show nothing of how cards are chosen. Where
    attributes are foretold, a card's outcomes are also those of the companies that choose it.
    """
    chosen = ~drawn_by_lot(evidence.frame)
    labels = evidence.company[chosen]
    if len(np.unique(labels)) < FEWEST_COMPANIES:
        return ()
    values = np.array([profile.values for profile in evidence.profiles])
    support = evidence.frame["owner_support"].to_numpy(float)[chosen]
    attributes = cards.attributes[evidence.cards]
    parts = [np.intersect1d(fold, np.flatnonzero(chosen)) for fold in folds]
    foretold = {name: np.zeros(len(evidence)) for name in CHOSEN_FOR}
    ordinary = {name: np.zeros(len(evidence)) for name in CHOSEN_FOR}
    for part in parts:
        others = np.setdiff1d(np.flatnonzero(chosen), part)
        for name in CHOSEN_FOR:
            y = attributes[others, CARD_NAMES.index(name)]
            foretold[name][part] = _ridge(values[others], y, values[part])
            ordinary[name][part] = y.mean()
    weights = company_weights(labels, rng)
    known = ~np.isnan(support)
    found = []
    for name in CHOSEN_FOR:
        y = attributes[chosen, CARD_NAMES.index(name)]
        found.append(
            Confounding(
                attribute=name,
                by_owner_support=_correlation(support[known], y[known], weights[:, known]),
                by_company=_foretold(y, foretold[name][chosen], ordinary[name][chosen], weights),
            )
        )
    return tuple(found)


def _ridge(X: Array, y: Array, at: Array) -> Array:
    centre = X.mean(axis=0)
    Z = X - centre
    weights = np.linalg.solve(Z.T @ Z + RIDGE * np.eye(Z.shape[1]), Z.T @ (y - y.mean()))
    predicted: Array = y.mean() + (at - centre) @ weights
    return predicted


def _correlation(x: Array, y: Array, weights: Array) -> Estimate:
    """Return the correlation of two columns, by weights of the mean and of bootstrap draws."""
    total = weights.sum(axis=1, keepdims=True)
    if len(x) < 2 or x.std() == 0 or y.std() == 0:
        return UNKNOWN
    w = weights / np.where(total > 0, total, 1.0)
    means = {key: w @ column for key, column in _moments(x, y).items()}
    covariance = means["xy"] - means["x"] * means["y"]
    spread = (means["xx"] - means["x"] ** 2) * (means["yy"] - means["y"] ** 2)
    usable = spread > 1e-12
    r = covariance[usable] / np.sqrt(spread[usable])
    return interval(r) if usable[0] else UNKNOWN


def _moments(x: Array, y: Array) -> Mapping[str, Array]:
    return {"x": x, "y": y, "xy": x * y, "xx": x * x, "yy": y * y}


def _foretold(y: Array, foretold: Array, ordinary: Array, weights: Array) -> Estimate:
    """Return 1 - squared error of the forecast / squared error of the others' mean."""
    left, whole = weights @ (y - foretold) ** 2, weights @ (y - ordinary) ** 2
    if not (whole > 1e-12).all():
        return UNKNOWN
    return interval(1 - left / whole)

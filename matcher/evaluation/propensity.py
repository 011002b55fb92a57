"""The chance with which each choice was made: as logged, else estimated from what others chose.

A conditional logit over the cards a company could have: what its learning table chooses, what
everybody chooses, and how well a card meets the company's needs. Three coefficients, because a
hundred companies hold no more; each company is estimated by coefficients fitted to the others.

References
----------
D. McFadden, Conditional logit analysis of qualitative choice behavior, 1974.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Bools, Ints
from matcher.design.cards import Cards
from matcher.design.pairs import need_match
from matcher.training.evidence import Evidence

TABLE_WEIGHT = 2.0
"""Choices that the overall share counts for beside those of the table [J]."""
FLOOR = 1e-3
"""No choice that was made had a smaller chance than this, by estimate."""
_PRIOR = np.array([1.0, 0.0, 0.0])
_PRIOR_PRECISION = np.array([4.0, 4.0, 0.25])
"""The logit starts at the table's share alone, and leaves it as far as choices say so [J]."""


def propensities(evidence: Evidence, cards: Cards, suits: Bools, folds: Sequence[Ints]) -> Array:
    """Return the probability of each choice that was made (n,).

    Parameters
    ----------
    evidence : Evidence
        Trials; the propensity of some is logged.
    cards : Cards
        The menu's.
    suits : ndarray of shape (n, n_cards)
        Which cards each company could have.
    folds : sequence of ndarray
        Trials of whole companies that are estimated from the other ones.
    """
    logged = evidence.frame["propensity"].to_numpy(float)
    if not np.isnan(logged).any():
        return logged
    return of_choices(evidence, chances(evidence, cards, suits, folds))


def of_choices(evidence: Evidence, chances: Array) -> Array:
    """Return the probability of each choice that was made (n,), from estimates for every card.

    As it was logged, where it was.
    """
    logged = evidence.frame["propensity"].to_numpy(float)
    made = chances[np.arange(len(evidence)), evidence.cards]
    return np.where(np.isnan(logged), np.maximum(made, FLOOR), logged)


def estimated(evidence: Evidence, cards: Cards, suits: Bools, folds: Sequence[Ints]) -> Array:
    """Return the estimate for the choice made in every trial, logged or not (n,)."""
    made = chances(evidence, cards, suits, folds)[np.arange(len(evidence)), evidence.cards]
    return np.maximum(made, FLOOR)


def chances(evidence: Evidence, cards: Cards, suits: Bools, folds: Sequence[Ints]) -> Array:
    """Return the estimated probability of every card in every trial (n, n_cards)."""
    features = _features(evidence, cards)
    place = np.arange(len(evidence))
    # What was chosen could be chosen, whatever the conditions say of it.
    open_cards = suits.copy()
    open_cards[place, evidence.cards] = True
    chance = np.empty(open_cards.shape)
    for held in folds:
        others = np.setdiff1d(place, held)
        weights = _fit(features[others], open_cards[others], evidence.cards[others])
        chance[held] = _softmax(features[held] @ weights, open_cards[held])
    return chance


def _features(evidence: Evidence, cards: Cards) -> Array:
    """Return log share at the table, log share over all, and need match (n, n_cards, 3).

    A company's own choices count in neither share.
    """
    n, m = len(evidence), cards.n
    chosen = np.eye(m)[evidence.cards]
    own, company = _sums(chosen, evidence.company)
    tables, table = _sums(chosen, evidence.table)
    _, pair = np.unique(np.stack((evidence.company, evidence.table)), axis=1, return_inverse=True)
    both, cell = _sums(chosen, pair.ravel())
    others = chosen.sum(axis=0) - own[company] + 0.5
    overall = others / others.sum(axis=1, keepdims=True)
    beside = np.where((evidence.table >= 0)[:, None], tables[table] - both[cell], 0.0)
    share = (beside + TABLE_WEIGHT * overall) / (beside.sum(axis=1, keepdims=True) + TABLE_WEIGHT)
    match = np.array([need_match(profile, cards) for profile in evidence.profiles])
    return np.stack((np.log(share), np.log(overall), match.reshape(n, m)), axis=2)


def _sums(rows: Array, labels: Ints) -> tuple[Array, NDArray[np.intp]]:
    """Return the sum of the rows with each label, and the place of each row's label."""
    known, place = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(known), rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums, place


def _fit(features: Array, open_cards: Bools, chosen: Ints) -> Array:
    """Return the coefficients of the logit, drawn towards the table's share (3,)."""
    weights = _PRIOR.copy()
    if not len(chosen):
        return weights
    picked = features[np.arange(len(chosen)), chosen]
    for _ in range(50):  # Newton; the objective is concave, and three steps do as a rule
        p = _softmax(features @ weights, open_cards)
        mean = np.einsum("ij,ijk->ik", p, features)
        slope = (picked - mean).sum(axis=0) - _PRIOR_PRECISION * (weights - _PRIOR)
        second = np.einsum("ij,ijk,ijl->kl", p, features, features) - mean.T @ mean
        step = np.linalg.solve(second + np.diag(_PRIOR_PRECISION), slope)
        size = float(np.abs(step).max())
        weights = weights + step / max(1.0, size)
        if size < 1e-8:
            break
    return weights


def _softmax(exponent: Array, allowed: Bools) -> Array:
    shifted = np.where(allowed, exponent, -np.inf)
    weight = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    result: Array = weight / weight.sum(axis=1, keepdims=True)
    return result

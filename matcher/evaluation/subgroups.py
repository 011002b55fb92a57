"""What the model is worth by size, sector, province and share of practically trained staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from matcher.arrays import Array, Bools
from matcher.design.encoding import Encoded
from matcher.disclosure import FEWEST
from matcher.evaluation.calibration import brier, coverage, gaps
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Estimate, GroupField, GroupFinding
from matcher.evaluation.intervals import bootstrapped, company_weights
from matcher.evaluation.overlap import apart_in, speaking
from matcher.training.evidence import Evidence
from matcher.vocabulary import SECTOR_GROUPS, SIZE_CLASSES, TERMS, size_class

FEWEST_COMPANIES = 10
"""Below this number of companies nothing is said of a group [J]."""
FEWEST_AT_ISSUE = 5
"""Trials in which a choice at issue was made, below which nothing is said of a group [J].

In number and in effective number: one trial that weighs 20 drew a group to -1.70 points.
"""
ERROR = 0.05
"""Chance that any group is called worse when none is."""


def by_group(
    evidence: Evidence,
    held: Held,
    difference: Array,
    rng: np.random.Generator,
    *,
    propensities: Array | None = None,
    shared: tuple[Array, Array] | None = None,
) -> tuple[GroupFinding, ...]:
    """Return what is found in every group that has companies.

    Parameters
    ----------
    evidence, held : Evidence, Held
        Trials and their cross-fitted predictions.
    difference : ndarray of shape (n,)
        Each trial's term of our value less the expert prior's, in points.
    rng : Generator
        For the bootstrap over companies.
    propensities : ndarray of shape (n,), optional
        Probability with which each choice was made; by default all alike.
    shared : (ndarray of shape (n_bootstrap,), ndarray of shape (n,)), optional
        Draws of an error that all gains have in common, and how much of it is in each term.
    """
    if propensities is None:
        propensities = np.ones(len(evidence))
    apart = apart_in(evidence, held.choices["leermatch"], held.choices["expert"])
    found, chances = [], []
    for field, value, inside in groups_of(evidence):
        chosen = np.flatnonzero(inside)
        n_companies = len(np.unique(evidence.company[chosen]))
        finding = GroupFinding(field, value, n_companies, len(chosen), None, None, None)
        chance = 1.0
        if n_companies >= FEWEST_COMPANIES:
            finding = replace(
                finding,
                coverage=_coverage(evidence, held, chosen),
                brier=brier(evidence, held.ours, chosen),
            )
            if speaking(apart[chosen], propensities[chosen]) >= FEWEST_AT_ISSUE:
                weights = company_weights(evidence.company[chosen], rng)
                drift, kept = (None, None) if shared is None else (shared[0], shared[1][chosen])
                figure = bootstrapped(difference[chosen], weights, drift, kept)
                finding = replace(finding, difference=figure)
                chance = chance_of_so_low(_per_company(evidence, difference, chosen))
        found.append(finding)
        chances.append(chance)
    worse = surely_low(chances)
    return tuple(replace(f, surely_worse=w) for f, w in zip(found, worse, strict=True))


UNKNOWN_SIZE = "unknown"
"""Value of the group of companies of which nobody knows how many people work there."""


def groups_of(evidence: Evidence) -> Iterator[tuple[GroupField, str, Bools]]:
    """Yield each group of companies: its field, its value, and which trials are theirs."""
    values: dict[GroupField, tuple[str, ...]] = {
        "size": (*SIZE_CLASSES, UNKNOWN_SIZE),
        "sector": SECTOR_GROUPS,
        "province": tuple(TERMS["province"]),
        "share_practical": tuple(TERMS["share_practical"]),
    }
    for field in get_args(GroupField):
        of = np.array([_value(field, p) for p in evidence.profiles], dtype=object)
        for value in values[field]:
            if (of == value).any():
                yield field, value, of == value


def _value(field: GroupField, profile: Encoded) -> str | None:
    if field == "size":
        return UNKNOWN_SIZE if np.isnan(profile.employees) else size_class(int(profile.employees))
    if field == "sector":
        return SECTOR_GROUPS[profile.sector] if profile.sector >= 0 else None
    return cast("str | None", profile.answers.get(field))


def _per_company(evidence: Evidence, terms: Array, chosen: NDArray[np.intp]) -> Array:
    _, place, counts = np.unique(evidence.company[chosen], return_inverse=True, return_counts=True)
    means: Array = np.bincount(place, terms[chosen]) / counts
    return means


def _coverage(evidence: Evidence, held: Held, chosen: NDArray[np.intp]) -> Estimate | None:
    """Return how many measured gains fall in their interval; of few companies nothing."""
    measured = gaps(evidence, held, chosen).trials
    few = len(np.unique(evidence.company[measured])) < FEWEST
    return None if few else coverage(evidence, held, chosen)


def chance_of_so_low(means: Array) -> float:
    """Return the one-sided chance of a mean this low when the truth is 0 (Student's t)."""
    spread = float(means.std(ddof=1))
    if spread == 0:
        return 0.0 if means[0] < 0 else 1.0
    return float(stdtr(len(means) - 1, means.mean() / (spread / np.sqrt(len(means)))))


def surely_low(chances: list[float]) -> list[bool]:
    """Return which of several findings are sure, with an error of 5 % over all (Holm 1979)."""
    sure = [False] * len(chances)
    for rank, i in enumerate(np.argsort(chances, kind="stable").tolist()):
        if chances[i] > ERROR / (len(chances) - rank):
            break
        sure[i] = True
    return sure

"""The needs and the size of a company of which a file of trials does not tell them: their means.

Both meet a card by more than a product, so that the number of an unknown answer is the mean over
what companies answer (``answers.toml``), card by card. For the gain, which is linear in it, that is
what is expected of such a company: what a model learns of needs from the others stays what it was.
No need at all would say something else, and something wrong: that no card serves the company.

A question has to tell both: only trials leave them open, and an evaluation of those.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import permutations
from typing import Any

import numpy as np

from matcher.arrays import Array, Ints
from matcher.vocabulary import NEEDS

NEED_WEIGHTS = (0.9, 0.4, 0.25)
"""Weight of the first, second and third need; later needs weigh as the third [J]."""
NEED_AT: dict[str, int] = {need: i for i, need in enumerate(NEEDS)}


def need_weights(needs: Sequence[str]) -> list[float]:
    """Return the weight of each of the 14 needs (14,): most for the first, 0 when not named."""
    weights = [0.0] * len(NEEDS)
    for place, need in enumerate(needs):
        weights[NEED_AT[need]] = NEED_WEIGHTS[min(place, len(NEED_WEIGHTS) - 1)]
    return weights


@cache
def told() -> Mapping[str, Any]:
    """Return what ``answers.toml`` says, by question."""
    text = resources.files(__package__).joinpath("answers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, eq=False)
class UsualNeeds:
    """Every list of needs that a company may have, but for the order of those that weigh alike."""

    first: Ints
    """(n,) place in NEEDS of the first need."""
    weights: Array
    """(n, 14) weights of the needs."""
    share: Array
    """(n,) share of the companies with that list; together 1."""

    @property
    def mean(self) -> list[float]:
        """Mean weight of each need (14,)."""
        mean: list[float] = (self.share @ self.weights).tolist()
        return mean

    def match(self, served: Array) -> Array:
        """Return the mean need match of each card (n_cards,), served (n_cards, 14) as cards are."""
        left = np.ones((len(self.share), len(served)))
        whole = np.ones(len(self.share))
        for need in range(len(NEEDS)):
            weight = self.weights[:, need]
            left *= 1 - weight[:, None] * served[:, need]
            whole *= 1 - weight
        mean: Array = self.share @ ((1 - left) / (1 - whole)[:, None])
        return mean


@cache
def usual_needs() -> UsualNeeds:
    """Return the lists of needs, drawn one after the other without replacement."""
    counts, weights = told()["needs"]["counts"], told()["needs"]["weights"]
    of_count = np.array(counts) / sum(counts)
    chance = np.array([weights[need] for need in NEEDS]) / sum(weights.values())
    shares: dict[tuple[int, int, frozenset[int]], float] = {}
    for n, share in enumerate(of_count.tolist(), 1):
        for needs in permutations(range(len(NEEDS)), n):
            drawn, left = share, 1.0
            for need in needs:
                drawn *= chance[need] / left
                left -= chance[need]
            key = needs[0], needs[1] if n > 1 else -1, frozenset(needs[2:])
            shares[key] = shares.get(key, 0.0) + drawn
    rows = np.zeros((len(shares), len(NEEDS)))
    for row, (first, second, later) in zip(rows, shares, strict=True):
        row[first] = NEED_WEIGHTS[0]
        row[list(later)] = NEED_WEIGHTS[2]
        if second >= 0:
            row[second] = NEED_WEIGHTS[1]
    return UsualNeeds(np.array([key[0] for key in shares]), rows, np.array([*shares.values()]))


@cache
def usual_mean() -> list[float]:
    """Return the mean weight of each need (14,)."""
    return usual_needs().mean


def too_small(min_employees: Array) -> Array:
    """Return by how much a company is below twice the least size of a card: its mean (n_cards,).

    On a log scale; 0 of one that is not below it.
    """
    sizes = np.array(told()["employees"]["values"], float)
    shares = np.array(told()["employees"]["shares"], float)
    below = np.maximum(np.log(2 * min_employees)[:, None] - np.log(sizes), 0.0)
    mean: Array = below @ shares / shares.sum()
    return mean

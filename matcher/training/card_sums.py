"""Sums over many trials, card by card: what the weight form needs, without the long rows.

The row of the design of a trial of card k is ``M_k' z``, with z a short row (a one, expert parts,
pair features, profile, sector: some 80 numbers) and M_k a matrix that the card alone decides. So
``sum w x x' = sum over k of M_k' (sum w z z') M_k``: a million trials cost 26 small matrices.

A company's own level is integrated out exactly (Woodbury): its trials weigh a little less, and each
pair of them, of cards k and l, adds to one more small matrix. Two thirds of the companies have one
trial and only see their variance grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Ints
from matcher.design.encoding_columns import Profiles, pairs_of
from matcher.design.expert import Head
from matcher.design.setup import Setup
from matcher.design.terms import short_rows
from matcher.regression.sums import Moments

BLOCK_ROWS = 50_000
"""Trials whose short rows are written out at a time: some 30 MB."""


class CardRows:
    """Trials by the short rows of one regression.

    Parameters
    ----------
    setup, head : Setup, Head
        What the design is made with.
    profiles : Profiles
        Of all trials.
    chosen : ndarray of shape (n,)
        Place of each trial's card in the menu.
    """

    def __init__(self, setup: Setup, head: Head, profiles: Profiles, chosen: Ints) -> None:
        self.setup, self.head, self.layout = setup, head, setup.layouts[head]
        self.profiles, self.chosen = profiles, chosen
        self.maps = [self.layout.map(card) for card in range(setup.cards.n)]
        """Of each card, short row -> row of the design (short width, width)."""

    def short(self, rows: Ints) -> Array:
        """Return the short rows of some trials (n, short width)."""
        block = self.profiles.of(rows)
        features = pairs_of(block, self.setup.cards, self.chosen[rows])
        return short_rows(features, block.values, block.sector)

    def long(self, rows: Ints) -> Array:
        """Return the rows of the design of some trials (n, width), written out."""
        return self.layout.rows(self.short(rows), self.chosen[rows])

    def latent(self, w: Array, rows: Ints) -> Array:
        """Return ``X @ w`` of some trials (n,) without writing X out."""
        short = np.stack([M @ w for M in self.maps])
        latent = np.empty(len(rows))
        for part in _parts(len(rows)):
            block = rows[part]
            latent[part] = np.einsum("ij,ij->i", self.short(block), short[self.chosen[block]])
        return latent


def _parts(n: int) -> Iterator[slice]:
    for start in range(0, n, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, n))


class _Small:
    """The small sums, by pair of cards, and what they come to."""

    def __init__(self, rows: CardRows) -> None:
        self.maps = rows.maps
        self.squares: dict[tuple[int, int], Array] = {}
        self.pull = np.zeros((len(rows.maps), len(rows.maps[0])))
        self.energy = 0.0

    def add(self, cards: Ints, Z: Array, weight: Array, target: Array) -> None:
        """Add ``weight * x x'`` and ``weight * x * target`` of trials with short rows Z (n, .)."""
        for at in _runs(cards):
            k, Zk, w = int(cards[at[0]]), Z[at], weight[at]
            self._square((k, k), (Zk.T * w) @ Zk)
            self.pull[k] += Zk.T @ (w * target[at])
        self.energy += float(weight @ target**2)

    def add_pairs(
        self,
        cards: tuple[Ints, Ints],
        Z: tuple[Array, Array],
        weight: Array,
        target: tuple[Array, Array],
    ) -> None:
        """Add ``weight * (x x~' + x~ x')`` of aligned trials, and the same of their targets."""
        for at in _runs(cards[0] * len(self.maps) + cards[1]):
            k, other, w = int(cards[0][at[0]]), int(cards[1][at[0]]), weight[at]
            left, right = Z[0][at], Z[1][at]
            half = (left.T * w) @ right
            self._square((k, other), half)
            self._square((other, k), half.T)
            self.pull[k] += left.T @ (w * target[1][at])
            self.pull[other] += right.T @ (w * target[0][at])
        self.energy += 2 * float(np.sum(weight * target[0] * target[1]))

    def _square(self, pair: tuple[int, int], sums: Array) -> None:
        self.squares[pair] = self.squares[pair] + sums if pair in self.squares else sums

    def total(self) -> tuple[Array, Array]:
        """Return X' V^-1 X and X' V^-1 y."""
        # A map has columns for its own card only: the others would be sums of zeros.
        kept = [np.flatnonzero(M.any(axis=0)) for M in self.maps]
        dense = [M[:, columns] for M, columns in zip(self.maps, kept, strict=True)]
        width = self.maps[0].shape[1]
        precision, pull = np.zeros((width, width)), np.zeros(width)
        for (k, other), sums in self.squares.items():
            precision[np.ix_(kept[k], kept[other])] += dense[k].T @ sums @ dense[other]
        for M, short in zip(self.maps, self.pull, strict=True):
            pull += M.T @ short
        return precision, pull


def _runs(key: Ints) -> Iterator[NDArray[np.intp]]:
    """Yield the places of each distinct key."""
    order = np.argsort(key, kind="stable")
    edges = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
    for start, stop in pairwise(edges):
        yield order[start:stop]


def company_moments(
    rows: CardRows, chosen: Ints, company: Ints, target: Array, variance: Array, sd: float
) -> Moments:
    """Return the sums with the effect of each company integrated out.

    Parameters
    ----------
    rows : CardRows
        All trials, N of them.
    chosen : ndarray of shape (n,)
        The trials that count.
    company, target, variance : ndarray of shape (N,)
        Label of the company (negative: none), outcome, and variance of the outcome about its mean
        and the company's effect.
    sd : float
        Of the companies' effects.
    """
    order = chosen[np.argsort(company[chosen], kind="stable")]
    label, precision = company[order], 1 / variance[order]
    alone = label < 0
    label = np.where(alone, -1 - np.arange(len(label)), label)  # no company: nobody to share with
    _, group = np.unique(label, return_inverse=True)
    total = np.bincount(group, precision)
    shrink = np.where(alone, 0.0, (sd**2 / (1 + sd**2 * total))[group])
    weight = precision - shrink * precision**2
    small, cards = _Small(rows), rows.chosen
    for part in _parts(len(order)):
        here = order[part]
        small.add(cards[here], rows.short(here), weight[part], target[here])
    for lag in range(1, int(np.bincount(group).max(initial=1))):
        first = np.flatnonzero(group[lag:] == group[:-lag])
        for part in _parts(len(first)):
            i, j = first[part], first[part] + lag
            crossed = -shrink[i] * precision[i] * precision[j]
            one, other = order[i], order[j]
            small.add_pairs(
                (cards[one], cards[other]),
                (rows.short(one), rows.short(other)),
                crossed,
                (target[one], target[other]),
            )
    known = ~alone
    spread = float(np.log1p(sd**2 * np.bincount(group[known], precision[known])).sum())
    log_det = spread - float(np.log(precision).sum())
    return Moments(*small.total(), small.energy, float(len(order)), log_det)


Weigh = Callable[[Ints, Array], tuple[Array, Array]]
"""Some trials and their short rows -> weight and target of each."""


def weighed_moments(rows: CardRows, chosen: Ints, weigh: Weigh) -> Moments:
    """Return the sums of trials without company effects, log |V| left at 0."""
    small = _Small(rows)
    for part in _parts(len(chosen)):
        block = chosen[part]
        Z = rows.short(block)
        small.add(rows.chosen[block], Z, *weigh(block, Z))
    return Moments(*small.total(), small.energy, float(len(chosen)), 0.0)

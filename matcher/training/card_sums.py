"""Sums over many trials, card by card: what the weight form needs, without the long rows.

The row of the design of a trial of card k is ``M_k' z``, with z a short row (a one, expert parts,
pair features, profile, sector: some 80 numbers) and M_k a matrix that the card alone decides. So
``sum w x x' = sum over k of M_k' (sum w z z') M_k``: a million trials cost 26 small matrices.

A row of a gain may be the sum of several (``Parts``). It is written with the drift as a further
"card" that has no more than its columns, and with those columns in the matrix of every card: a row
of one whole trial, as nearly all are, is then one part.

A company's own level is integrated out exactly (Woodbury): its rows weigh a little less, and each
pair of their parts, of cards k and l, adds to one more small matrix. Two thirds of the companies
have one trial and only see their variance grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matcher.arrays import Array, Ints
from matcher.design.encoding_columns import Profiles, pairs_of
from matcher.design.expert import Head
from matcher.design.setup import Setup
from matcher.design.terms import COMPANY_SCALE, N_SHORT, ONE, PROFILE, SECTOR, short_rows
from matcher.regression.sums import Moments
from matcher.training.evidence import Evidence, answered
from matcher.training.gain_rows import GainRows, gain_rows, with_drift

BLOCK_ROWS = 50_000
"""Trials whose short rows are written out at a time: some 30 MB."""


@dataclass(frozen=True)
class Parts:
    """Rows as sums: each part is a short row by the matrix of a card, times a weight."""

    row: Ints
    """(m,) the row it is a part of."""
    place: Ints
    """(m,) place of the short row among the profiles."""
    card: Ints
    """(m,) place of the matrix."""
    weight: Array
    n_rows: int

    @staticmethod
    def of_trials(cards: Ints, chosen: Ints) -> Parts:
        """Return the parts of rows that are each one trial: those at ``chosen`` (n,)."""
        n = len(chosen)
        return Parts(np.arange(n), chosen, cards[chosen], np.ones(n), n)

    def of(self, rows: NDArray[Any]) -> Parts:
        """Return the parts of some rows (n_some,), which are 0 to n_some - 1 then."""
        to = np.full(self.n_rows, -1, dtype=np.int64)
        to[rows] = np.arange(len(rows))
        kept = to[self.row] >= 0
        row = to[self.row[kept]]
        return Parts(row, self.place[kept], self.card[kept], self.weight[kept], len(rows))


class CardRows:
    """The rows of one regression by short rows.

    Parameters
    ----------
    setup, head : Setup, Head
        What the design is made with.
    evidence : Evidence
        The trials.
    profiles : Profiles, optional
        Of ``evidence.everyone()``, where they are at hand.
    """

    def __init__(
        self, setup: Setup, head: Head, evidence: Evidence, profiles: Profiles | None = None
    ) -> None:
        self.setup, self.head, self.layout = setup, head, setup.layouts[head]
        self.evidence = evidence
        self.profiles = Profiles(evidence.everyone()) if profiles is None else profiles
        self.chosen = np.concatenate((evidence.cards, np.zeros(len(evidence.controls), np.int64)))
        """Place of each trial's card in the menu; of a control any, for nothing of it counts."""
        n_cards = setup.cards.n
        self.prior = setup.priors[head]
        self.maps = [self.layout.map(card) for card in range(n_cards)]
        """Of each card, short row -> row of the design (short width, width); then the drift's."""
        self.gains: GainRows | None = None
        if head == "gain":
            self.prior = with_drift(self.prior)
            drift = DRIFT_MAP
            self.maps = [np.hstack((M, drift)) for M in self.maps]
            self.maps.append(np.hstack((np.zeros((N_SHORT, self.layout.width)), drift)))
            self.gains = gain_rows(evidence, setup.expert)
            self.company, self.table = self.gains.company, self.gains.table
            self.parts = _with_drift(self.gains, evidence.cards, n_cards)
        else:
            answers = np.flatnonzero(answered(evidence, head)[0])
            self.company, self.table = evidence.company[answers], evidence.table[answers]
            self.parts = Parts.of_trials(evidence.cards, answers)

    def __len__(self) -> int:
        return self.parts.n_rows

    def short(self, places: Ints) -> Array:
        """Return the short rows of some trials (n, short width)."""
        block = self.profiles.of(places)
        features = pairs_of(block, self.setup.cards, self.chosen[places])
        return short_rows(features, block.values, block.sector)

    def long(self, parts: Parts) -> Array:
        """Return rows (n, width) written out, those of a gain with the drift's columns."""
        Z, X = self.short(parts.place), np.zeros((parts.n_rows, self.maps[0].shape[1]))
        for at in _runs(parts.card):
            added = (parts.weight[at, None] * Z[at]) @ self.maps[int(parts.card[at[0]])]
            np.add.at(X, parts.row[at], added)
        return X

    def latent(self, w: Array, parts: Parts) -> Array:
        """Return ``X @ w`` of rows (n,) without writing X out."""
        short, latent = np.stack([M @ w for M in self.maps]), np.zeros(parts.n_rows)
        for some in _parts(len(parts.row)):
            Z = self.short(parts.place[some])
            added = np.einsum("ij,ij->i", Z, short[parts.card[some]]) * parts.weight[some]
            latent += np.bincount(parts.row[some], added, parts.n_rows)
        return latent

    def trials(self, places: Ints) -> Parts:
        """Return the rows that some trials (n,) would be, each alone and whole, seen or not."""
        return Parts.of_trials(self.evidence.cards, places)


def _with_drift(rows: GainRows, cards: Ints, n_cards: int) -> Parts:
    """Return the parts of rows of gains: one drift each, whatever is tried.

    The matrix of a card has the drift in it. That is right for a row that is one whole trial; in
    any other, the drift's own "card" takes it off each trial and adds it once.
    """
    odd = rows.single != rows.of
    again, once = np.flatnonzero(odd[rows.row]), np.flatnonzero(odd)
    return Parts(
        np.concatenate((rows.row, rows.row[again], once)),
        np.concatenate((rows.trial, rows.trial[again], rows.of[once])),
        np.concatenate((cards[rows.trial], np.full(len(again) + len(once), n_cards))),
        np.concatenate((rows.share, -rows.share[again], np.ones(len(once)))),
        len(rows),
    )


def _drift_map() -> Array:
    """Return the matrix by which a short row becomes the drift's columns (N_SHORT, N_DRIFT)."""
    unit = np.eye(N_SHORT)
    scaled = unit[:, PROFILE] * COMPANY_SCALE
    return np.hstack((unit[:, [ONE]], scaled, unit[:, SECTOR]))


DRIFT_MAP = _drift_map()


def _parts(n: int) -> Iterator[slice]:
    for start in range(0, n, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, n))


class _Small:
    """The small sums, by pair of cards, and what they come to."""

    def __init__(self, rows: CardRows) -> None:
        self.maps = rows.maps
        self.squares: dict[tuple[int, int], Array] = {}
        self.pull = np.zeros((len(rows.maps), len(rows.maps[0])))

    def add(self, cards: Ints, Z: Array, weight: Array, pull: Array) -> None:
        """Add ``weight * x x'`` and ``pull * x`` of parts with short rows Z (n, .)."""
        for at in _runs(cards):
            k, Zk = int(cards[at[0]]), Z[at]
            self._square((k, k), (Zk.T * weight[at]) @ Zk)
            self.pull[k] += Zk.T @ pull[at]

    def add_pairs(self, cards: tuple[Ints, Ints], Z: tuple[Array, Array], weight: Array) -> None:
        """Add ``weight * (x x~' + x~ x')`` of aligned parts."""
        for at in _runs(cards[0] * len(self.maps) + cards[1]):
            k, other = int(cards[0][at[0]]), int(cards[1][at[0]])
            half = (Z[0][at].T * weight[at]) @ Z[1][at]
            self._square((k, other), half)
            self._square((other, k), half.T)

    def _square(self, pair: tuple[int, int], sums: Array) -> None:
        self.squares[pair] = self.squares[pair] + sums if pair in self.squares else sums

    def total(self) -> tuple[Array, Array]:
        """Return X' V^-1 X and X' V^-1 y."""
        # One number in forty of a matrix is not 0: of 10 000 companies a fit took 18 s of
        # processor with dense products, 13 s so.
        maps: Any = csr_array(np.vstack(self.maps)).T.tocsr()
        n = len(self.maps)
        sums = np.zeros((n, N_SHORT, n, N_SHORT))
        for (k, other), square in self.squares.items():
            sums[k, :, other] = square
        half = maps @ sums.reshape(n * N_SHORT, -1)  # (width, n * N_SHORT)
        return maps @ np.ascontiguousarray(half.T), maps @ self.pull.ravel()


def _runs(key: Ints) -> Iterator[NDArray[np.intp]]:
    """Yield the places of each distinct key."""
    order = np.argsort(key, kind="stable")
    edges = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
    for start, stop in pairwise(edges):
        yield order[start:stop]


def company_moments(rows: CardRows, target: Array, variance: Array, sd: float) -> Moments:
    """Return the sums of all rows with the effect of each company integrated out.

    Parameters
    ----------
    rows : CardRows
        n rows.
    target, variance : ndarray of shape (n,)
        Outcome, and its variance about its mean and the company's effect.
    sd : float
        Of the companies' effects; a row with a negative label has none.
    """
    precision, alone = 1 / variance, rows.company < 0
    label = np.where(alone, -1 - np.arange(len(rows)), rows.company)  # nobody to share with
    _, group = np.unique(label, return_inverse=True)
    total = np.bincount(group, precision)
    shrink = np.where(alone, 0.0, (sd**2 / (1 + sd**2 * total))[group])
    # V^-1 y: what each outcome pulls once its company's level is out.
    pull = precision * (target - shrink * np.bincount(group, precision * target)[group])
    parts, small = rows.parts, _Small(rows)
    order = np.lexsort((parts.row, group[parts.row]))
    row, place = parts.row[order], parts.place[order]
    card, share = parts.card[order], parts.weight[order]
    own = share**2 * (precision - shrink * precision**2)[row]
    for some in _parts(len(order)):
        small.add(card[some], rows.short(place[some]), own[some], (share * pull[row])[some])
    of = group[row]
    for lag in range(1, int(np.bincount(of).max(initial=1))):
        first = np.flatnonzero(of[lag:] == of[:-lag])
        for some in _parts(len(first)):
            i, j = first[some], first[some] + lag
            k, other = row[i], row[j]
            crossed = np.where(k == other, precision[k], 0.0)
            crossed -= shrink[k] * precision[k] * precision[other]
            small.add_pairs(
                (card[i], card[j]),
                (rows.short(place[i]), rows.short(place[j])),
                share[i] * share[j] * crossed,
            )
    known = ~alone
    spread = float(np.log1p(sd**2 * np.bincount(group[known], precision[known])).sum())
    log_det = spread - float(np.log(precision).sum())
    return Moments(*small.total(), float(target @ pull), float(len(rows)), log_det)


Weigh = Callable[[slice, Array], tuple[Array, Array]]
"""Which of the rows, and their short rows -> weight and target of each."""


def weighed_moments(rows: CardRows, parts: Parts, weigh: Weigh) -> Moments:
    """Return the sums of rows of one trial each, without company effects; log |V| left at 0."""
    small, energy = _Small(rows), 0.0
    for some in _parts(parts.n_rows):
        Z = rows.short(parts.place[some])
        weight, target = weigh(some, Z)
        small.add(parts.card[some], Z, weight, weight * target)
        energy += float(weight @ target**2)
    return Moments(*small.total(), energy, float(parts.n_rows), 0.0)

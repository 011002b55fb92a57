"""The fixed draws of the latent answers of one company, all heads and cards at once.

An answer is a sum of arrays of (n_heads, n_cards, n_draws), 80 kB each, so what counts is how many
of them are read. Pair features in proportion to a feature of the company are folded into what that
feature changes, and what a sector or a first need brings is added up beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array
from matcher.design.encoding import CROSSED, N_CROSSED, PROFILE_NAMES, Encoded
from matcher.design.pairs import PAIR_NAMES, PAIRED, SAID_AT, PairFeatures
from matcher.design.terms import N_NEEDS, ONE, PAIRS, PROFILE, SECTOR
from matcher.design.unknown import Guess, Unknown
from matcher.design.usual import NEED_WEIGHTS
from matcher.model.fitted import LEVEL
from matcher.ranking.result import Finish
from matcher.regression.probit import chances_at

Draws = NDArray[np.float32]

IN_PROPORTION: Mapping[str, str] = {
    name: pair.of_company for name, pair in PAIRED.items() if pair.of_company in CROSSED
}
"""Pair feature -> the company's feature to which it is in proportion."""
OF_THE_CARD = tuple(name for name, pair in PAIRED.items() if pair.of_company == "one")
"""Pair features that are the same for every company."""
_FIRST_NEED = PAIR_NAMES.index("first_need")
MET = tuple(
    name
    for name in PAIR_NAMES
    if name not in IN_PROPORTION and name not in OF_THE_CARD and name != "first_need"
)
"""The other pair features: worked out for every company."""


FEWEST_DRAWS = 64
"""Draws from which on chance is taken off how they meet unknown answers."""
MOST_KEPT = 64
"""Sums over unknown answers that are kept, of 80 kB each: a form leaves out much the same."""


class LatentDraws:
    """Draws of the latent answers, from the draws of the coefficients.

    Parameters
    ----------
    effects : ndarray of shape (N_SHORT, n_heads, n_cards, n_draws)
        What each number of a short row does in each draw, in float32.
    pairs : PairFeatures
        The pair features of the menu.
    """

    def __init__(self, effects: Draws, pairs: PairFeatures) -> None:
        self._shape = effects.shape[1:]
        of_pairs = effects[PAIRS, :, 0]  # pair features do the same for every card
        fixed = _places(OF_THE_CARD)
        always = effects[ONE] + _met(pairs.card_side[fixed], of_pairs[fixed])
        self._base = np.concatenate((effects[SECTOR], np.zeros_like(always)[None])) + always
        """(n_sectors + 1, ...); the last: sector unknown."""
        changes = effects[PROFILE].copy()
        for name, feature in IN_PROPORTION.items():
            alike = _places([name])
            met = _met(pairs.card_side[alike], of_pairs[alike])
            changes[CROSSED.index(feature)] += met
        self._changes = np.ascontiguousarray(changes[:N_CROSSED].reshape(N_CROSSED, -1))
        self._needs = changes[-N_NEEDS:].reshape(N_NEEDS, -1)
        first = pairs.first_need[:, None, :, None] * of_pairs[_FIRST_NEED][:, None]
        self._first = first.astype(np.float32).reshape(N_NEEDS, -1)
        self._of_first = of_pairs[_FIRST_NEED]
        # What a need adds by being the first.
        self._first += self._needs * np.float32(NEED_WEIGHTS[0])
        self._rest = slice(N_CROSSED, len(PROFILE_NAMES) - N_NEEDS)
        company = effects[PROFILE][self._rest, :, 0]
        self._company = company.reshape(len(company), -1)
        self._met_places = _places(MET)
        self._met = of_pairs[self._met_places]
        said = list(SAID_AT)
        self._said = of_pairs[said]
        self._said_by = pairs.card_side[said].astype(np.float32)
        typical = self._base[:-1].mean(axis=0) + self._first.mean(axis=0).reshape(self._shape)
        self._along = _along(typical), _along(typical.mean(axis=1, keepdims=True))
        self._guessed: dict[Guess, Draws] = {}
        self._moved: dict[Unknown, Draws] = {}

    def of(self, profile: Encoded, features: Array) -> Draws:
        """Return the draws (n_heads, n_cards, n_draws) of a profile with its pair features."""
        values = profile.values.astype(np.float32)
        heads, _, n_draws = self._shape
        rest = (values[self._rest] @ self._company).reshape(heads, 1, n_draws)
        total: Draws = self._base[profile.sector] + rest
        total += _met(features[self._met_places], self._met)
        drawn = total.reshape(-1)
        if profile.first_need >= 0:
            drawn += self._first[profile.first_need]
        else:  # of a trial only: all its needs have their mean
            usual = features[_FIRST_NEED].astype(np.float32)[:, None]
            drawn += (usual * self._of_first[:, None]).reshape(-1)
        drawn += values[:N_CROSSED] @ self._changes
        for need in profile.needs.nonzero()[0].tolist():
            if need != profile.first_need:
                drawn += self._needs[need] * np.float32(profile.needs[need])
        return drawn.reshape(self._shape)

    def shifts(self, unknown: Unknown, n: int) -> Draws:
        """Return what n draws of unknown answers add to those of their means; not to be changed.

        (n_heads, n_cards, n); where the coefficients have one draw only, it meets all of them.
        """
        total = self._moved.get(unknown)
        if total is None:
            if len(self._moved) >= MOST_KEPT:
                self._moved.clear()
            total = self._moved[unknown] = self._summed(unknown, n)
        return total

    def _summed(self, unknown: Unknown, n: int) -> Draws:
        heads, cards, _ = self._shape
        total = np.zeros((heads, cards, n), np.float32)
        for guess in unknown.guesses:
            # A question and a kind of company come back in nearly every request.
            kept = self._guessed.get(guess)
            if kept is None:
                kept = self._guessed[guess] = self._guess(guess, n)
            total += kept
        return total

    def _guess(self, guess: Guess, n: int) -> Draws:
        """Return what one unknown answer adds; one that does the same to every card has 1 card."""
        heads, cards, n_draws = self._shape
        crossed = bool((guess.columns < N_CROSSED).any())
        total = np.zeros((heads, cards if crossed else 1, n), np.float32)
        for column, values in zip(guess.columns.tolist(), _centred(guess.values, n), strict=True):
            if column < N_CROSSED:
                total += self._changes[column].reshape(heads, cards, n_draws) * values
            else:
                total += self._company[column - N_CROSSED].reshape(heads, 1, n_draws) * values
        for at, said in zip(guess.said_at.tolist(), _centred(guess.said, n), strict=True):
            place = SAID_AT.index(at)
            total += self._said_by[place][:, None] * (self._said[place] * said)[:, None]
        return _apart(total, self._along[0 if crossed or len(guess.said_at) else 1])


def _along(latent: Draws) -> Draws:
    """Return what goes along with a typical company's latent answers (n_cards, n_draws, n_along).

    An orthonormal basis of a one, the three answers to each card, and their squares and products:
    the expected gain is a product of the three. Of too few draws an empty one.
    """
    heads, cards, n = latent.shape
    rows, columns = np.triu_indices(heads)
    if n < FEWEST_DRAWS:
        return np.zeros((cards, n, 0), np.float32)
    gap = (latent - latent.mean(axis=2, keepdims=True)).astype(np.float64)
    gap /= np.maximum(gap.std(axis=2, keepdims=True), 1e-12)
    columns_of = np.concatenate((np.ones((1, cards, n)), gap, gap[rows] * gap[columns]))
    basis, _ = np.linalg.qr(columns_of.transpose(1, 2, 0))
    found: Draws = basis.astype(np.float32)
    return found


def _apart(shifts: Draws, along: Draws) -> Draws:
    """Return what an answer adds (n_heads, n_cards, n_draws) without what goes along by chance.

    An answer tells nothing of the coefficients, so that the variance of the sum is the sum of both
    (law of total variance). Of 256 pairs of a draw and an answer some go together or apart by
    chance, at every company alike: an interval without one answer was .9 % narrower to .9 % wider
    than with it (60 companies), where that law says 0 to .3 % wider. Over 200 companies it is now
    .1 % narrower to .6 % wider. What is left of the shifts is stretched, so that their variance
    stays on average what it was.
    """
    n, n_along = along.shape[1:]
    if not n_along or shifts.shape[-1] != n:
        return shifts
    of_card = shifts.transpose(1, 2, 0)
    left = of_card - along @ (along.transpose(0, 2, 1) @ of_card)
    left *= np.float32(np.sqrt(n / (n - n_along)))
    return np.ascontiguousarray(left.transpose(2, 0, 1))


def _centred(values: Array, n: int) -> Draws:
    """Return the first n draws of some numbers, less their means."""
    some = values[:, :n]
    centred: Draws = (some - some.mean(axis=1)[:, None]).astype(np.float32)
    return centred


def _places(names: Sequence[str]) -> list[int]:
    return [PAIR_NAMES.index(name) for name in names]


def _met(features: Array, pairs: Draws) -> Draws:
    """Return what pair features (n_pair, n_cards) add (n_heads, n_cards, n_draws)."""
    added: Draws = features.T.astype(np.float32) @ pairs.transpose(1, 0, 2)
    return added


def finishes(ids: Sequence[str], drawn: Draws) -> Mapping[str, Finish]:
    """Return for every card the share of companies like this that start and finish it.

    The interval holds the belief about that share, from the model's own draws: what one company
    does is a toss on top of it.

    Parameters
    ----------
    ids : sequence of str
        The cards.
    drawn : ndarray of shape (n_heads, n_cards, n_draws)
        The latent answers as ``Compiled.drawn`` returns them.
    """
    draws = chances_at(drawn[0]) * chances_at(drawn[1])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, (tail, 1 - tail), axis=1)
    rows = zip(draws.mean(axis=1).tolist(), low.tolist(), high.tolist(), strict=True)
    return dict(zip(ids, map(Finish._make, rows), strict=True))

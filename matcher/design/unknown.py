"""What a company may answer where it did not: its numbers, one for each draw of a model.

An unknown answer is 0 in a profile, where the middle of companies is. Left there, a model would
be surer of a company that it knows less of. So each draw of the coefficients is paired with one
draw of the unknown answers, from ``answers.toml``: by sector group or size class, in exact shares
over all draws (a Latin hypercube), in an order that is drawn once and stays. What goes along with
the coefficients in that order is chance, and is taken off where both meet (``ranking.draws``).

References
----------
M. D. McKay, R. J. Beckman and W. J. Conover, "A comparison of three methods for selecting values
of input variables in the analysis of output from a computer code", Technometrics 21(2), 1979.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import compress, product
from typing import Any

import numpy as np

from matcher.arrays import Array, Ints
from matcher.design.encoding import Encoded, encode
from matcher.design.pairs import SAID_AT, PairFeatures, company_side
from matcher.design.usual import told
from matcher.vocabulary import NEEDS, SECTOR_GROUPS, TERMS, size_class

_NEUTRAL: Mapping[str, Any] = {"employees": 25, "needs": (NEEDS[0],)}
_ASKED_FIRST = ("needs", "employees")
"""What a question always tells: where a trial does not, its mean is in its numbers already."""
TRANSITIONS = tuple(TERMS["transitions"])


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What may be answered to one question, one number for each draw, less its mean."""

    columns: Ints
    """(n,) places in PROFILE_NAMES."""
    values: Array
    """(n, n_draws)."""
    mean: Array
    """(n,) what was taken off."""
    said_at: Ints
    """(n_said,) places in PAIR_NAMES of features whose number is in no number of the profile."""
    said: Array
    """(n_said, n_draws)."""
    said_mean: Array
    """(n_said,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What may be answered to all questions that a company did not answer; told by identity."""

    guesses: tuple[Guess, ...]
    columns: Ints
    """Places in PROFILE_NAMES of all of them, and the means of their numbers."""
    mean: Array
    said_at: Ints
    """Places in PAIR_NAMES, likewise."""
    said_mean: Array

    def averaged(self, profile: Encoded) -> Encoded:
        """Return a profile with the means of the numbers of what is not known."""
        values = profile.values.copy()
        values[self.columns] = self.mean
        return Encoded(
            values,
            profile.needs,
            profile.first_need,
            profile.sector,
            profile.employees,
            profile.answers,
        )

    def met(self, averaged: Encoded, pairs: PairFeatures, match: Array) -> Array:
        """Return the means of the pair features (n_pair, n_cards) of a profile as averaged."""
        features = pairs.of(averaged, match)
        # What is said by an answer is no number of the profile: there is none for half an answer.
        features[self.said_at] = pairs.card_side[self.said_at] * self.said_mean[:, None]
        return features


@dataclass(frozen=True)
class _Question:
    """The answers to one question, their numbers, and how often each is given where."""

    place: int
    answers: tuple[Any, ...]
    by: str
    columns: Ints
    numbers: Array
    """(n_columns, n_answers)."""
    said_at: Ints
    said: Array
    """(n_said, n_answers)."""
    shares: Mapping[str, Array]
    guesses: dict[tuple[str, int], Guess] = field(default_factory=dict)
    """Those made so far, so that a question and a kind of company have one guess."""

    def guess(self, key: str, n_draws: int) -> Guess:
        """Return so many draws of the answer, in the shares of a sector group or size class."""
        kept = self.guesses.get((key, n_draws))
        if kept is None:
            kept = self.guesses[key, n_draws] = self._guess(key, n_draws)
        return kept

    def _guess(self, key: str, n_draws: int) -> Guess:
        order = np.random.default_rng([20_260_102, self.place]).permutation(n_draws)
        stops = np.cumsum(self.shares[key])
        answer = np.searchsorted(stops, (order + 0.5) / n_draws).clip(max=len(stops) - 1)
        values, said = self.numbers[:, answer], self.said[:, answer]
        mean, said_mean = values.mean(axis=1), said.mean(axis=1)
        return Guess(
            self.columns,
            values - mean[:, None],
            mean,
            self.said_at,
            said - said_mean[:, None],
            said_mean,
        )


@cache
def _questions() -> Mapping[str, _Question]:
    asked = {name: one for name, one in told().items() if name not in _ASKED_FIRST}
    seen = asked.pop("transitions")
    found = {
        name: _question(place, name, one["values"], one["by"], one["shares"])
        for place, (name, one) in enumerate(asked.items())
    }
    sets = [
        tuple(compress(TRANSITIONS, chosen))
        for chosen in product((False, True), repeat=len(TRANSITIONS))
    ]
    shares = {
        group: [
            float(np.prod([p if name in one else 1 - p for name, p in chances.items()]))
            for one in sets
        ]
        for group, chances in seen.items()
    }
    found["transitions"] = _question(len(found), "transitions", sets, "sector_group", shares)
    return found


def _question(
    place: int, name: str, answers: Sequence[Any], by: str, shares: Mapping[str, Sequence[float]]
) -> _Question:
    rows = np.array([encode({**_NEUTRAL, name: answer}).values for answer in answers])
    own = np.flatnonzero((rows != encode(_NEUTRAL).values).any(axis=0))
    sides = np.array([company_side(row.tolist()) for row in rows])[:, list(SAID_AT)].T
    spoken = np.flatnonzero(sides.any(axis=1))
    weights = {key: np.asarray(row, float) / sum(row) for key, row in shares.items()}
    # A company of which nobody knows the sector is one of any.
    weights.setdefault("all", np.mean(list(weights.values()), axis=0))
    return _Question(
        place,
        tuple(answers),
        by,
        own,
        rows[:, own].T,
        np.array(SAID_AT)[spoken],
        sides[spoken],
        weights,
    )


def answers_of(field: str, profile: Encoded) -> tuple[tuple[Any, ...], list[float]]:
    """Return every answer to a question, and what share of such companies gives it."""
    question = _questions()[field]
    size = _size_of(profile)
    return question.answers, question.shares[_keys(profile.sector, size)[question.by]].tolist()


def unknown_of(profile: Encoded, n_draws: int) -> Unknown | None:
    """Return what a company may answer where it did not; None where every answer is known."""
    get = profile.answers.get
    missing = tuple([name for name in _questions() if get(name) is None])
    if not missing:
        return None
    return _unknown(missing, profile.sector, _size_of(profile), n_draws)


def _size_of(profile: Encoded) -> str:
    """Return the size class of a company; one of which nobody knows it is one of any."""
    return "all" if math.isnan(profile.employees) else size_class(int(profile.employees))


def _keys(sector: int, size: str) -> Mapping[str, str]:
    group = SECTOR_GROUPS[sector] if sector >= 0 else "all"
    return {"all": "all", "sector_group": group, "size_class": size}


# A form leaves out much the same each time; an answer of it takes 1 kB.
@lru_cache(maxsize=1024)
def _unknown(missing: tuple[str, ...], sector: int, size: str, n_draws: int) -> Unknown:
    keys = _keys(sector, size)
    questions = [_questions()[name] for name in missing]
    guesses = tuple([one.guess(keys[one.by], n_draws) for one in questions])
    columns, mean, said_at, said_mean = (
        np.concatenate([getattr(guess, name) for guess in guesses])
        for name in ("columns", "mean", "said_at", "said_mean")
    )
    return Unknown(guesses, columns, mean, said_at, said_mean)

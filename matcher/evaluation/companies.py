"""The companies of a study, as those over whom a model's answers are averaged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.design.encoding import Encoded
from matcher.disclosure import FEWEST
from matcher.evaluation.cross_fitting import all_suitable
from matcher.evaluation.findings import Estimate
from matcher.evaluation.intervals import Z
from matcher.menu.card import Menu
from matcher.ranking.engine import Engine
from matcher.training.evidence import Evidence

MOST_COMPANIES = 100
"""Companies over which is averaged at most, spread evenly over the trials."""


@dataclass(frozen=True)
class Companies:
    """Companies and the cards that suit them."""

    profiles: tuple[Encoded, ...]
    suits: Bools
    """(n, n_cards)."""

    def __len__(self) -> int:
        return len(self.profiles)

    @property
    def compared(self) -> Ints:
        """Places of the cards of which a mean may be told: those that suit five companies."""
        return np.flatnonzero(self.suits.sum(axis=0) >= FEWEST)


@dataclass(frozen=True)
class Expected:
    """What a model expects of every card at every company."""

    mean: Array
    """(n, n_cards) in points."""
    draws: Array
    """(n, n_cards, n_draws)."""
    suits: Bools

    @property
    def by_card(self) -> Array:
        """Mean of each card over the companies that it suits (n_cards,); NaN where there is none.

        >>> suits = np.array([[True, False], [True, True]])
        >>> mean = np.array([[0.1, 0.9], [0.3, 0.4]])
        >>> np.round(Expected(mean, mean[..., None], suits).by_card, 2).tolist()
        [0.2, 0.4]
        """
        n = self.suits.sum(axis=0)
        total = np.where(self.suits, self.mean, 0.0).sum(axis=0)
        by_card: Array = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
        return by_card

    @property
    def first_choices(self) -> Ints:
        """Place of the card with the highest mean of those that suit each company (n,)."""
        chosen: Ints = np.where(self.suits, self.mean, -np.inf).argmax(axis=1)
        return chosen

    def of_card(self, card: int) -> Estimate:
        """Return the mean of one card over the companies that it suits, with its interval."""
        some = self.suits[:, card]
        return _mean_of(self.mean[some, card], self.draws[some, card])

    def of_choices(self, chosen: Ints, beside: Ints | None = None) -> Estimate:
        """Return the mean of a card chosen for each company, less that of another, if any."""
        each = np.arange(len(self.mean))
        mean, draws = self.mean[each, chosen], self.draws[each, chosen]
        if beside is not None:
            mean, draws = mean - self.mean[each, beside], draws - self.draws[each, beside]
        return _mean_of(mean, draws)


def _mean_of(mean: Array, draws: Array) -> Estimate:
    """Return a mean over companies (n,) with the interval of that mean, from draws (n, n_draws)."""
    value, half = float(mean.mean()), Z * float(draws.mean(axis=0).std())
    return Estimate(value, value - half, value + half)


def companies_of(evidence: Evidence, menu: Menu) -> Companies:
    """Return the companies of some trials, each once, with the cards that suit them."""
    _, first = np.unique(evidence.company, return_index=True)
    if len(first) > MOST_COMPANIES:
        first = first[np.linspace(0, len(first) - 1, MOST_COMPANIES).astype(np.int64)]
    some = evidence.of(np.isin(np.arange(len(evidence)), first))
    some = some if some.profiles else some.with_profiles()
    return Companies(some.profiles, all_suitable(menu, some))


def expected_at(companies: Companies, engine: Engine) -> Expected:
    """Return what an engine expects at every company."""
    found = [engine.expected(profile) for profile in companies.profiles]
    mean, draws = (np.array(each) for each in zip(*found, strict=True))
    return Expected(mean, draws, companies.suits)

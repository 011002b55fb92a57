"""Why a card stands where it stands: exact shares of its expected gain.

The expected gain is a product of three answers, each a sum of terms. A share is the Shapley value
of a group of terms in that product: its mean contribution over every order in which the groups can
be added to an ordinary card at an ordinary company. The shares and that ordinary level add up to
the expected gain, to rounding.

References
----------
L. S. Shapley, "A value for n-person games", 1953.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array
from matcher.design.expert import HEADS, Expert, Head, ReasonCode
from matcher.design.terms import Layout
from matcher.menu.card import Intervention
from matcher.profile.schema import Profile
from matcher.ranking.result import Reason, Source
from matcher.regression.probit import STEP, chances_at, ndtr

CODES: tuple[ReasonCode, ...] = get_args(ReasonCode)
SHARED_CODES = frozenset({"level", "company"})
"""The same for every card at one company: no reason for one card above another."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The latent answers of some cards, taken apart; the terms of each head in turn."""

    now: Array
    """(n_terms, n_cards) as learned, in the order of ``Layout.lines``."""
    given: Array
    """(n_terms, n_cards) as the experts gave them; 0 where they were silent."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the terms of some cards come to (n_cards,) each."""

    spread: Array
    """(2, n_cards) variance of each chance's latent answer, besides the probit's own."""
    mean: Array
    """The expected gain, in points."""
    tried: Sequence[bool]
    """Whether so many trials of each card were made that their number is told.

    With fewer of its own a card's share comes from cards like it.
    """


class Explainer:
    """Shares of the expected gain.

    Parameters
    ----------
    layouts : mapping
        Head -> its terms, and the lines that they are told as.
    expert : Expert
        Of whose parts some rest on research.
    level : ndarray of shape (n_heads,)
        The latent answers of an ordinary card at an ordinary company.
    share : float
        Part of the gain that stays when a company stops half-way.
    """

    def __init__(
        self, layouts: Mapping[Head, Layout], expert: Expert, level: Array, share: float
    ) -> None:
        self._level, self._share = level, share
        lines = [(head, *line) for head in HEADS for line in layouts[head].lines]
        self._names = np.array([name for _, name, _ in lines], object)
        code = np.array([CODES.index(code) for _, _, code in lines])
        head = np.array([HEADS.index(head) for head, _, _ in lines])
        research = {
            (head, part.feature)
            for head in HEADS
            for part in expert.head(head).part
            if part.source == "literature"
        }
        studied = [(head, name) in research for head, name, _ in lines]
        self._literature = np.array(studied, float)[:, None]
        member = (np.arange(len(CODES))[:, None] == code).astype(np.float64)
        of_head = np.arange(len(HEADS))[:, None] == head
        self._groups = (member[:, None] * of_head).reshape(-1, len(code))
        """(n_codes * n_heads, n_terms) 1 where a term is of a code and a head."""
        # How far a step of a term moves the gain: .3 on the probit scale is about a tenth in
        # probability, and so a tenth of the gain.
        tenth = 0.3 * max(abs(float(level[-1])), 0.02)
        unit = np.where(head < len(HEADS) - 1, tenth, 1.0)
        self._moves = member * unit
        rows = [line.nonzero()[0].tolist() for line in member]
        longest = max(map(len, rows))
        # A row short of terms repeats its first, which wins no tie from itself.
        self._rows = np.array([[*line, *[line[0]] * (longest - len(line))] for line in rows])
        self._row_units = unit[self._rows][:, :, None]

    def explain(
        self, apart: Apart, answers: Answers, cards: Sequence[Intervention], profile: Profile
    ) -> list[tuple[Reason, ...]]:
        """Return the reasons of each card, largest first; their effects add up to its mean."""
        groups = (self._groups @ apart.now).reshape(len(CODES), len(HEADS), -1)
        base, shares = shapley(self._level, groups, answers, self._share)
        speaks = [True, *groups.reshape(len(CODES), -1).any(axis=1).tolist()]
        effects = np.concatenate((base[None], shares))
        # Sorted for all cards at once; of equals the first in CODES stays first.
        order = (-np.abs(effects)).argsort(axis=0, kind="stable").T.tolist()
        names, sources = self._leading(apart, shares).tolist(), self._sources(apart).tolist()
        columns = zip(order, effects.T.tolist(), names, sources, strict=True)
        explained = []
        for card, tried, (places, effect, name, source) in zip(
            cards, answers.tried, columns, strict=True
        ):
            terms, sides = ["", *name], ["expert", *source]
            if not tried:
                terms[_CARD] = "alike"  # what its attributes share with other cards speaks
            reasons = []
            for at in places:
                if speaks[at]:
                    facts = _facts(_PARTS[at], terms[at], card, profile)
                    reasons.append(Reason(_PARTS[at], effect[at], sides[at], facts))
            explained.append(tuple(reasons))
        return explained

    def _leading(self, apart: Apart, shares: Array) -> NDArray[np.object_]:
        """Return the name of the term that decides each share (n_cards, n_codes)."""
        towards = np.copysign(self._row_units, shares[:, None])
        first = (apart.now[self._rows] * towards).argmax(axis=1)
        names: NDArray[np.object_] = self._names[self._rows[_EVERY_CODE, first.T]]
        return names

    def _sources(self, apart: Apart) -> NDArray[np.object_]:
        """Return who speaks in each share (n_cards, n_codes)."""
        n_terms, n_cards = apart.now.shape
        said = np.empty((n_terms, 3, n_cards))
        np.abs(apart.given, out=said[:, 0])
        np.abs(apart.now - apart.given, out=said[:, 1])
        np.multiply(said[:, 0], self._literature, out=said[:, 2])
        weights = self._moves @ said.reshape(n_terms, -1)
        heard, outcomes, studied = weights.T.reshape(3, n_cards, -1)
        experts = np.where(studied > 0.5 * heard, _LITERATURE, _EXPERT)
        return _SOURCES[np.where(outcomes > heard, _OUTCOMES, experts)]


_PARTS = ("level", *CODES)
"""What an expected gain is made of."""
_CARD = _PARTS.index("card")
_EVERY_CODE = np.arange(len(CODES))
_SOURCES = np.array(get_args(Source), object)
_EXPERT, _LITERATURE, _OUTCOMES = (
    get_args(Source).index(source) for source in ("expert", "literature", "outcomes")
)


@cache
def _subsets(n: int) -> tuple[NDArray[np.float32], Array]:
    """Return the members of every subset of n groups and the Shapley weights.

    Members are (1 + n, 2^n), the first row ones for the level; weights are (n, 2^n).
    """
    bits = ((np.arange(2**n) >> np.arange(n)[:, None]) & 1).astype(np.float64)
    size = bits.sum(axis=0).astype(int)
    weight = np.array([factorial(k) * factorial(n - 1 - k) / factorial(n) for k in range(n)])
    joining = np.append(weight, 0.0)[size]
    leaving = np.append(0.0, weight)[size]
    members = np.concatenate((np.ones((1, 2**n)), bits)).astype(np.float32)
    return members, np.where(bits > 0, leaving, -joining)


def shapley(level: Array, terms: Array, answers: Answers, share: float) -> tuple[Array, Array]:
    """Return the gain without any group (n_cards,) and the share of each (n_groups, n_cards).

    The gain of each subset comes from the table of chances, to 1e-5 point; that of no group and
    of all of them is exact, so that the shares add up to the mean to rounding.

    Parameters
    ----------
    level : ndarray of shape (n_heads,)
        The latent answers without any group.
    terms : ndarray of shape (n_groups, n_heads, n_cards)
        What each group adds to them.
    answers : Answers
        What the terms come to.
    share : float
        Part of the gain that stays when a company stops half-way.
    """
    members, weights = _subsets(len(terms))
    steps = np.sqrt(1 + answers.spread) * STEP
    sums = np.empty((1 + len(terms), *terms.shape[1:]))
    sums[0], sums[1:] = level[:, None], terms
    sums[:, :-1] /= steps
    latent = sums.reshape(len(sums), -1).T.astype(np.float32) @ members
    latent = latent.reshape(*terms.shape[1:], -1)
    start, finish = chances_at(latent[:-1])
    gains = (start * (np.float32(share) + np.float32(1 - share) * finish) * latent[-1]).astype(
        float
    )
    first, last = ndtr(sums[0, :-1] * STEP)
    gains[:, 0] = first * (share + (1 - share) * last) * level[-1]
    gains[:, -1] = answers.mean
    return gains[:, 0], weights @ gains.T


def _facts(code: str, name: str, card: Intervention, profile: Profile) -> Mapping[str, object]:
    """Return what the sentence of a reason is filled with; ``name`` is the term that speaks."""
    if code in _PLAIN:
        return _term(name)
    if code == "need_match":
        return {
            "term": name,
            "needs": [need for need in profile.needs if need in card.needs],
            "missed": [need for need in profile.needs if need not in card.needs],
        }
    if code == "hours_pressure":
        return {"term": name, "pressure": profile.staffing_pressure}
    if code == "sector":
        return {"term": name, "sector_group": profile.sector_group}
    return {"term": name, "employees": profile.employees}


_PLAIN = frozenset(_PARTS) - {"need_match", "hours_pressure", "sector", "size"}
"""What needs no facts of the company: no more than the term that speaks."""


@cache
def _term(name: str) -> Mapping[str, object]:
    return {"term": name} if name else {}


def top_reasons(reasons: Iterable[Reason], least: float = 0.002) -> Sequence[Reason]:
    """Return at most two reasons for and one against, among those that tell cards apart.

    ``reasons`` come largest first, as a ranking has them; ``least`` is the smallest
    share worth a sentence, in points.
    """
    ahead: list[Reason] = []
    against: list[Reason] = []
    for reason in reasons:
        code, effect, _, _ = reason
        if code not in SHARED_CODES and abs(effect) >= least:
            if effect < 0:
                against.append(reason)
            elif effect > 0:
                ahead.append(reason)
    return [*ahead[:2], *against[:1]]

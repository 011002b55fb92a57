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
from scipy.special import ndtr

from matcher.design import FIT_REASONS
from matcher.expert import HEADS, Expert, Head, ReasonCode
from matcher.features import FIT_NAMES
from matcher.menu import Intervention
from matcher.profile import Profile
from matcher.ranking import Reason, Source

Array = NDArray[np.float64]

CODES: tuple[ReasonCode, ...] = get_args(ReasonCode)
FEW_TRIALS = 3
"""With fewer trials of its own a card's share comes from cards like it."""
SHARED_CODES = frozenset({"level", "company"})
"""The same for every card at one company: no reason for one card above another."""


@dataclass(frozen=True)
class HeadParts:
    """The latent answer of one head for some cards, taken apart."""

    level: float
    now: Array
    """(n_terms, n_cards) as learned, in the order of ``Terms``."""
    given: Array
    """(n_terms, n_cards) as the experts gave them; 0 where they were silent."""


@dataclass(frozen=True)
class Terms:
    """The terms of one head: expert parts, pair features, then card, company, sector, profile."""

    names: tuple[str, ...]
    codes: tuple[ReasonCode, ...]
    literature: Array
    """(n_terms,) 1 where an expert part rests on research."""


OWN_TERMS: tuple[ReasonCode, ...] = ("card", "company", "sector", "profile")


def terms_of(head: Head, expert: Expert) -> Terms:
    """Return the terms of a head, in the order in which the engine takes an answer apart."""
    parts = expert.head(head).part
    research = [float(part.source == "literature") for part in parts]
    return Terms(
        names=(*(part.feature for part in parts), *FIT_NAMES, *OWN_TERMS),
        codes=(
            *(part.reason for part in parts),
            *(FIT_REASONS[name] for name in FIT_NAMES),
            *OWN_TERMS,
        ),
        literature=np.array(research + [0.0] * (len(FIT_NAMES) + len(OWN_TERMS))),
    )


class Explainer:
    """Shares of the expected gain for one expert prior."""

    def __init__(self, expert: Expert) -> None:
        self._terms = {head: terms_of(head, expert) for head in HEADS}
        self._names = np.array([n for head in HEADS for n in self._terms[head].names])
        codes = [CODES.index(c) for head in HEADS for c in self._terms[head].codes]
        self._member = (np.arange(len(CODES))[:, None] == np.array(codes)).astype(np.float64)
        self._rows = [np.flatnonzero(line) for line in self._member]
        self._literature = np.concatenate([self._terms[head].literature for head in HEADS])
        stops = np.cumsum([len(self._terms[head].names) for head in HEADS]).tolist()
        self._slices = {
            head: slice(stop - len(self._terms[head].names), stop)
            for head, stop in zip(HEADS, stops, strict=True)
        }

    def explain(
        self,
        parts: Mapping[Head, HeadParts],
        spread: Mapping[Head, Array],
        share: float,
        cards: Sequence[Intervention],
        tried: Sequence[int],
        profile: Profile,
    ) -> list[tuple[Reason, ...]]:
        """Return the reasons of each card, largest first; their effects add up to its mean.

        Parameters
        ----------
        parts : mapping
            The latent answers taken apart.
        spread : mapping
            Variance of each chance's latent answer, besides the probit's own (n_cards,).
        share : float
            Part of the gain that stays when a company stops half-way.
        cards : sequence of Intervention
            The cards explained.
        tried : sequence of int
            Trials of each card in all.
        profile : Profile
            The company.
        """
        grouped = {h: self._member[:, self._slices[h]] @ parts[h].now for h in HEADS}
        used = np.flatnonzero(sum(np.abs(grouped[h]).sum(axis=1) for h in HEADS))
        level, values = _shapley(
            {h: parts[h].level for h in HEADS}, {h: grouped[h][used] for h in HEADS}, spread, share
        )
        names, sources = self._dominant(parts, used, values)
        explained = []
        for place, card in enumerate(cards):
            reasons = [Reason("level", float(level[place]), "expert", {})]
            for row, code in enumerate(used):
                name = names[row][place]
                if CODES[code] == "card" and tried[place] < FEW_TRIALS:
                    name = "alike"  # what its attributes share with other cards speaks
                facts = _facts(CODES[code], name, card, profile)
                effect = float(values[row, place])
                reasons.append(Reason(CODES[code], effect, sources[row][place], facts))
            reasons.sort(key=lambda reason: -abs(reason.effect))
            explained.append(tuple(reasons))
        return explained

    def _dominant(
        self, parts: Mapping[Head, HeadParts], used: NDArray[np.intp], values: Array
    ) -> tuple[list[list[str]], list[list[Source]]]:
        """Return the term that decides each share, and whether experts or outcomes speak in it.

        The latent terms of the heads are made comparable by how far they move an answer: .3 on
        the probit scale is about a tenth in probability, and so a tenth of the gain.
        """
        unit = {h: 0.3 * max(abs(parts["gain"].level), 0.02) for h in HEADS} | {"gain": 1.0}
        now = np.concatenate([parts[h].now * unit[h] for h in HEADS])
        given = np.concatenate([parts[h].given * unit[h] for h in HEADS])
        heard = self._member[used] @ np.abs(given)
        learned = self._member[used] @ np.abs(now - given)
        studied = self._member[used] @ (np.abs(given) * self._literature[:, None])
        names, sources = [], []
        for row, code in enumerate(used):
            rows = self._rows[code]
            leading = np.argmax(now[rows] * np.where(values[row] >= 0, 1.0, -1.0), axis=0)
            names.append(self._names[rows[leading]].tolist())
            sources.append(
                [
                    _source(*weights)
                    for weights in zip(heard[row], learned[row], studied[row], strict=True)
                ]
            )
        return names, sources


def _source(heard: float, learned: float, studied: float) -> Source:
    if learned > heard:
        return "outcomes"
    return "literature" if studied > 0.5 * heard else "expert"


@cache
def _subsets(n: int) -> tuple[Array, Array]:
    """Return every subset of n groups (2^n, n) and the Shapley weights (n, 2^n)."""
    bits = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    size = bits.sum(axis=1).astype(int)
    weight = np.array([factorial(k) * factorial(n - 1 - k) / factorial(n) for k in range(n)])
    joining = np.append(weight, 0.0)[size]
    leaving = np.append(0.0, weight)[size]
    return bits, np.where(bits.T > 0, leaving, -joining)


def _shapley(
    level: Mapping[Head, float],
    terms: Mapping[Head, Array],
    spread: Mapping[Head, Array],
    share: float,
) -> tuple[Array, Array]:
    """Return the value without any group (n_cards,) and the share of each (n_groups, n_cards)."""
    bits, weights = _subsets(len(terms["gain"]))
    latent = {h: level[h] + bits @ terms[h] for h in HEADS}
    start = ndtr(latent["started"] / np.sqrt(1 + spread["started"]))
    finish = ndtr(latent["completed"] / np.sqrt(1 + spread["completed"]))
    values = start * (share + (1 - share) * finish) * latent["gain"]
    return values[0], weights @ values


def _facts(
    code: ReasonCode, name: str, card: Intervention, profile: Profile
) -> Mapping[str, object]:
    """Return what the sentence of a reason is filled with."""
    facts: dict[str, object] = {"term": name}
    if code == "need_match":
        facts["needs"] = [need for need in profile.needs if need in card.needs]
        facts["missed"] = [need for need in profile.needs if need not in card.needs]
    elif code == "hours_pressure":
        facts["pressure"] = profile.staffing_pressure
    elif code == "sector":
        facts["sector_group"] = profile.sector_group
    elif code == "size":
        facts["employees"] = profile.employees
    return facts


def top_reasons(reasons: Iterable[Reason], least: float = 0.002) -> Sequence[Reason]:
    """Return at most two reasons for and one against, among those that tell cards apart.

    ``least`` is the smallest share worth a sentence, in points.
    """
    telling = [r for r in reasons if r.code not in SHARED_CODES and abs(r.effect) >= least]
    ahead = sorted((r for r in telling if r.effect > 0), key=lambda r: -r.effect)[:2]
    against = sorted((r for r in telling if r.effect < 0), key=lambda r: r.effect)[:1]
    return [*ahead, *against]

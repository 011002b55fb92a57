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
from matcher.menu import Intervention, Menu
from matcher.profile import Profile
from matcher.ranking import Reason, Recommendation, Source

Array = NDArray[np.float64]

CODES: tuple[ReasonCode, ...] = get_args(ReasonCode)
SHARED_CODES = frozenset({"level", "company"})
"""The same for every card at one company: no reason for one card above another."""

_FIT_AT = {code: [i for i, f in enumerate(FIT_NAMES) if FIT_REASONS[f] == code] for code in CODES}


@dataclass(frozen=True)
class HeadParts:
    """The latent answer of one head, taken apart (n_chosen cards)."""

    level: float
    expert: Array
    """(n, n_parts) as learned."""
    expert_prior: Array
    """(n, n_parts) as the experts gave them."""
    fit: Array
    """(n, n_fit)."""
    card: Array
    company: Array
    sector: Array
    profile: Array


@dataclass(frozen=True)
class Shares:
    """What the shares of some cards are computed from."""

    cards: NDArray[np.intp]
    heads: Mapping[Head, HeadParts]
    spread: Mapping[Head, Array]
    share: float
    """Part of the gain that stays when a company stops half-way."""
    expert: Expert


def explain_cards(shares: Shares, profile: Profile, menu: Menu) -> list[tuple[Reason, ...]]:
    """Return the reasons of each card, largest first; their effects add up to its mean."""
    terms = {head: _by_code(shares, head) for head in HEADS}
    used = [i for i in range(len(CODES)) if any(terms[h][i].any() for h in HEADS)]
    level, values = _shapley(shares, {h: terms[h][used] for h in HEADS})
    explained = []
    for place, card in enumerate(shares.cards):
        reasons = [Reason("level", float(level[place]), "expert", {})]
        for row, code in enumerate(used):
            effect = float(values[row, place])
            name, source = _dominant(shares, CODES[code], place, effect)
            facts = _facts(CODES[code], name, menu.interventions[card], profile)
            reasons.append(Reason(CODES[code], effect, source, facts))
        reasons.sort(key=lambda reason: -abs(reason.effect))
        explained.append(tuple(reasons))
    return explained


def _by_code(shares: Shares, head: Head) -> Array:
    """Return the latent terms of a head summed by reason (n_codes, n_cards)."""
    parts = shares.heads[head]
    terms = np.zeros((len(CODES), len(shares.cards)))
    for column, part in enumerate(shares.expert.head(head).part):
        terms[CODES.index(part.reason)] += parts.expert[:, column]
    for row, code in enumerate(CODES):
        terms[row] += parts.fit[:, _FIT_AT[code]].sum(axis=1)
    for code, own in (
        ("card", parts.card),
        ("company", parts.company),
        ("sector", parts.sector),
        ("profile", parts.profile),
    ):
        terms[CODES.index(code)] += own
    return terms


@cache
def _subsets(n: int) -> tuple[Array, Array]:
    """Return every subset of n groups (2^n, n) and the Shapley weights (n, 2^n)."""
    bits = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    size = bits.sum(axis=1).astype(int)
    weight = np.array([factorial(k) * factorial(n - 1 - k) / factorial(n) for k in range(n)])
    joining = np.append(weight, 0.0)[size]
    leaving = np.append(0.0, weight)[size]
    return bits, np.where(bits.T > 0, leaving, -joining)


def _shapley(shares: Shares, terms: Mapping[Head, Array]) -> tuple[Array, Array]:
    """Return the value without any group (n_cards,) and the share of each (n_groups, n_cards)."""
    bits, weights = _subsets(len(terms["gain"]))
    latent = {h: shares.heads[h].level + bits @ terms[h] for h in HEADS}
    start = ndtr(latent["started"] / np.sqrt(1 + shares.spread["started"]))
    finish = ndtr(latent["completed"] / np.sqrt(1 + shares.spread["completed"]))
    values = start * (shares.share + (1 - shares.share) * finish) * latent["gain"]
    return values[0], weights @ values


def _dominant(shares: Shares, code: ReasonCode, place: int, effect: float) -> tuple[str, Source]:
    """Return the term that decides a share, and whether experts or outcomes speak in it.

    Each head's latent terms are made comparable by how many of its own units an answer moves:
    .3 on the probit scale is about a tenth in probability, and so a tenth of the gain.
    """
    named: dict[str, float] = {}
    given = learned = 0.0
    literature = False
    for head in HEADS:
        parts = shares.heads[head]
        unit = 1.0 if head == "gain" else 0.3 * max(abs(shares.heads["gain"].level), 0.02)
        for column, part in enumerate(shares.expert.head(head).part):
            if part.reason == code:
                now = parts.expert[place, column] * unit
                before = parts.expert_prior[place, column] * unit
                named[part.feature] = named.get(part.feature, 0.0) + now
                given += abs(before)
                learned += abs(now - before)
                literature |= part.source == "literature" and abs(before) > 0.5 * given
        for column in _FIT_AT[code]:
            value = parts.fit[place, column] * unit
            named[FIT_NAMES[column]] = named.get(FIT_NAMES[column], 0.0) + value
            learned += abs(value)
        own = {
            "card": parts.card,
            "company": parts.company,
            "sector": parts.sector,
            "profile": parts.profile,
        }.get(code)
        learned += 0.0 if own is None else abs(float(own[place])) * unit
    sign = 1.0 if effect >= 0 else -1.0
    name = max(named, key=lambda n: sign * named[n]) if named else code
    if learned > given:
        return name, "outcomes"
    return name, "literature" if literature else "expert"


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


def main_reason(line: Recommendation) -> Reason | None:
    """Return the reason that speaks most for a recommendation, if any does."""
    best = top_reasons(line.reasons)
    return best[0] if best and best[0].effect > 0 else None

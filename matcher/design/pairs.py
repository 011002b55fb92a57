"""Numbers for a pair of a profile and a card: how the two meet, and what experts say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import get_args

import numpy as np

from matcher.arrays import Array
from matcher.design.cards import CARD_NAMES, Cards
from matcher.design.encoding import CROSSED, Encoded
from matcher.design.expert import Feature

FIT_NAMES = (
    "need_match",
    "first_need",
    "hours_pressure",
    "hours_very_tight",
    "hours_size",
    "lead_pressure",
    "cost_budget",
    "formality_hr",
    "shift_group",
    "formality_practical",
    "coach_owner",
    "min_size",
)
"""Pair features: how a card and a company meet."""

FIT_OF: Mapping[str, str] = {
    "hours_pressure": "pressure",
    "hours_very_tight": "very_tight",
    "hours_size": "size",
    "lead_pressure": "pressure",
    "cost_budget": "training_budget",
    "formality_hr": "hr_function",
    "shift_group": "shift_work",
    "formality_practical": "share_practical",
    "coach_owner": "owner_support",
}
"""Fit feature -> the company's feature in it."""
_FIT_VALUES = [CROSSED.index(FIT_OF[name]) if name in FIT_OF else None for name in FIT_NAMES]
EXPERT_NAMES: tuple[Feature, ...] = get_args(Feature)
N_FIT = len(FIT_NAMES)
PAIR_NAMES = (*FIT_NAMES, *(f"expert {name}" for name in EXPERT_NAMES))
_NEED_MATCH, _FIRST_NEED, _MIN_SIZE = map(FIT_NAMES.index, ("need_match", "first_need", "min_size"))
_EXPERT_NEED_MATCH = EXPERT_NAMES.index("need_match")
_OWNER, _BASELINE = map(CROSSED.index, ("owner_support", "baseline"))
# About the mean of the experiment's companies: an unknown answer moves nothing.
HR = {"geen": -0.4, "erbij": -0.1, "parttime": 0.4, "afdeling": 0.6}
SHIFT = {"nee": -0.3, "deels": 0.2, "ja": 0.7}

USUAL_LOAD = 0.6
"""Load of an ordinary card: the mean of the menu, in tenths."""


def need_match(profile: Encoded, cards: Cards) -> Array:
    """Return how far each card serves the company's needs (n_cards,): 0 none, 1 all of them.

    ``1 - prod(1 - w)`` over the needs served, as a share of the same over all needs: serving the
    first need counts for most of it, a further one adds a little.
    """
    # Only the needs that are named: a few of fourteen.
    named = profile.needs.nonzero()[0]
    weights = profile.needs[named]
    served = 1 - (1 - cards.needs[:, named] * weights).prod(axis=1)
    match: Array = served / (1 - (1 - weights).prod())
    return match


# Identity tells menus apart; a few are in use at a time.
@lru_cache(maxsize=16)
def pair_features(cards: Cards) -> PairFeatures:
    """Return the pair features of a menu, worked out once."""
    return PairFeatures(cards)


class PairFeatures:
    """Pair features of profiles with the cards of one menu.

    Nearly every feature is a number of the company times a number of the card; the latter are
    worked out once. The three others (need match, first need, smallest size) are written over.
    """

    def __init__(self, cards: Cards) -> None:
        self._cards = cards
        self.card_side: Array = np.stack([*_fit_cards(cards).values(), *_expert_cards(cards)])
        """(n_pair, n_cards): the fit features, then those of the expert prior."""
        self.first_need: Array = (cards.needs.T - 0.25) / 0.45
        """(14, n_cards): how each card serves a need that comes first."""
        self._log_double = np.log(cards.min_employees * 2.0)
        self._from_size = float(cards.min_employees.max() * 2.0)

    def of(self, profile: Encoded, match: Array) -> Array:
        """Return the features (n_pair, n_cards), given the need match of the cards."""
        features: Array = self.card_side * np.array(company_side(profile))[:, None]
        features[_NEED_MATCH] = (match - 0.35) / 0.35
        features[_FIRST_NEED] = self.first_need[profile.first_need]
        if profile.employees < self._from_size:
            small = self._log_double - math.log(profile.employees)
            np.maximum(small, 0.0, out=features[_MIN_SIZE])
        features[N_FIT + _EXPERT_NEED_MATCH] = match
        return features


def company_side(profile: Encoded) -> list[float]:
    """Return the company's number in each pair feature (n_pair,); 0 where there is no such one."""
    answers, value = profile.answers, profile.values.tolist()
    tight = float(answers.get("staffing_pressure") == "zeer_krap")
    numbers = [0.0 if at is None else value[at] for at in _FIT_VALUES]
    hr = HR.get(str(answers.get("hr_function")), 0.0)
    shift = SHIFT.get(str(answers.get("shift_work")), 0.0)
    # In the order of EXPERT_NAMES; the last four are the card's alone.
    return [*numbers, 0.0, value[_OWNER], value[_BASELINE], tight, tight, hr, shift, 1, 1, 1, 1]


def features_of(profile: Encoded, cards: Cards) -> Array:
    """Return the pair features of one profile and all cards (n_pair, n_cards)."""
    return pair_features(cards).of(profile, need_match(profile, cards))


def _fit_cards(cards: Cards) -> Mapping[str, Array]:
    attribute = dict(zip(CARD_NAMES, cards.attributes.T, strict=True))
    none = np.zeros(cards.n)
    return {
        "need_match": none,
        "first_need": none,
        "hours_pressure": attribute["hours"],
        "hours_very_tight": (cards.load - 0.5) * 2.0,
        "hours_size": attribute["hours"],
        "lead_pressure": attribute["lead"],
        "cost_budget": attribute["cost"],
        "formality_hr": attribute["formality"],
        "shift_group": (cards.group_off_job - 0.4) * 2.0,
        "formality_practical": attribute["formality"],
        "coach_owner": attribute["personal"] * 2.0,
        "min_size": none,
    }


def _expert_cards(cards: Cards) -> Sequence[Array]:
    """Return what the cards bring to each feature of EXPERT_NAMES."""
    none, ones = np.zeros(cards.n), np.ones(cards.n)
    return (
        none,
        ones,
        ones,
        ones,
        # About the mean load of the menu: few hours speak for a card, many against it.
        cards.load - USUAL_LOAD,
        cards.formal,
        cards.group_off_job,
        cards.internal_coach,
        cards.long_lead,
        cards.grant_window,
        cards.short_informal,
    )

"""Numbers for a pair of a profile and a card: how the two meet, and what experts say of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, get_args

import numpy as np

from matcher.arrays import Array
from matcher.design.cards import CARD_NAMES, Cards
from matcher.design.encoding import CROSSED, LEVELS, Encoded
from matcher.design.expert import Feature, ReasonCode
from matcher.design.usual import too_small, usual_needs


class Pair(NamedTuple):
    """One number for a company and a card: a number of the company times one of the card."""

    of_company: str
    """A crossed feature of its profile, or one that ``company_side`` adds."""
    of_card: Callable[[Cards], Array]


def _attribute(name: str, times: float = 1.0) -> Callable[[Cards], Array]:
    return lambda cards: cards.attributes[:, CARD_NAMES.index(name)] * times


def _ones(cards: Cards) -> Array:
    return np.ones(cards.n)


USUAL_LOAD = 0.6
"""Load of an ordinary card: the mean of the menu, in tenths."""
_WRITTEN_OVER = Pair("none", _ones)
"""No product: ``PairFeatures.of`` works it out."""
FITS: Mapping[str, tuple[ReasonCode, Pair]] = {
    "need_match": ("need_match", _WRITTEN_OVER),
    "first_need": ("need_match", _WRITTEN_OVER),
    "hours_pressure": ("hours_pressure", Pair("pressure", _attribute("hours"))),
    "hours_very_tight": (
        "hours_pressure",
        Pair("very_tight", lambda cards: (cards.load - 0.5) * 2.0),
    ),
    "hours_size": ("size", Pair("size", _attribute("hours"))),
    "lead_pressure": ("lead_time", Pair("pressure", _attribute("lead"))),
    "cost_budget": ("form", Pair("training_budget", _attribute("cost"))),
    "formality_hr": ("form", Pair("hr_function", _attribute("formality"))),
    "shift_group": ("form", Pair("shift_work", lambda cards: (cards.group_off_job - 0.4) * 2.0)),
    "formality_practical": ("form", Pair("share_practical", _attribute("formality"))),
    "coach_owner": ("form", Pair("owner_support", _attribute("personal", 2.0))),
    "min_size": ("size", _WRITTEN_OVER),
}
"""How a card and a company meet -> the reason its share is told under, and the two numbers."""
_EXPERT: Mapping[Feature, Pair] = {
    "need_match": _WRITTEN_OVER,
    "owner_support": Pair("owner_support", _ones),
    "culture_baseline": Pair("baseline", _ones),
    "very_tight": Pair("is very tight", _ones),
    # About the mean load of the menu: few hours speak for a card, many against it.
    "very_tight_hours": Pair("is very tight", lambda cards: cards.load - USUAL_LOAD),
    "hr_formal": Pair("says hr_function", lambda cards: cards.formal),
    "shift_group": Pair("says shift_work", lambda cards: cards.group_off_job),
    "internal_coach": Pair("one", lambda cards: cards.internal_coach),
    "long_lead": Pair("one", lambda cards: cards.long_lead),
    "grant_window": Pair("one", lambda cards: cards.grant_window),
    "short_informal": Pair("one", lambda cards: cards.short_informal),
}
FIT_NAMES, EXPERT_NAMES = tuple(FITS), get_args(Feature)
N_FIT = len(FIT_NAMES)
PAIRED: Mapping[str, Pair] = {
    **{name: pair for name, (_, pair) in FITS.items()},
    **{f"expert {name}": _EXPERT[name] for name in EXPERT_NAMES},
}
PAIR_NAMES = tuple(PAIRED)
_NEED_MATCH, _FIRST_NEED, _MIN_SIZE = map(FIT_NAMES.index, ("need_match", "first_need", "min_size"))
_EXPERT_NEED_MATCH = EXPERT_NAMES.index("need_match")
_SAID = {
    # About the mean of the experiment's companies: an unknown answer moves nothing.
    "hr_function": {"geen": -0.4, "erbij": -0.1, "parttime": 0.4, "afdeling": 0.6},
    "shift_work": {"nee": -0.3, "deels": 0.2, "ja": 0.7},
}
"""What experts mean by an answer."""
_NOT_TIGHT, _VERY_TIGHT = (LEVELS["very_tight"][answer] for answer in ("krap", "zeer_krap"))
SAID_AT = tuple(i for i, pair in enumerate(PAIRED.values()) if pair.of_company.startswith("says "))
"""Places of the pair features whose number of the company is in no number of its profile."""


def need_match(profile: Encoded, cards: Cards) -> Array:
    """Return how far each card serves the company's needs (n_cards,): 0 none, 1 all of them.

    ``1 - prod(1 - w)`` over the needs served, as a share of the same over all needs: serving the
    first need counts for most of it, a further one adds a little. Of a company whose needs nobody
    knows it is the mean over companies.
    """
    if profile.first_need < 0:
        return pair_features(cards).usual_match
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
        self.card_side: Array = np.stack([pair.of_card(cards) for pair in PAIRED.values()])
        """(n_pair, n_cards): the fit features, then those of the expert prior."""
        self.first_need: Array = (cards.needs.T - 0.25) / 0.45
        """(14, n_cards): how each card serves a need that comes first."""
        self._log_double = np.log(cards.min_employees * 2.0)
        self._from_size = float(cards.min_employees.max() * 2.0)

    @cached_property
    def usual_match(self) -> Array:
        """Need match of a company whose needs nobody knows (n_cards,)."""
        match = usual_needs().match(self._cards.needs)
        match.flags.writeable = False
        return match

    @cached_property
    def usual_first(self) -> Array:
        """How each card serves the first need of such a company (n_cards,)."""
        needs = usual_needs()
        first: Array = needs.share @ self.first_need[needs.first]
        return first

    @cached_property
    def usual_small(self) -> Array:
        """By how much a company whose size nobody knows is too small for each card (n_cards,)."""
        return too_small(self._cards.min_employees)

    def of(self, profile: Encoded, match: Array) -> Array:
        """Return the features (n_pair, n_cards), given the need match of the cards."""
        features: Array = self.card_side * np.array(company_side(profile.values.tolist()))[:, None]
        features[_NEED_MATCH] = (match - 0.35) / 0.35
        at = profile.first_need
        features[_FIRST_NEED] = self.first_need[at] if at >= 0 else self.usual_first
        if profile.employees < self._from_size:
            small = self._log_double - math.log(profile.employees)
            np.maximum(small, 0.0, out=features[_MIN_SIZE])
        elif math.isnan(profile.employees):
            features[_MIN_SIZE] = self.usual_small
        features[N_FIT + _EXPERT_NEED_MATCH] = match
        return features


def company_side(values: Sequence[Any]) -> list[Any]:
    """Return the company's number in each pair feature (n_pair,), from those of its profile.

    ``values`` are numbers in the order of PROFILE_NAMES, or arrays of those of many companies.
    """
    own = dict(zip(CROSSED, values, strict=False))
    own |= {"none": 0.0, "one": 1.0}
    # 1 if very tight, 0 if not; where nobody knows it, the share of which the levels' mean is 0.
    own["is very tight"] = (own["very_tight"] - _NOT_TIGHT) / (_VERY_TIGHT - _NOT_TIGHT)
    for name, said in _SAID.items():
        own[f"says {name}"] = sum(
            meant * (own[name] == LEVELS[name][answer]) for answer, meant in said.items()
        )
    return [own[pair.of_company] for pair in PAIRED.values()]


def features_of(profile: Encoded, cards: Cards) -> Array:
    """Return the pair features of one profile and all cards (n_pair, n_cards)."""
    return pair_features(cards).of(profile, need_match(profile, cards))

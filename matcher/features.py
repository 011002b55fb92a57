"""Numbers for a profile, a card and the pair of them: the columns of the regression.

A row of the design is a concatenation of terms, each the outer product of a profile part and a card
part, so that one profile against the whole menu costs a few small matrix products. All scales are
fixed, about one unit of standard deviation, and an unknown answer is 0: it says nothing, neither
high nor low. That is what keeps "unknown" apart from "no" in the model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.menu import Intervention, Menu, Range
from matcher.vocabulary import NEEDS, SECTOR_GROUPS, sector_group

Array = NDArray[np.float64]

EXTENT = {"nee": -0.5, "deels": 0.1, "ja": 0.7}
SHARE = {"laag": -1.0, "midden": 0.0, "hoog": 1.0}
YES = {True: 0.5, False: -0.5}
LEVELS: Mapping[str, Mapping[Any, float]] = {
    "pressure": {"ruim": -1.5, "gemiddeld": -0.6, "krap": 0.3, "zeer_krap": 1.2},
    "very_tight": {"ruim": -0.5, "gemiddeld": -0.5, "krap": -0.5, "zeer_krap": 1.5},
    "shift_work": EXTENT,
    "location_work": EXTENT,
    "hr_function": {"geen": -1.2, "erbij": -0.4, "parttime": 0.6, "afdeling": 1.2},
    "training_budget": {"geen": -1.0, "tot_500": -0.3, "tot_1500": 0.5, "meer": 1.2},
    "share_practical": SHARE,
    "flex_share": SHARE,
    "age55_share": SHARE,
    "works_council": {"geen": -0.6, "pvt": 0.3, "or": 0.9},
    "oo_fund": YES,
    "recognised_training_company": YES,
    "running_slim": YES,
}
"""Feature -> value of each answer. The field is the feature's name, save for the first two."""

_FIELD_OF = {"pressure": "staffing_pressure", "very_tight": "staffing_pressure"}
_PROVINCES = ("groningen", "friesland", "drenthe")
_TRANSITIONS = ("zorg", "energie", "digitalisering", "circulair")

CROSSED = (
    "size",
    "micro",
    "medium",
    "pressure",
    "very_tight",
    "shift_work",
    "location_work",
    "hr_function",
    "training_budget",
    "share_practical",
    "flex_share",
    "age55_share",
    "owner_support",
    "baseline",
)
"""Profile features that may change what works: crossed with the cards and their attributes."""

PROFILE_NAMES: tuple[str, ...] = (
    *CROSSED,
    *(name for name in LEVELS if name not in CROSSED),
    *(f"province_{p}" for p in _PROVINCES),
    *(f"transition_{t}" for t in _TRANSITIONS),
    *(f"need_{n}" for n in NEEDS),
)
NEED_WEIGHTS = (0.9, 0.4, 0.25)
"""Weight of the first, second and third need; later needs weigh as the third [J]."""

_NEED_AT: dict[str, int] = {need: i for i, need in enumerate(NEEDS)}
_SECTOR_AT = {group: i for i, group in enumerate(SECTOR_GROUPS)}
_N_CROSSED = len(CROSSED)
_N_PLAIN = len(PROFILE_NAMES) - len(NEEDS)


def need_weights(needs: Sequence[str]) -> Array:
    """Return the weight of each of the 14 needs (14,): most for the first, 0 when not named."""
    weights = np.zeros(len(NEEDS))
    for place, need in enumerate(needs):
        weights[_NEED_AT[need]] = NEED_WEIGHTS[min(place, len(NEED_WEIGHTS) - 1)]
    return weights


@dataclass(frozen=True, slots=True)
class Encoded:
    """A profile as numbers."""

    values: Array
    """(n_profile,) in the order of PROFILE_NAMES."""
    needs: Array
    """(14,) weights of the needs."""
    first_need: int
    sector: int
    """Place in SECTOR_GROUPS, -1 when unknown."""
    employees: float
    answers: Mapping[str, Any]


def encode(answers: Mapping[str, Any]) -> Encoded:
    """Return the numbers of a profile given as field -> answer; a missing or None answer is 0."""
    get = answers.get
    employees = float(answers["employees"])
    baseline, support = get("culture_baseline"), get("owner_support")
    values = [
        # 25 people is the middle of the experiment's companies; a factor 3 is one unit.
        math.log(employees / 25.0) / 1.1,
        0.75 if employees < 10 else -0.25,
        0.75 if employees >= 50 else -0.25,
        *(
            LEVELS[name].get(get(_FIELD_OF.get(name, name)), 0.0)
            for name in CROSSED[3 : _N_CROSSED - 2]
        ),
        # Company means of the 1-6 scale: mean 3.8, SD about .45 with its noise [J].
        0.0 if support is None else float(support) - 3.0,
        0.0 if baseline is None else (float(baseline) - 3.8) / 0.45,
        *(
            LEVELS[name].get(get(name), 0.0)
            for name in PROFILE_NAMES[_N_CROSSED:]
            if name in LEVELS
        ),
        *(1.0 if get("province") == province else 0.0 for province in _PROVINCES),
    ]
    transitions = get("transitions")
    values += [
        0.0 if transitions is None else (0.7 if t in transitions else -0.3) for t in _TRANSITIONS
    ]
    needs = need_weights(answers["needs"])
    sector = answers.get("sector")
    group = -1 if not sector else _SECTOR_AT[sector_group(sector, answers["sbi_version"])]
    return Encoded(
        values=np.concatenate((values, needs)),
        needs=needs,
        first_need=_NEED_AT[answers["needs"][0]],
        sector=group,
        employees=employees,
        answers=answers,
    )


def middle(amount: Range | None, otherwise: float) -> float:
    """Return the middle of a range; of an open one, its smallest; of an unknown one, a default."""
    if amount is None:
        return otherwise
    return amount.min if amount.max is None else (amount.min + amount.max) / 2


def hours_of(card: Intervention) -> float:
    """Return the hours that a card takes from the work, per participant.

    The hours of a mentor, coach or ambassador count half: few people carry them for many [J].
    """
    return middle(card.hours_off_job, 15.0) + 0.5 * middle(card.hours_key_person, 0.0)


def load_of(card: Intervention) -> float:
    """Return the hours of a card as a load: the first hours weigh most, and a year is not all."""
    return min(math.log2(1 + hours_of(card) / FULL_LOAD_HOURS), 2.0)


_FORMALITY = {"informeel": -1.0, "non-formeel": 0.2, "formeel": 1.4}
_OFF_JOB = {"on_the_job": 0.0, "both": 0.5, "off_the_job": 1.0}
_GROUPED = {"group", "team", "between_companies"}

CARD_NAMES = (
    "formality",
    "group",
    "personal",
    "online",
    "on_the_job",
    "hours",
    "lead",
    "cost",
    "capacity",
    "outside_in",
    "internal_coach",
    "duration",
    "evidence",
    "grant_window",
    "breadth",
)


def describe(card: Intervention) -> list[float]:
    """Return the attributes of a card as numbers, in the order of CARD_NAMES."""
    delivery = set(card.delivery)
    return [
        sum(_FORMALITY[form] for form in card.form) / len(card.form),
        0.5 if delivery & _GROUPED else -0.5,
        0.5 if delivery & {"individual", "pairs"} else -0.5,
        0.8 if "online" in delivery else -0.2,
        {"on_the_job": 0.8, "both": 0.0, "off_the_job": -0.8}[card.place],
        (math.log1p(max(middle(card.hours_off_job, 15.0), 2.0)) - 2.5) / 0.9,
        (math.log(max(middle(card.lead_weeks, 5.0), 0.5)) - 1.7) / 0.7,
        (middle(card.cost_band, 1.5) - 1.5) / 0.9,
        card.capacity / 0.9,
        {"outside_in": 0.7, "both": 0.0, "inside_out": -0.7}[card.direction],
        0.0 if card.internal_coach is None else (0.7 if card.internal_coach else -0.7),
        (math.log1p(middle(card.duration_months, 4.0)) - 1.6) / 0.7,
        (card.evidence - 2.0) / 1.2,
        0.8 if card.grant_window else -0.2,
        (len(card.needs) - 3.0) / 1.2,
    ]


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

LONG_LEAD_WEEKS = 12.0
FULL_LOAD_HOURS = 40.0
"""Hours off the job that count as a full load: a working week [J]."""
USUAL_LOAD = 0.6
"""Load of an ordinary card: the mean of the menu, in tenths."""


@dataclass(frozen=True)
class Cards:
    """The rankable and other cards of a menu as numbers."""

    ids: tuple[str, ...]
    attributes: Array
    """(n_cards, n_attributes)."""
    needs: Array
    """(n_cards, 14): how well the card serves each need, 1 for the one it is most about."""
    load: Array
    """(n_cards,) hours off the job: 0 none, 1 a working week, at most 2."""
    min_employees: Array
    long_lead: Array
    grant_window: Array
    short_informal: Array
    internal_coach: Array
    formal: Array
    group_off_job: Array
    prior_sd: Array
    """(n_cards,) prior SD of the card's own gain over that of a well-studied card (domain 5)."""

    @property
    def n(self) -> int:
        """Number of cards."""
        return len(self.ids)


_PRIOR_SD = {0: 0.10, 1: 0.10, 2: 0.08}


def cards_of(menu: Menu) -> Cards:
    """Return the cards of a menu as numbers."""
    cards = menu.interventions
    return Cards(
        ids=tuple(card.id for card in cards),
        attributes=np.array([describe(card) for card in cards]),
        needs=np.array([_served(card) for card in cards]),
        load=np.array([load_of(c) for c in cards]),
        min_employees=np.array([float(card.min_employees) for card in cards]),
        long_lead=np.array([float(middle(c.lead_weeks, 5.0) > LONG_LEAD_WEEKS) for c in cards]),
        grant_window=np.array([float(card.grant_window) for card in cards]),
        short_informal=np.array([float(_is_short_informal(card)) for card in cards]),
        internal_coach=np.array(
            [
                0.0 if c.internal_coach is None else (0.5 if c.internal_coach else -0.5)
                for c in cards
            ]
        ),
        formal=np.array([float("formeel" in card.form) for card in cards]),
        group_off_job=np.array([_grouped_off_job(c) for c in cards]),
        prior_sd=np.array([_PRIOR_SD.get(card.evidence, 0.06) / 0.08 for card in cards]),
    )


SERVED = (1.0, 0.8, 0.6, 0.5)
"""How well a card serves the first, second ... need it names; later ones as the fourth [J]."""


def _served(card: Intervention) -> list[float]:
    served = [0.0] * len(NEEDS)
    for place, need in enumerate(card.needs):
        served[_NEED_AT[need]] = SERVED[min(place, len(SERVED) - 1)]
    return served


def _grouped_off_job(card: Intervention) -> float:
    """Return how far staff must come together away from work; less for what is partly online."""
    if not set(card.delivery) & _GROUPED or middle(card.hours_off_job, 15.0) == 0:
        return 0.0
    return _OFF_JOB[card.place] * (0.5 if "online" in card.delivery else 1.0)


def _is_short_informal(card: Intervention) -> bool:
    """Learning at work itself that asks little time: at most three days in all."""
    return set(card.form) == {"informeel"} and hours_of(card) <= 24.0


def need_match(profile: Encoded, cards: Cards) -> Array:
    """Return how far each card serves the company's needs (n_cards,): 0 none, 1 all of them.

    ``1 - prod(1 - w)`` over the needs served, as a share of the same over all needs: serving the
    first need counts for most of it, a further one adds a little.
    """
    served = 1 - np.prod(1 - cards.needs * profile.needs, axis=1)
    match: Array = served / (1 - np.prod(1 - profile.needs))
    return match


def fit_features(profile: Encoded, cards: Cards) -> Array:
    """Return the pair features of one profile and all cards (n_cards, n_fit)."""
    value = dict(zip(CROSSED, profile.values[:_N_CROSSED], strict=True))
    attribute = dict(zip(CARD_NAMES, cards.attributes.T, strict=True))
    match = need_match(profile, cards)
    small = np.maximum(np.log(cards.min_employees * 2.0 / profile.employees), 0.0)
    columns = (
        (match - 0.35) / 0.35,
        (cards.needs[:, profile.first_need] - 0.25) / 0.45,
        attribute["hours"] * value["pressure"],
        (cards.load - 0.5) * 2.0 * value["very_tight"],
        attribute["hours"] * value["size"],
        attribute["lead"] * value["pressure"],
        attribute["cost"] * value["training_budget"],
        attribute["formality"] * value["hr_function"],
        (cards.group_off_job - 0.4) * 2.0 * value["shift_work"],
        attribute["formality"] * value["share_practical"],
        attribute["personal"] * 2.0 * value["owner_support"],
        small,
    )
    features: Array = np.stack(columns, axis=1)
    return features


def expert_features(profile: Encoded, cards: Cards) -> Mapping[str, Array]:
    """Return what the expert prior speaks of, by name, in its own units (n_cards,) each."""
    answers, ones = profile.answers, np.ones(cards.n)
    tight = float(answers.get("staffing_pressure") == "zeer_krap")
    # About the mean of the experiment's companies: an unknown answer moves nothing.
    hr = {"geen": -0.4, "erbij": -0.1, "parttime": 0.4, "afdeling": 0.6}
    shift = {"nee": -0.3, "deels": 0.2, "ja": 0.7}
    return {
        "need_match": need_match(profile, cards),
        "owner_support": ones * profile.values[CROSSED.index("owner_support")],
        "culture_baseline": ones * profile.values[CROSSED.index("baseline")],
        "very_tight": ones * tight,
        # About the mean load of the menu: few hours speak for a card, many against it.
        "very_tight_hours": (cards.load - USUAL_LOAD) * tight,
        "hr_formal": cards.formal * hr.get(str(answers.get("hr_function")), 0.0),
        "shift_group": cards.group_off_job * shift.get(str(answers.get("shift_work")), 0.0),
        "internal_coach": cards.internal_coach,
        "long_lead": cards.long_lead,
        "grant_window": cards.grant_window,
        "short_informal": cards.short_informal,
    }


N_CROSSED = _N_CROSSED
N_PLAIN = _N_PLAIN

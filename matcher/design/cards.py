"""Numbers for the cards of a menu, on the same fixed scales as those for a profile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array
from matcher.design.usual import NEED_AT
from matcher.menu.card import Intervention, Menu, Range
from matcher.vocabulary import NEEDS

LONG_LEAD_WEEKS = 12.0
FULL_LOAD_HOURS = 40.0
"""Hours off the job that count as a full load: a working week [J]."""


def middle(amount: Range | None, otherwise: float) -> float:
    """Return the middle of a range; of an unknown one, a default."""
    return otherwise if amount is None else amount.middle


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
        (math.log(max(card.lead_weeks.middle, 0.5)) - 1.7) / 0.7,
        (card.cost_band.middle - 1.5) / 0.9,
        card.capacity / 0.9,
        {"outside_in": 0.7, "both": 0.0, "inside_out": -0.7}[card.direction],
        0.0 if card.internal_coach is None else (0.7 if card.internal_coach else -0.7),
        (math.log1p(middle(card.duration_months, 4.0)) - 1.6) / 0.7,
        (card.evidence - 2.0) / 1.2,
        0.8 if card.grant_window else -0.2,
        (len(card.needs) - 3.0) / 1.2,
    ]


@dataclass(frozen=True, eq=False)
class Cards:
    """The rankable and other cards of a menu as numbers. Told apart by identity."""

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
    """(n_cards,) prior SD of the card's own gain over that of a well-studied card."""

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
        long_lead=np.array([float(c.lead_weeks.middle > LONG_LEAD_WEEKS) for c in cards]),
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
        served[NEED_AT[need]] = SERVED[min(place, len(SERVED) - 1)]
    return served


def _grouped_off_job(card: Intervention) -> float:
    """Return how far staff must come together away from work; less for what is partly online."""
    if not set(card.delivery) & _GROUPED or middle(card.hours_off_job, 15.0) == 0:
        return 0.0
    return _OFF_JOB[card.place] * (0.5 if "online" in card.delivery else 1.0)


def _is_short_informal(card: Intervention) -> bool:
    """Learning at work itself that asks little time: at most three days in all."""
    return set(card.form) == {"informeel"} and hours_of(card) <= 24.0

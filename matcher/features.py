"""Numbers for a pair of a profile and a card: how the two meet, and what experts say of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.card_features import CARD_NAMES, Cards
from matcher.encoding import CROSSED, N_CROSSED, Encoded

Array = NDArray[np.float64]

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

USUAL_LOAD = 0.6
"""Load of an ordinary card: the mean of the menu, in tenths."""


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
    value = dict(zip(CROSSED, profile.values[:N_CROSSED], strict=True))
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

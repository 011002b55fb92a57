"""What is true of company and card: chance to start, chance to finish, gain if finished.

Written apart from the model's features on purpose, so that a world can judge the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.menu.card import Condition, Intervention, Menu, Range
from matcher.simulation.companies import Companies
from matcher.simulation.worlds import CardBounds, Head, Survey, Term, World
from matcher.vocabulary import NEEDS, SECTOR_GROUPS


@dataclass(frozen=True)
class Cards:
    """The menu in numbers, with the levels that this world gave to its cards."""

    interventions: tuple[Intervention, ...]
    numbers: Mapping[str, Array]
    needs: Bools
    """(cards, 14)."""
    levels: Mapping[str, Array]
    """Head -> a card's own difference from the base."""
    gain_of: Ints
    """Row of the card whose gain each card has: its own, or drawn by lot."""

    def __len__(self) -> int:
        return len(self.interventions)


@dataclass(frozen=True)
class Chances:
    """The three heads for companies x cards."""

    start: Array
    completion: Array
    gain: Array
    """Points on 1-6, if finished."""

    def expected(self, stopped_share: float) -> Array:
        """Return the expected gain, intention to treat, in points on 1-6."""
        part = self.completion + (1 - self.completion) * stopped_share
        return self.start * part * self.gain


def draw_cards(world: World, menu: Menu, rng: np.random.Generator) -> Cards:
    """Put the menu in numbers and draw the level of each card for each head."""
    cards = tuple(menu)
    numbers = _card_numbers(cards, world.cards)
    heads = {"start": world.start, "completion": world.completion, "gain": world.gain}
    levels = {
        name: _levels(head, numbers, world.cards.attribute_share, rng)
        for name, head in heads.items()
    }
    own = np.arange(len(cards), dtype=np.int64)
    return Cards(
        interventions=cards,
        numbers=numbers,
        needs=np.array([[need in card.needs for need in NEEDS] for card in cards]),
        levels=levels,
        # A stream of its own: everything else stays as in the world that draws no lots.
        gain_of=rng.spawn(1)[0].permutation(own) if world.gain.by_lot else own,
    )


def middle(amount: Range | None) -> float:
    """Return the middle of a range; NaN where it is unknown."""
    return float("nan") if amount is None else amount.middle


def _card_numbers(cards: tuple[Intervention, ...], bounds: CardBounds) -> dict[str, Array]:
    """Return the numbers of each card that a term may speak of."""

    def column(value: Callable[[Intervention], float]) -> Array:
        return np.array([value(card) for card in cards], dtype=float)

    hours = column(lambda card: middle(card.hours_off_job))
    known = hours[np.isfinite(hours)]
    hours = np.where(np.isfinite(hours), hours, np.median(known) if known.size else 0)
    informal = column(lambda card: "informeel" in card.form)
    off_job = column(lambda card: {"off_the_job": 1.0, "both": 0.5}.get(card.place, 0.0))
    group = column(lambda card: bool({"group", "team"} & set(card.delivery)))
    months = column(lambda card: card.duration_months.min if card.duration_months else 0)
    lead = column(lambda card: card.lead_weeks.middle)
    return {
        "one": np.ones(len(cards)),
        "hours": np.minimum(hours / bounds.full_hours, 1),
        "formal": column(lambda card: "formeel" in card.form),
        "informal": informal,
        "informal_short": informal * (hours <= bounds.short_hours),
        "off_job": off_job,
        "group_off_job": group * off_job,
        "internal_coach": column(lambda card: card.internal_coach is True),
        "coaching": column(lambda card: card.id in bounds.coaching),
        "long_lead": (lead > bounds.long_lead_weeks).astype(float),
        "grant_window": column(lambda card: card.grant_window),
        "long_run": (months >= bounds.long_months).astype(float),
    }


SHARED = ("hours", "formal", "informal", "off_job", "group_off_job", "coaching")
"""Attributes through which cards have part of their level in common."""


def _levels(
    head: Head, numbers: Mapping[str, Array], share: float, rng: np.random.Generator
) -> Array:
    """Draw a card's level: partly what cards of like attributes share, partly its own."""
    attributes = np.column_stack([numbers[name] for name in SHARED])
    direction, own = rng.normal(size=len(SHARED)), rng.normal(size=len(attributes))
    spread = attributes.std(axis=0)
    common = (attributes - attributes.mean(axis=0)) @ (direction / np.where(spread > 0, spread, 1))
    common = common / (common.std() or 1.0)
    level = head.card_sd * (share**0.5 * common + (1 - share) ** 0.5 * own)
    return np.asarray(np.clip(level, *head.card_range))


def need_match(companies: Companies, cards: Cards, world: World) -> Array:
    """Return how much each card serves each company's needs: 0 none, 1 the most important."""
    worth = np.zeros(len(NEEDS) + 1)
    worth[1 : 1 + len(world.needs.rank_worth)] = world.needs.rank_worth
    worth[1 + len(world.needs.rank_worth) :] = world.needs.rank_worth[-1]
    named = worth[companies.need_rank]
    served = named[:, None, :] * cards.needs[None, :, :]
    return np.asarray(np.max(served, axis=2, initial=0.0))


def chances(companies: Mapping[str, Array], cards: Cards, match: Array, world: World) -> Chances:
    """Return the three heads for companies x cards, given the companies' numbers."""

    def value(name: str, head: Head) -> Array:
        total = np.tile(cards.levels[name], (len(match), 1))
        total += terms(head.terms, companies, cards)
        total += head.need_match * (match - head.need_match_centre)
        total = head.base + head.scale * total
        return total if head.range is None else np.clip(total, *head.range)

    return Chances(
        value("start", world.start),
        value("completion", world.completion),
        value("gain", world.gain)[:, cards.gain_of],
    )


def terms(heads_terms: tuple[Term, ...], companies: Mapping[str, Array], cards: Cards) -> Array:
    """Return the sum of terms for companies x cards."""
    total = np.zeros((len(companies["one"]), len(cards)))
    for term in heads_terms:
        number = _number(term, companies)
        total += term.effect * np.outer(number, cards.numbers[term.card])
    return total


def _number(term: Term, companies: Mapping[str, Array]) -> Array:
    number = companies[term.company]
    return number if term.at is None else np.where(number >= term.at, 0.5, -0.5)


def drift(survey: Survey, companies: Mapping[str, Array]) -> Array:
    """Return what companies change on average whatever they try (n,), in points on 1-6."""
    known = survey.drift + survey.owner_anyway * companies["owner_support"]
    return np.asarray(
        known + sum(term.effect * _number(term, companies) for term in survey.drift_terms)
    )


def suitable(companies: Companies, cards: Cards, world: World) -> Bools:
    """Return which companies x cards no excluding condition of the menu forbids.

    ValueError if a condition asks what no company of the world answers.
    """
    allowed = np.ones((len(companies), len(cards)), dtype=bool)
    for column, card in enumerate(cards.interventions):
        for condition in card.conditions:
            if condition.effect == "exclude":
                values = _field_values(condition.field, companies, world)
                allowed[:, column] &= [_holds(condition, value) for value in values]
    return allowed


def _field_values(field: str, companies: Companies, world: World) -> list[object]:
    """Return the true value of a profile field for each company, as a profile holds it."""
    if field == "employees":
        return [int(count) for count in companies.employees]
    if field == "sector_group":
        return [SECTOR_GROUPS[code] for code in companies.group]
    if field not in world.answers:
        raise ValueError(f"no simulated company has an answer on {field!r}")
    question = world.answers[field]
    boolean: dict[str, object] = {"ja": True, "nee": False}
    two = set(question.values) == set(boolean)
    values = [boolean[v] if two else v for v in question.values]
    return [values[code] for code in companies.answers[field]]


def _holds(condition: Condition, value: Any) -> bool:
    wanted: Any = condition.value
    holds: dict[str, Callable[[], bool]] = {
        ">=": lambda: value >= wanted,
        "<=": lambda: value <= wanted,
        "==": lambda: value == wanted,
        "!=": lambda: value != wanted,
        "in": lambda: value in wanted,
        "not in": lambda: value not in wanted,
    }
    return bool(holds[condition.operator]())

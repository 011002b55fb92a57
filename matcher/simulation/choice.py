"""Learning tables, and how a company comes to a method: never by chance alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.simulation.companies import Companies, pick, pick_one
from matcher.simulation.truth import Cards, need_match, suitable, terms
from matcher.simulation.worlds import Tables, World


@dataclass(frozen=True)
class Offer:
    """The learning tables: who sits where, and what each puts on offer."""

    table: Ints
    """Per company."""
    offered: Bools
    """(tables, cards)."""
    popularity: Array
    """Per card, in the whole region."""


@dataclass(frozen=True)
class Choices:
    """The trials of one round: rows of companies and of cards, aligned."""

    round: int
    company: Ints
    card: Ints
    """Row of the card; -1 for a company that waits."""
    chooser: Ints
    """Place in the world's choosers; -1 for a company that waits."""
    propensity: Array
    """Probability of this choice when it was made; NaN for a company that waits."""


def draw_offer(world: World, companies: Companies, cards: Cards, rng: np.random.Generator) -> Offer:
    """Seat the companies at learning tables and let each table put some methods on offer."""
    settings = world.tables
    sizes = _table_sizes(len(companies), settings, rng)
    order = _seating(world, companies, rng)
    table = np.empty(len(companies), dtype=np.int64)
    table[order] = np.repeat(np.arange(len(sizes)), sizes)
    popularity = _popularity(settings, cards, rng)
    # The theme of a table is what one of its companies, drawn at random, needs most.
    member = order[np.cumsum(sizes) - 1 - rng.integers(sizes)]
    theme = np.argmax(companies.need_rank[member] == 1, axis=1)
    appeal = np.log(popularity) + settings.theme * cards.needs.T[theme]
    appeal = appeal + rng.gumbel(size=appeal.shape)
    place = np.argsort(np.argsort(-appeal, axis=1), axis=1)
    least, most = settings.methods
    methods = rng.integers(least, most + 1, size=(len(sizes), 1))
    return Offer(table, np.asarray(place < methods), popularity)


def _table_sizes(n: int, settings: Tables, rng: np.random.Generator) -> Ints:
    """Split n companies over tables within the bounds; too few sit at one table."""
    count = max(1, round(2 * n / (settings.smallest + settings.largest)))
    sizes = np.full(count, n // count, dtype=np.int64)
    sizes[: n % count] += 1
    for giver, taker in rng.integers(count, size=(3 * count, 2)):
        room = min(sizes[giver] - settings.smallest, settings.largest - sizes[taker])
        if giver != taker and room > 0:
            moved = rng.integers(room + 1)
            sizes[giver] -= moved
            sizes[taker] += moved
    return sizes


def _seating(world: World, companies: Companies, rng: np.random.Generator) -> Ints:
    """Order companies by province, with some in another province's place."""
    n = len(companies)
    province = companies.answers["province"]
    elsewhere = rng.random(n) < world.tables.mixing
    highest = province.max(initial=0) + 1
    key = np.where(elsewhere, rng.uniform(0, highest, n), province + rng.random(n))
    return np.argsort(key)


def _popularity(settings: Tables, cards: Cards, rng: np.random.Generator) -> Array:
    place = rng.permutation(len(cards)) + 1.0
    enabler = np.array([card.enabler for card in cards.interventions])
    share = place**-settings.popularity
    return np.where(enabler, share * settings.enabler_popularity, share)


def draw_choices(
    world: World,
    companies: Companies,
    numbers: Mapping[str, Array],
    cards: Cards,
    offer: Offer,
    rng: np.random.Generator,
) -> list[Choices]:
    """Return the choices of every round; the companies that wait stand in the first."""
    n = len(companies)
    waiting = np.zeros(n, dtype=bool)
    exactly = world.choice.n_controls
    n_controls = round(world.choice.controls * n) if exactly is None else exactly
    waiting[rng.permutation(n)[:n_controls]] = True
    wanted = pick_one(world.choice.trial_weights, n, rng) + 1
    open_cards = suitable(companies, cards, world)
    match = need_match(companies, cards, world)
    utility = world.choice.need_match * match
    utility = utility + terms(world.choice.terms, numbers, cards)
    rounds = [_controls(np.flatnonzero(waiting))]
    for number in range(len(world.choice.trial_weights)):
        rows = np.flatnonzero(~waiting & (wanted > number) & open_cards.any(axis=1))
        choices = _choose(world, number, utility, open_cards, offer, rows, rng)
        open_cards[choices.company, choices.card] = False  # nobody tries a card twice
        rounds.append(choices)
    return rounds


def _controls(rows: Ints) -> Choices:
    nobody = np.full(len(rows), -1, dtype=np.int64)
    return Choices(0, rows, nobody, nobody, np.full(len(rows), np.nan))


def _choose(
    world: World,
    number: int,
    utility: Array,
    open_cards: Bools,
    offer: Offer,
    rows: Ints,
    rng: np.random.Generator,
) -> Choices:
    """Draw one card for each row, mostly from its table's offer, and note the probability."""
    choosers = world.choice.assigned_by
    chooser = pick_one([c.weight for c in choosers], len(rows), rng)
    sharpness = np.array([c.sharpness for c in choosers])[chooser, None]
    outside = np.array([c.outside for c in choosers])[chooser, None]
    steer, free = sharpness * utility[rows], open_cards[rows]
    inside = _softmax(steer, free & offer.offered[offer.table[rows]])
    whole = _softmax(steer + np.log(offer.popularity), free)
    nothing_offered = inside.sum(axis=1, keepdims=True) == 0
    weight = np.where(nothing_offered, 1.0, outside)
    probability = weight * whole + (1 - weight) * inside
    card = pick(probability, rng)
    return Choices(number, rows, card, chooser, probability[np.arange(len(rows)), card])


def _softmax(exponent: Array, allowed: Bools) -> Array:
    """Return probabilities over the allowed columns; all zero where none is."""
    highest = np.max(exponent, axis=1, keepdims=True, initial=-np.inf, where=allowed)
    shifted = exponent - np.where(np.isfinite(highest), highest, 0.0)
    weight = np.exp(np.minimum(shifted, 0.0)) * allowed
    total = weight.sum(axis=1, keepdims=True)
    return weight / np.where(total > 0, total, 1.0)

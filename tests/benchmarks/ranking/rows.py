"""The same features and outcomes for every method, from trials in the form of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from matcher.design.cards import CARD_NAMES, Cards, cards_of
from matcher.design.encoding import N_CROSSED, PROFILE_NAMES, Encoded, encode
from matcher.design.encoding_columns import Profiles, pairs_of
from matcher.design.expert import Expert, read_expert
from matcher.design.pairs import FIT_NAMES, N_FIT, features_of
from matcher.menu.card import Menu, read_menu
from matcher.model.fitted import expert_model
from matcher.paths import EXPERT, MENU
from matcher.profile.form import read_cells
from matcher.profile.schema import NO_CONSTRAINTS, PROFILE_FIELDS, Profile
from matcher.ranking.conditions import judge
from matcher.ranking.engine import Engine
from matcher.simulation.simulate import Simulation
from matcher.training.evidence import Evidence, gather
from matcher.vocabulary import SECTOR_GROUPS
from tests.benchmarks.ranking.task import Array, Columns, Held, Origin, Rows, Task
from tests.benchmarks.ranking.worlds import canonical

OWN_VARIANCE = 0.2**2
"""Variance of what a company changes apart from the card, added to its measurement error [J]."""

N_PROFILE = len(PROFILE_NAMES) + len(SECTOR_GROUPS)


@cache
def menu() -> Menu:
    """Return the menu that is ranked."""
    return read_menu(MENU)


@cache
def expert() -> Expert:
    """Return the expert prior of the product."""
    return read_expert(EXPERT)


@cache
def expert_engine() -> Engine:
    """Return the expert prior, taken at its word, as a ranker.

    At full trust: how far to believe it is each method's own to learn.
    """
    trust = expert().trust.model_copy(update={"mean": 1.0})
    return Engine(expert_model(menu(), expert().model_copy(update={"trust": trust})), "expert")


def columns_of(n_cards: int) -> Columns:
    """Return where pair_features puts what."""
    card = N_PROFILE + len(CARD_NAMES) + n_cards
    return Columns(
        profile=slice(0, N_PROFILE),
        crossed=np.arange(N_CROSSED),
        card=slice(N_PROFILE, card),
        fit=slice(card, card + len(FIT_NAMES) + 1),
    )


def pair_features(profile: Encoded, cards: Cards, expected: Array) -> Array:
    """Return the features of one profile with every card (n_cards, d).

    Profile numbers, sector group, card attributes, which card it is, how the two meet, and what
    the expert prior expects.
    """
    sector = np.zeros(len(SECTOR_GROUPS))
    if profile.sector >= 0:
        sector[profile.sector] = 1.0
    company = np.tile(np.concatenate((profile.values, sector)), (cards.n, 1))
    fit = features_of(profile, cards)[:N_FIT].T
    return np.column_stack((company, cards.attributes, np.eye(cards.n), fit, expected))


def tried_features(evidence: Evidence, cards: Cards, expected: Array) -> Array:
    """Return the features of each trial, those of ``pair_features`` for its own card (n, d).

    ``expected`` (n,) is what the expert prior expects of it.
    """
    block = Profiles(evidence.frame).of(slice(None))
    sector = (block.sector[:, None] == np.arange(len(SECTOR_GROUPS))).astype(np.float64)
    tried, fit = evidence.cards, pairs_of(block, cards, evidence.cards)[: len(FIT_NAMES)].T
    own = np.eye(cards.n)[tried]
    return np.column_stack((block.values.T, sector, cards.attributes[tried], own, fit, expected))


def expected_of_tried(evidence: Evidence) -> Array:
    """Return what the expert prior expects of each trial (n,); a profile is asked once."""
    asked: dict[tuple[bytes, int, float], Array] = {}
    found = np.zeros(len(evidence))
    for i, profile in enumerate(evidence.profiles):
        key = (profile.values.tobytes(), profile.sector, profile.employees)
        if key not in asked:
            asked[key] = expert_engine().predictions(profile).expected_gain
        found[i] = asked[key][evidence.cards[i]]
    return found


def intention_to_treat(evidence: Evidence) -> Array:
    """Return the outcome of each trial as the contract defines it (n,); NaN is missing.

    What was measured counts as measured; a trial that never started and was not measured is 0.
    """
    gain = evidence.gains.gain
    unmeasured = np.isnan(gain) & (evidence.state == "not_started")
    return np.where(unmeasured, 0.0, gain)


def rows_of(evidence: Evidence, cards: Cards) -> Rows:
    """Return the trials with a known outcome."""
    outcome = intention_to_treat(evidence)
    known = ~np.isnan(outcome)
    some = evidence.of(known)
    expected = expected_of_tried(some)
    measured = ~np.isnan(evidence.gains.gain[known])
    weight = 1 / (np.where(measured, some.gains.variance, 0.0) + OWN_VARIANCE)
    table = np.where(
        some.table < 0, some.table.max(initial=0) + 1 + np.arange(len(some)), some.table
    )
    return Rows(
        X=tried_features(some, cards, expected),
        y=outcome[known],
        card=some.cards,
        group=some.company,
        query=table,
        propensity=some.frame["propensity"].to_numpy(float),
        weight=weight / weight.mean(),
        expert=expected,
    )


def profiles_of(simulation: Simulation) -> tuple[Profile, ...]:
    """Return the profiles to rank."""
    cells = simulation.profiles[list(PROFILE_FIELDS)].to_dict("records")
    return tuple(read_cells({str(name): str(cell) for name, cell in row.items()}) for row in cells)


def truth_of(simulation: Simulation, ids: Sequence[str]) -> Array:
    """Return the expected gain of profiles x cards, NaN for cards without a place of their own."""
    wide = simulation.truth.pivot(index="profile", columns="intervention", values="expected_gain")
    wide = wide.reindex(index=simulation.profiles["id"], columns=list(ids))
    return wide.to_numpy(float)


def task_of(simulation: Simulation, world: str = "") -> Task:
    """Return a simulated experiment, in a world of this name, as a task."""
    cards, own = cards_of(menu()), menu()
    evidence = gather(canonical(simulation.trials, own), own)
    profiles = profiles_of(simulation)
    encoded = tuple(encode(profile) for profile in profiles)
    truth = truth_of(simulation, own.ids)
    expected = np.array([expert_engine().predictions(p).expected_gain for p in encoded])
    suits = np.array([judge(own, profile, NO_CONSTRAINTS).suitable for profile in profiles])
    pairs = [pair_features(p, cards, gains) for p, gains in zip(encoded, expected, strict=True)]
    return Task(
        rows=rows_of(evidence, cards),
        held=Held(np.array(pairs), expected, truth, suits & ~np.isnan(truth)),
        columns=columns_of(cards.n),
        origin=Origin(own, evidence, profiles, encoded, world, simulation),
    )

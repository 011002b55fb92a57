"""The worlds of the benchmark: the simulator's own, one more of it, and those of a second hand."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.menu.card import Menu
from matcher.simulation.simulate import MEASURED_WORLDS, Simulation, simulate, simulate_world
from matcher.simulation.simulate import WORLDS as ALL
from matcher.simulation.worlds import World, read_worlds
from matcher.trials.reader import read_trials
from tests.benchmarks.ranking import second_hand
from tests.benchmarks.ranking.second_hand import Shape

TINY = "tiny"
SIMULATED = tuple(name for name in ALL if name not in MEASURED_WORLDS)
WORLDS: tuple[str, ...] = (*SIMULATED, TINY, *second_hand.SHAPES)
ASIDE: tuple[str, ...] = (*second_hand.POCKETS, *MEASURED_WORLDS)
"""Worlds that show one thing: run when they are named, and in no mean over all worlds."""
WITHOUT_SIGNAL = ("null",)
N_HELD = 200
SIZES_OF_EFFECTS = {"half": 0.5, "once": 1.0, "twice": 2.0, "fourfold": 4.0}
"""How much cards differ in gain, by the size that interactions has."""
EXPERTS = {"right": "interactions", "useless": "main", "wrong": "misleading"}
"""Kind of experts -> the world whose gain makes them so: in main cards differ in what no expert
speaks of."""
GRID: Mapping[str, tuple[str, float]] = {
    f"{experts}_{size}": (world, factor)
    for experts, world in EXPERTS.items()
    for size, factor in SIZES_OF_EFFECTS.items()
}
"""Worlds for intervals: every size of effects with every kind of experts. In no mean of regrets."""
GRID_UP_TO = 100
"""Most companies that the grid is asked for."""


@cache
def tiny_world() -> World:
    """Return a world in which experts are right and every difference is tiny.

    The interactions that the experts expect, at three tenths; cards hardly differ of themselves.
    """
    world = read_worlds()["interactions"]
    narrow = {"card_sd": 0.02}
    gain = world.gain.model_copy(update=narrow | {"base": 0.05, "scale": 0.3})
    heads = {
        name: getattr(world, name).model_copy(update=narrow) for name in ("start", "completion")
    }
    return world.model_copy(update={"name": TINY, "gain": gain, **heads})


@cache
def grid_world(name: str) -> World:
    """Return a world of the grid: all that tells cards apart in gain times a factor.

    What an owner's support and the culture at the start do to every card alike stays what it is.
    """
    base, factor = GRID[name]
    world = read_worlds()[base]
    terms = tuple(
        term if term.card != "one" else term.model_copy(update={"effect": term.effect / factor})
        for term in world.gain.terms
    )
    gain = world.gain.model_copy(update={"scale": factor * world.gain.scale, "terms": terms})
    return world.model_copy(update={"name": name, "gain": gain})


def law_of(world: str) -> World | Shape:
    """Return the law of a world: all but what each experiment draws. ValueError if none is known"""
    if world in second_hand.SHAPES:
        return second_hand.SHAPES[world]
    if world in GRID:
        return grid_world(world)
    if world == TINY:
        return tiny_world()
    if world not in (*SIMULATED, *MEASURED_WORLDS):
        raise ValueError(f"the law of {world} is not known to the limit")
    return read_worlds()[world]


def experiment(world: str, n: int, seed: int, menu: Menu, n_held: int = N_HELD) -> Simulation:
    """Return trials of n companies in a world, and other companies with their truth."""
    shapes = {**second_hand.SHAPES, **second_hand.POCKETS}
    if world in shapes:
        return second_hand.simulate(shapes[world], n, menu, n_held, rng_of(world, seed))
    if world == TINY or world in GRID:
        own = law_of(world)
        assert isinstance(own, World)
        return simulate_world(own, n, menu, n_held, rng_of(world, seed))
    return simulate(world, n, seed, menu, n_held)


def rng_of(world: str, seed: int) -> np.random.Generator:
    """Return the random numbers of a world and seed."""
    return np.random.default_rng([zlib.crc32(world.encode()), seed])


def canonical(trials: pd.DataFrame, menu: Menu) -> pd.DataFrame:
    """Return trials as the reader of the product makes them of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.csv"
        trials.to_csv(path, index=False)
        return read_trials(path, menu).frame

"""The worlds of the benchmark: the simulator's own, one more of it, and those of a second hand."""

from __future__ import annotations

import tempfile
import zlib
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

TINY = "tiny"
SIMULATED = tuple(name for name in ALL if name not in MEASURED_WORLDS)
WORLDS: tuple[str, ...] = (*SIMULATED, TINY, *second_hand.SHAPES)
ASIDE: tuple[str, ...] = (*second_hand.POCKETS, *MEASURED_WORLDS)
"""Worlds that show one thing: run when they are named, and in no mean over all worlds."""
WITHOUT_SIGNAL = ("null",)
N_HELD = 200


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


def experiment(world: str, n: int, seed: int, menu: Menu, n_held: int = N_HELD) -> Simulation:
    """Return trials of n companies in a world, and other companies with their truth."""
    shapes = {**second_hand.SHAPES, **second_hand.POCKETS}
    if world in shapes:
        return second_hand.simulate(shapes[world], n, menu, n_held, rng_of(world, seed))
    if world == TINY:
        return simulate_world(tiny_world(), n, menu, n_held, rng_of(world, seed))
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

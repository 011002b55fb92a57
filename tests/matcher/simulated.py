"""What the tests of the simulator share.

Tolerances: a share p of n independent rows has the standard error sqrt(p (1 - p) / n), a mean
that of its SD over sqrt(n), a correlation 1 / sqrt(n). A check allows 4 of them; a correct
simulator then fails it for one seed in 16 000, and the seeds are fixed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from matcher.menu.card import Intervention, Menu, read_menu
from matcher.simulation.companies import Companies
from matcher.simulation.simulate import simulate
from matcher.simulation.worlds import World, read_worlds

TRAINING_DATA = Path(__file__).parents[2] / "training_data"
MENU = read_menu(TRAINING_DATA / "menu.toml")
MANY = 6000


def world(name: str, **sections: dict[str, object]) -> World:
    """Return a world with some of its parameters replaced, section by section."""
    base = read_worlds()[name]
    changed = {k: getattr(base, k).model_copy(update=v) for k, v in sections.items()}
    return base.model_copy(update=changed)


def menu_of(*cards: Intervention) -> Menu:
    return replace(MENU, interventions=cards)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def of_six(trials: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return a culture score on 1-6, as the contract converts it."""
    score = pd.to_numeric(trials[column])
    return score.where(trials["scale"] == "1-6", 1 + 1.25 * (score - 1))


def assert_share(flags: ArrayLike, expected: float) -> None:
    shares = np.asarray(flags, dtype=float)
    error = math.sqrt(expected * (1 - expected) / len(shares))
    assert shares.mean() == pytest.approx(expected, abs=4 * error)


def assert_more_often(more: ArrayLike, less: ArrayLike) -> None:
    """Two shares differ by over 4 standard errors of their difference."""
    high, low = np.asarray(more, dtype=float), np.asarray(less, dtype=float)
    variance = high.var() / high.size + low.var() / low.size
    assert high.mean() - low.mean() > 4 * math.sqrt(variance)


def copies_of(one: Companies, n: int) -> Companies:
    """Return one company n times, with all it could tell told."""
    rows = np.zeros(n, dtype=np.int64)
    return Companies(
        employees=one.employees[rows],
        sector=one.sector[rows],
        sbi_version=one.sbi_version[rows],
        group=one.group[rows],
        size=one.size[rows],
        need_rank=one.need_rank[rows],
        transitions=one.transitions[rows],
        owner_support=one.owner_support[rows],
        answers={name: codes[rows] for name, codes in one.answers.items()},
        culture=one.culture[rows],
        told={},
    )


@cache
def many_trials() -> pd.DataFrame:
    """Return the trials of many companies in the main world, empty cells as missing."""
    trials = simulate("main", MANY, 11, MENU, n_profiles=0).trials
    return trials.replace("", np.nan)


def tried_trials() -> pd.DataFrame:
    """Return those of many_trials in which something was tried."""
    many = many_trials()
    return many[many["intervention"] != "geen"]

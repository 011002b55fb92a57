"""One thing to learn: rows with an outcome each, and held-out profiles with their truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.design.encoding import Encoded
from matcher.menu.card import Menu
from matcher.profile.schema import Profile
from matcher.simulation.simulate import Simulation
from matcher.training.evidence import Evidence

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """What every method learns from: one row per outcome, as a bandit sees it."""

    X: Array
    """(n, d) features of profile and card."""
    y: Array
    """(n,) outcome of the card that was tried."""
    card: NDArray[np.int64]
    group: NDArray[np.int64]
    """(n,) company: rows of one company are held out together."""
    query: NDArray[np.int64]
    """(n,) learning table; rows without one stand alone."""
    propensity: Array
    """(n,) chance that this card was chosen; NaN where it was not noted."""
    weight: Array
    """(n,) one over the error variance of the outcome, mean 1."""
    expert: Array
    """(n,) what the expert prior expected of this pair; 0 where there is no expert."""


@dataclass(frozen=True)
class Held:
    """Profiles that nobody learned from."""

    X: Array
    """(m, n_cards, d)."""
    expert: Array
    """(m, n_cards)."""
    truth: Array
    """(m, n_cards) what each card really brings; NaN for a card that is never ranked."""
    allowed: NDArray[np.bool_]
    """(m, n_cards) cards that suit the profile."""


@dataclass(frozen=True)
class Origin:
    """Where rows of a simulated world come from: what our own model is trained on."""

    menu: Menu
    evidence: Evidence
    profiles: tuple[Profile, ...]
    encoded: tuple[Encoded, ...]
    world: str = ""
    simulation: Simulation | None = None
    """The files as they were made: the limit reads controls and tables in them, never the truth."""


@dataclass(frozen=True)
class Columns:
    """Which columns of X speak of the profile, of the card, and of how the two meet."""

    profile: slice
    crossed: NDArray[np.int64]
    """Columns of the profile that may change what works."""
    card: slice
    fit: slice


@dataclass(frozen=True)
class Task:
    """Rows to learn from, profiles to rank, and where they come from."""

    rows: Rows
    held: Held
    columns: Columns
    origin: Origin | None = None
    """None for public data."""

    @property
    def n_cards(self) -> int:
        """Number of cards."""
        return int(self.held.truth.shape[1])

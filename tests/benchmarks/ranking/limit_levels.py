"""What the levels of the simulator's cards are believed to be after trials, their law being known.

A card's level is a direction over attributes, of fixed length, and its own part, cut off at a
range: neither is normal. So the posterior is drawn, by elliptical slice sampling (Murray, Adams and
MacKay, 2010), from the normal numbers that the simulator makes levels of; many chains at once, so
that the error of their means can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from matcher.simulation.truth import SHARED
from matcher.simulation.worlds import Head
from tests.benchmarks.ranking.task import Array

N_CHAINS = 32
WARM_UP, N_KEPT, THIN = 150, 60, 4
"""Steps of each chain before any is kept, how many are kept, and one of how many."""

Likelihood = Callable[[Array], Array]
"""Levels (k, n_cards) -> log-likelihood (k,)."""


def levels_of(normal: Array, head: Head, numbers: Mapping[str, Array], share: float) -> Array:
    """Return the levels (k, n_cards) that normal numbers (k, 6 + n_cards) make in the simulator."""
    attributes = np.column_stack([numbers[name] for name in SHARED])
    spread = attributes.std(axis=0)
    scaled = (attributes - attributes.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    common = normal[:, : len(SHARED)] @ scaled.T
    length = common.std(axis=1, keepdims=True)
    common = common / np.where(length > 0, length, 1.0)
    level = head.card_sd * (share**0.5 * common + (1 - share) ** 0.5 * normal[:, len(SHARED) :])
    return np.asarray(np.clip(level, *head.card_range))


def drawn_levels(
    likelihood: Likelihood,
    head: Head,
    numbers: Mapping[str, Array],
    share: float,
    rng: np.random.Generator,
) -> Array:
    """Return draws of the levels (chains, kept, n_cards) from their posterior."""
    n_cards = len(numbers["one"])
    if head.card_sd == 0:
        return np.zeros((N_CHAINS, N_KEPT, n_cards))

    def log_density(state: Array) -> Array:
        return likelihood(levels_of(state, head, numbers, share))

    state = rng.normal(size=(N_CHAINS, len(SHARED) + n_cards))
    at = log_density(state)
    kept = np.zeros((N_CHAINS, N_KEPT, n_cards))
    for step in range(WARM_UP + N_KEPT * THIN):
        state, at = _slice_step(state, at, log_density, rng)
        if step >= WARM_UP and (step - WARM_UP) % THIN == 0:
            kept[:, (step - WARM_UP) // THIN] = levels_of(state, head, numbers, share)
    return kept


def _slice_step(
    state: Array, at: Array, log_density: Likelihood, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Move every chain once along an ellipse through its state and a draw from the prior."""
    n = len(state)
    other = rng.normal(size=state.shape)
    least = at + np.log(rng.random(n))
    angle = rng.uniform(0, 2 * np.pi, n)
    low, high = angle - 2 * np.pi, angle.copy()
    new, found = state.copy(), at.copy()
    waiting = np.arange(n)
    while len(waiting):
        turn = angle[waiting, None]
        proposed = state[waiting] * np.cos(turn) + other[waiting] * np.sin(turn)
        density = log_density(proposed)
        taken = density > least[waiting]
        new[waiting[taken]], found[waiting[taken]] = proposed[taken], density[taken]
        waiting = waiting[~taken]
        below = angle[waiting] < 0
        low[waiting] = np.where(below, angle[waiting], low[waiting])
        high[waiting] = np.where(below, high[waiting], angle[waiting])
        angle[waiting] = rng.uniform(low[waiting], high[waiting])
    return new, found

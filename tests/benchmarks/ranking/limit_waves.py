"""The limit in the second hand's worlds: Bayes' rule with the law of their waves and clusters.

Given the waves' frequencies, the clusters and two kinds of scale (of a Laplace level, and of an
error with heavy tails, both normal given a scale of their own), scores are linear in normal numbers
and these are integrated out exactly. Frequencies, clusters and scales are drawn by Markov chains;
the chances, two unknown numbers a card, are summed over a grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.special import expit, log_expit

from matcher.arrays import Ints
from matcher.menu.card import Menu
from matcher.trials.columns import CONTROL
from tests.benchmarks.ranking.limit_simulated import Heads
from tests.benchmarks.ranking.second_hand import ANSWERS, N_CLUSTERS, N_WAVES, STOPPED_SHARE, Shape
from tests.benchmarks.ranking.task import Array

N_CHAINS, WARM_UP, N_KEPT, THIN = 6, 60, 60, 2
N_FREE = 6
"""Cards whose cluster is proposed anew in one step."""
N_NUMBERS = len(ANSWERS) + 2


@dataclass(frozen=True)
class Companies:
    """What the second hand's truth depends on, read from what companies tell."""

    numbers: Array
    served: Array
    """(n, n_cards) whether a card serves one of the first two needs."""
    employees: Array


def companies_of(cells: pd.DataFrame, menu: Menu) -> Companies:
    """Return the numbers behind profile cells; 0 where a question is not answered."""
    employees = np.array(cells["employees"], dtype=np.float64)
    numbers = [np.log(employees / 22) / 1.1]
    for name, values in ANSWERS.items():
        middle = (len(values) - 1) / 2
        code = [values.index(v) - middle if v else 0.0 for v in cells[name]]
        numbers.append(np.array(code) / max(middle, 1.0) * 1.3)
    support = pd.to_numeric(cells["owner_support"]).fillna(3).to_numpy(float)
    numbers.append((support - 3) / np.sqrt(2))
    first = [set(named.split("|")[:2]) for named in cells["needs"]]
    served = [[bool(set(card.needs) & needs) for card in menu] for needs in first]
    return Companies(np.column_stack(numbers), np.array(served, dtype=float), employees)


@dataclass
class Waves:
    """The state of a chain: all that is drawn."""

    frequency: Array
    phase: Array
    centres: Ints
    luck: Array
    """(n_cards, N_CLUSTERS) what is added to the likeness with each centre."""
    level_variance: Array
    error_variance: Array

    def cluster(self, likeness: Array) -> Ints:
        """Return the cluster of each card."""
        return np.asarray(np.argmax(likeness[:, self.centres] + self.luck, axis=1))


@dataclass(frozen=True)
class Seen:
    """Scores after, less what is known, and what their errors have in common."""

    y: Array
    """(n,) change of each measured trial, less base and needs, in points."""
    numbers: Array
    card: Ints
    share: Array
    covariance: Array
    """(n, n) of culture, company, table and surveys; a trial's own error is apart."""


def limit_heads(
    shape: Shape, menu: Menu, trials: pd.DataFrame, profiles: pd.DataFrame, seed: int
) -> Heads:
    """Return draws of the three heads at held-out profiles, given a file of trials."""
    rng = np.random.default_rng([seed, 19])
    companies, held = companies_of(trials, menu), companies_of(profiles, menu)
    card = pd.Index(menu.ids).get_indexer(pd.Index(trials["intervention"]))
    gain = _gains(shape, menu, trials, companies, card, held, rng)
    start, finish = _chances(shape, trials, companies, card, held, rng)
    return Heads(start, finish, gain, STOPPED_SHARE)


def _chances(
    shape: Shape,
    trials: pd.DataFrame,
    companies: Companies,
    card: Ints,
    held: Companies,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return independent draws of both chances; each card's posterior is summed over a grid."""
    tried = (trials["intervention"] != CONTROL).to_numpy()
    state = trials["state"].to_numpy(object)
    place = 1 + list(ANSWERS).index("staffing_pressure")
    level = np.linspace(-4, 4, 161) * shape.chance
    prior = -0.5 * (level / shape.chance) ** 2
    burden = np.linspace(0, 1, 21)
    shape_of = (N_CHAINS, N_KEPT, len(held.numbers), held.served.shape[1])
    start, finish = np.zeros(shape_of), np.zeros(shape_of)
    for k in range(held.served.shape[1]):
        rows = tried & (card == k)
        push = companies.numbers[rows, place]
        latent = 1.2 + level[:, None, None] - shape.chance * burden[:, None] * push
        sign = np.where(state[rows] == "not_started", -1, 1)
        density = prior[:, None] + log_expit(sign * latent).sum(axis=2)
        at = _drawn(density, rng)
        a, b = level[at[0]], burden[at[1]]
        start[..., k] = expit(
            1.2 + a[..., None] - shape.chance * b[..., None] * held.numbers[:, place]
        )
        rows &= state != "not_started"
        latent = 1.0 + level[:, None] + shape.chance * companies.served[rows, k]
        sign = np.where(state[rows] == "finished", 1, -1)
        density = prior + log_expit(sign * latent).sum(axis=1)
        (at_end,) = _drawn(density, rng)
        finish[..., k] = expit(1.0 + level[at_end][..., None] + shape.chance * held.served[:, k])
    return start, finish


def _drawn(log_density: Array, rng: np.random.Generator) -> tuple[Ints, ...]:
    weight = np.exp(log_density - log_density.max()).ravel()
    drawn = rng.choice(weight.size, (N_CHAINS, N_KEPT), p=weight / weight.sum())
    return tuple(np.unravel_index(drawn, log_density.shape))


def seen_of(shape: Shape, trials: pd.DataFrame, companies: Companies, card: Ints) -> Seen:
    """Return the scores after as changes from the culture that the score before makes likely."""
    measured = np.flatnonzero((trials["culture_after"] != "").to_numpy())
    some = trials.iloc[measured]
    waits = (some["intervention"] == CONTROL).to_numpy()
    states = {"finished": 1.0, "stopped": STOPPED_SHARE, "not_started": 0.0}
    share = np.where(waits, 0.0, some["state"].map(states))
    before, after = (some[f"culture_{w}"].astype(float).to_numpy() for w in ("before", "after"))
    error = 0.81 / np.clip(0.5 * companies.employees[measured], 2, 25).astype(int)
    # The culture of a company, N(3.7, .4^2), given its one score before.
    trust = 0.16 / (0.16 + error)
    chosen = np.where(waits, 0, card[measured])
    known = shape.base + shape.need * companies.served[measured, chosen]
    change = after - 3.7 - trust * (before - 3.7) - 0.02 - share * known
    company, table = some["company"].to_numpy(), some["table"].to_numpy()
    covariance = np.diag(error)
    covariance += (company[:, None] == company) * (0.08**2 + 0.16 * (1 - trust))
    covariance += 0.05**2 * (table[:, None] == table)
    return Seen(change, companies.numbers[measured], chosen, share, covariance)


def _gains(
    shape: Shape,
    menu: Menu,
    trials: pd.DataFrame,
    companies: Companies,
    card: Ints,
    held: Companies,
    rng: np.random.Generator,
) -> Array:
    seen = seen_of(shape, trials, companies, card)
    serves = [frozenset(c.needs) for c in menu]
    likeness = np.array([[len(own & other) for other in serves] for own in serves], dtype=float)
    chains = [_chain(shape, seen, likeness, held, rng) for _ in range(N_CHAINS)]
    return np.array(chains)


def _prior(shape: Shape, n_cards: int, n: int, rng: np.random.Generator) -> Waves:
    frequency, phase = _new_waves(N_WAVES, rng)
    return Waves(
        frequency=frequency,
        phase=phase,
        centres=rng.choice(n_cards, N_CLUSTERS, replace=False),
        luck=rng.uniform(0, 1.5, (n_cards, N_CLUSTERS)),
        # A Laplace number is normal with an exponential variance.
        level_variance=rng.exponential(shape.card**2, n_cards),
        error_variance=0.12**2 * 3 / rng.chisquare(3, n),
    )


def _new_waves(many: int, rng: np.random.Generator) -> tuple[Array, Array]:
    frequency = rng.normal(size=(many, N_NUMBERS))
    frequency *= rng.random(frequency.shape) < 2.5 / N_NUMBERS
    return frequency, rng.uniform(0, 2 * np.pi, many)


def _chain(
    shape: Shape, seen: Seen, likeness: Array, held: Companies, rng: np.random.Generator
) -> Array:
    """Return draws (kept, m, n_cards) of the gain of held-out profiles."""
    n_cards = len(likeness)
    state = _prior(shape, n_cards, len(seen.y), rng)
    kept = []
    at = _log_evidence(shape, seen, state, likeness)
    for step in range(WARM_UP + N_KEPT * THIN):
        for move in MOVES:
            proposed = move(state, n_cards, rng)
            density = _log_evidence(shape, seen, proposed, likeness)
            if np.log(rng.random()) < density - at:
                state, at = proposed, density
        level, height, error = _draw(shape, seen, state, likeness, rng)
        level_rate = 1 / shape.card**2
        size = np.sqrt(2 * level_rate) / np.maximum(np.abs(level), 1e-9)
        state.level_variance = 1 / rng.wald(size, 2 * level_rate)
        scale = (3 * 0.12**2 + error**2) / 2
        state.error_variance = scale / rng.gamma(2.0, size=len(seen.y))
        at = _log_evidence(shape, seen, state, likeness)
        if step >= WARM_UP and (step - WARM_UP) % THIN == 0:
            waves = np.cos(held.numbers @ state.frequency.T + state.phase)
            by_wave = waves @ height[:, state.cluster(likeness)]
            kept.append(shape.base + shape.need * held.served + level + shape.wave * by_wave)
    return np.array(kept)


def _other_wave(state: Waves, n_cards: int, rng: np.random.Generator) -> Waves:
    """Draw some frequencies of one wave anew from their prior, and half of the times its phase."""
    wave = rng.integers(N_WAVES)
    new, turned = _new_waves(1, rng)
    part = rng.random(N_NUMBERS) < (1.0 if rng.random() < 0.3 else 0.3)
    frequency, phase = state.frequency.copy(), state.phase.copy()
    frequency[wave, part] = new[0, part]
    if rng.random() < 0.5:
        phase[wave] = turned[0]
    return _with(state, frequency=frequency, phase=phase)


def _other_clusters(state: Waves, n_cards: int, rng: np.random.Generator) -> Waves:
    """Draw anew what puts a few cards in their clusters."""
    luck = state.luck.copy()
    luck[rng.choice(n_cards, N_FREE, replace=False)] = rng.uniform(0, 1.5, (N_FREE, N_CLUSTERS))
    return _with(state, luck=luck)


def _other_centre(state: Waves, n_cards: int, rng: np.random.Generator) -> Waves:
    """Put another card in the middle of one cluster."""
    centres = state.centres.copy()
    others = np.setdiff1d(np.arange(n_cards), centres)
    centres[rng.integers(N_CLUSTERS)] = rng.choice(others)
    return _with(state, centres=centres)


MOVES = (*[_other_wave] * N_WAVES, *[_other_clusters] * N_CLUSTERS, _other_centre)
"""What is proposed in one step: each is drawn from the prior, and kept by the likelihood alone."""


def _with(state: Waves, **parts: Array | Ints) -> Waves:
    return Waves(**(vars(state) | parts))


def _parts(shape: Shape, seen: Seen, state: Waves, likeness: Array) -> tuple[Array, Array, Array]:
    """Return the loads of levels and of heights, scaled to variance 1, and the covariance."""
    n_cards, rows = len(likeness), np.arange(len(seen.y))
    by_level = np.zeros((len(rows), n_cards))
    by_level[rows, seen.card] = seen.share * np.sqrt(state.level_variance[seen.card])
    by_height = np.zeros((len(rows), N_WAVES, N_CLUSTERS))
    by_height[rows, :, state.cluster(likeness)[seen.card]] = _waves(shape, seen, state)
    return by_level, by_height.reshape(len(rows), -1), _covariance(shape, seen, state, likeness)


def _waves(shape: Shape, seen: Seen, state: Waves) -> Array:
    """Return what each wave of a height of one SD brings to each score (n, N_WAVES)."""
    size = shape.wave * np.sqrt(2 / N_WAVES) * seen.share
    found: Array = size[:, None] * np.cos(seen.numbers @ state.frequency.T + state.phase)
    return found


def _covariance(shape: Shape, seen: Seen, state: Waves, likeness: Array) -> Array:
    waves = _waves(shape, seen, state)
    cluster = state.cluster(likeness)[seen.card]
    level = seen.share * np.sqrt(state.level_variance[seen.card])
    whole: Array = seen.covariance + (waves @ waves.T) * (cluster[:, None] == cluster)
    whole += np.outer(level, level) * (seen.card[:, None] == seen.card)
    whole[np.diag_indices(len(whole))] += state.error_variance
    return whole


def _log_evidence(shape: Shape, seen: Seen, state: Waves, likeness: Array) -> float:
    if not len(seen.y):
        return 0.0
    whole = _covariance(shape, seen, state, likeness)
    factor = cholesky(whole, lower=True, overwrite_a=True, check_finite=False)
    rest = solve_triangular(factor, seen.y, lower=True, check_finite=False)
    return float(-0.5 * rest @ rest - np.log(np.diag(factor)).sum())


def _draw(
    shape: Shape, seen: Seen, state: Waves, likeness: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Draw levels, heights and each trial's own error, given the scores: Matheron's rule."""
    n_cards, n = len(likeness), len(seen.y)
    level, height = rng.normal(size=n_cards), rng.normal(size=N_WAVES * N_CLUSTERS)
    error = rng.normal(size=n) * np.sqrt(state.error_variance)
    if n:
        by_level, by_height, whole = _parts(shape, seen, state, likeness)
        common = np.linalg.cholesky(seen.covariance + 1e-12 * np.eye(n)) @ rng.normal(size=n)
        made = by_level @ level + by_height @ height + common + error
        pull = cho_solve(cho_factor(whole), seen.y - made)
        level = level + by_level.T @ pull
        height = height + by_height.T @ pull
        error = error + state.error_variance * pull
    level = level * np.sqrt(state.level_variance)
    height = height.reshape(N_WAVES, N_CLUSTERS) * np.sqrt(2 / N_WAVES)
    return level, height, error

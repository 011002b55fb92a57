"""The limit: the learner who knows the law of each simulated world, but not what was drawn.

No method that sees the same profiles, cards, states and scores can rank better on average, whatever
it is: it ranks by the posterior mean of the expected gain, by Bayes' rule with the true prior.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.arrays import Bools
from matcher.design.setup import Setup
from matcher.ranking.engine import Engine
from matcher.simulation.worlds import World
from matcher.training.fit import fit
from tests.benchmarks.ranking import limit_simulated, limit_waves
from tests.benchmarks.ranking.limit_simulated import Heads
from tests.benchmarks.ranking.metrics import LEVELS, Answer, ordered, regret_share
from tests.benchmarks.ranking.rows import expert
from tests.benchmarks.ranking.task import Array, Origin, Task
from tests.benchmarks.ranking.worlds import law_of

FEWEST_EFFECTIVE = 100.0
"""Independent draws that a mean should be worth at least; with fewer no limit is known."""
N_AGAIN = 20
"""Times that chains are drawn again with replacement, for the error of the regret."""


@dataclass(frozen=True)
class Sampled(Answer):
    """An answer from draws, with what tells how exact it is."""

    chains: Array | None = None
    """(chains, m, n_cards) the score by each chain alone."""
    within: Array | None = None
    """(m, n_cards) variance of one draw."""

    def exactness(self, truth: Array, allowed: Bools) -> dict[str, float | None]:
        """Return the effective number of draws, and the standard error of the regret they leave.

        A mean of k chains has the variance of their means over k: one draw's variance over that is
        how many independent draws it is worth; the median over pairs. The regret's error is that of
        the bootstrap over chains: large where two cards are as good as equal to the learner.
        """
        if self.chains is None or self.within is None:
            return {}
        between = self.chains.var(axis=0, ddof=1) / len(self.chains)
        moves = allowed & (self.within > 1e-12)
        worth = self.within[moves] / np.maximum(between[moves], 1e-15)
        effective = float(np.median(worth)) if moves.any() else float("inf")
        kept, rng, left = allowed.sum(axis=1) > 1, np.random.default_rng(0), []
        for _ in range(N_AGAIN):
            chosen = rng.integers(len(self.chains), size=len(self.chains))
            order = ordered(self.chains[chosen].mean(axis=0)[kept], allowed[kept])
            left.append(regret_share(truth[kept], allowed[kept], order, 1))
        known = [one for one in left if one is not None]
        error = float(np.std(known, ddof=1)) if known else None
        return {"effective_draws": min(effective, 1e9), "regret_error": error}


@dataclass(frozen=True)
class Mean:
    """Posterior means of a learner for held-out profiles x cards."""

    start: Array
    part: Array
    """Of the gain that is left on average, once started: all of it or a stopped one's share."""
    gain: Array

    @property
    def expected(self) -> Array:
        """Return the expected gain, intention to treat."""
        return self.start * self.part * self.gain


_kept: dict[tuple[int, int, str], tuple[Origin, Any]] = {}
"""The last task's posterior, for the methods that take part of it: they differ in a product."""


def _once(task: Task, seed: int, name: str, make: Callable[[Origin], Any]) -> Any:
    origin = task.origin
    if origin is None or origin.simulation is None:
        raise ValueError("the limit is known for simulated worlds only")
    key = (id(origin), seed, name)
    if key not in _kept:
        for other in [k for k, (kept, _) in _kept.items() if kept is not origin]:
            del _kept[other]
        _kept[key] = (origin, make(origin))
    return _kept[key][1]


def _heads(task: Task, seed: int) -> Heads:
    def make(origin: Origin) -> Heads:
        law, simulation = law_of(origin.world), origin.simulation
        assert simulation is not None
        known = limit_simulated if isinstance(law, World) else limit_waves
        asked = (origin.menu, simulation.trials, simulation.profiles, seed)
        found: Heads = known.limit_heads(law, *asked)
        return found

    heads: Heads = _once(task, seed, "limit", make)
    return heads


def limit(task: Task, seed: int) -> Callable[[], Answer]:
    """The learner who knows the law of the world, not its draws: none can be better on average."""
    heads = _heads(task, seed)
    return lambda: answer_of(heads)


def answer_of(heads: Heads) -> Sampled:
    """Return the posterior mean of the expected gain with its central intervals.

    What is known of the three heads is independent, given how each trial went.
    """
    part = heads.completion + (1 - heads.completion) * heads.stopped_share
    shape = heads.start.shape[0], -1, *heads.start.shape[2:]
    draws = (heads.start * part * heads.gain).reshape(-1, *shape[2:])
    chains = heads.start.mean(axis=1) * part.mean(axis=1) * heads.gain.mean(axis=1)
    means = [head.mean(axis=(0, 1)) for head in (heads.start, part, heads.gain)]
    ends = [(1 - level) / 2 for level in LEVELS] + [(1 + level) / 2 for level in LEVELS]
    found = np.quantile(draws, ends, axis=0)
    bounds = {level: (found[i], found[i + len(LEVELS)]) for i, level in enumerate(LEVELS)}
    return Sampled(
        np.prod(means, axis=0), bounds, chains=chains, within=np.asarray(draws.var(axis=0))
    )


def _limit_mean(task: Task, seed: int) -> Mean:
    heads = _heads(task, seed)
    finish = heads.completion.mean(axis=(0, 1))
    part = finish + (1 - finish) * heads.stopped_share
    return Mean(heads.start.mean(axis=(0, 1)), part, heads.gain.mean(axis=(0, 1)))


def _our_mean(task: Task, seed: int) -> Mean:
    def make(origin: Origin) -> Mean:
        model, _ = fit(origin.evidence, Setup(origin.menu, expert()), seed=seed)
        engine = Engine(model, "benchmark")
        said = [engine.predictions(profile) for profile in origin.encoded]
        finish = np.array([s.p_completed for s in said])
        left = model.facts.stopped_share
        start, gain = (np.array([getattr(s, n) for s in said]) for n in ("p_started", "gain"))
        return Mean(start, finish + (1 - finish) * left, gain)

    mean: Mean = _once(task, seed, "ours", make)
    return mean


def our_chances(task: Task, seed: int) -> Callable[[], Answer]:
    """The limit, its chances replaced by ours: what our chances cost."""
    best, own = _limit_mean(task, seed), _our_mean(task, seed)
    return lambda: Answer(own.start * own.part * best.gain)


def our_gains(task: Task, seed: int) -> Callable[[], Answer]:
    """The limit, its gains replaced by ours: what our gains cost."""
    best, own = _limit_mean(task, seed), _our_mean(task, seed)
    return lambda: Answer(best.start * best.part * own.gain)


def our_cards(task: Task, seed: int) -> Callable[[], Answer]:
    """The limit, the mean gain of each card over companies replaced by ours."""
    best, own = _limit_mean(task, seed), _our_mean(task, seed)
    gain = best.gain - best.gain.mean(axis=0) + own.gain.mean(axis=0)
    return lambda: Answer(best.start * best.part * gain)


def our_differences(task: Task, seed: int) -> Callable[[], Answer]:
    """The limit, how companies differ from a card's mean gain replaced by ours."""
    best, own = _limit_mean(task, seed), _our_mean(task, seed)
    gain = own.gain - own.gain.mean(axis=0) + best.gain.mean(axis=0)
    return lambda: Answer(best.start * best.part * gain)


LIMITS: Mapping[str, Callable[[Task, int], Callable[[], Answer]]] = {
    "limit": limit,
    "limit_our_chances": our_chances,
    "limit_our_gains": our_gains,
    "limit_our_cards": our_cards,
    "limit_our_differences": our_differences,
}
"""The limit, and the limit with one part of it replaced by ours."""

"""Our own model and its variants, asked as the service asks them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcher.design.expert import Expert
from matcher.design.setup import Setup
from matcher.evaluation.model_choice import FEWEST_TRIALS
from matcher.ranking.engine import Engine
from matcher.ranking.result import NotSuitable, Recommendation
from matcher.training.boosted import fit_challenger
from matcher.training.fit import fit
from tests.benchmarks.ranking.metrics import Answer, normal_intervals
from tests.benchmarks.ranking.rows import expert, expert_engine
from tests.benchmarks.ranking.standalone import standalone
from tests.benchmarks.ranking.task import Array, Origin, Task

Z80 = 1.2815515655446004
"""Half the width of an 80 % interval of a normal belief, in standard deviations."""


def ours(task: Task, seed: int) -> Callable[[], Answer]:
    """The model of the product; on public data, its regression alone."""
    if task.origin is None:
        return standalone(task, seed)
    return _fitted(task, expert(), seed)


def ours_without_experts(task: Task, seed: int) -> Callable[[], Answer]:
    """The same model with no trust in any part of the expert prior."""
    none = expert().trust.model_copy(update={"mean": 0.0, "sd": 1e-6})
    return _fitted(task, expert().model_copy(update={"trust": none}), seed)


def ours_trees(task: Task, seed: int) -> Callable[[], Answer]:
    """The same model with boosted trees, which ``retrain`` may choose where trials are many."""
    origin = origin_of(task)
    if len(origin.evidence) < FEWEST_TRIALS:  # no trees are tried
        return ours(task, seed)
    setup = Setup(origin.menu, expert())
    _, scales = fit(origin.evidence, setup, seed=seed)
    found = fit_challenger(origin.evidence, setup, scales=scales, seed=seed)
    engine = Engine(found.model, "benchmark")
    return lambda: ranked(engine, origin)


def expert_alone(task: Task, seed: int) -> Callable[[], Answer]:
    """The expert prior alone: our ranking before any outcome."""
    origin = origin_of(task)
    return lambda: ranked(expert_engine(), origin)


def origin_of(task: Task) -> Origin:
    """Return the trials behind a task; only simulated worlds have them."""
    if task.origin is None:
        raise ValueError("our own model needs trials; public data have none")
    return task.origin


def _fitted(task: Task, prior: Expert, seed: int) -> Callable[[], Answer]:
    origin = origin_of(task)
    model, _ = fit(origin.evidence, Setup(origin.menu, prior), seed=seed)
    engine = Engine(model, "benchmark")
    return lambda: ranked(engine, origin)


def ranked(engine: Engine, origin: Origin) -> Answer:
    """Rank every profile as the service does, reasons left out."""
    shape = (len(origin.profiles), len(origin.menu))
    mean, half = np.zeros(shape), np.zeros(shape)
    single = np.zeros(len(origin.profiles), dtype=bool)
    place = {card: i for i, card in enumerate(origin.menu.ids)}
    for i, profile in enumerate(origin.profiles):
        ranking = engine.rank(profile, explain=0)
        aside: tuple[Recommendation | NotSuitable, ...] = ranking.not_suitable + ranking.enablers
        for line in (*ranking.recommendations, *aside):
            card = place[line.intervention]
            mean[i, card] = line.expected_gain.mean
            half[i, card] = (line.expected_gain.high - line.expected_gain.low) / 2
        first = ranking.recommendations
        single[i] = bool(first) and not first[0].tied_with
    return Answer(mean, _intervals(mean, half), single)


def _intervals(mean: Array, half: Array) -> dict[float, tuple[Array, Array]]:
    return normal_intervals(mean, half / Z80)

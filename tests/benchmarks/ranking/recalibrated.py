"""Our own model, its intervals set right by companies that it had not seen, as in ``retrain``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matcher.design.setup import Setup
from matcher.evaluation.calibration import interval_factor
from matcher.evaluation.cross_fitting import cross_fit, sample_to_judge
from matcher.ranking.engine import Engine
from matcher.training.fit import fit
from tests.benchmarks.ranking.metrics import Answer
from tests.benchmarks.ranking.ours import origin_of, ranked
from tests.benchmarks.ranking.rows import expert
from tests.benchmarks.ranking.task import Task


def ours_recalibrated(task: Task, seed: int) -> Callable[[], Answer]:
    """The same model, intervals widened as ``retrain`` does after judging companies it left out."""
    origin = origin_of(task)
    model, scales = fit(origin.evidence, Setup(origin.menu, expert()), seed=seed)
    sample = sample_to_judge(origin.evidence, origin.menu, seed)
    held = cross_fit(sample, model.setup, seed, scales, lambda _: None)
    facts = replace(model.facts, interval_factor=interval_factor(sample.trials, held))
    engine = Engine(replace(model, facts=facts), "benchmark")
    return lambda: ranked(engine, origin)

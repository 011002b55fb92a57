"""Whether the experts are right: how much of it n companies can tell.

Two aims of the benchmark pull apart: give up experts that are wrong, and keep those that are right
where effects are tiny. Here the likelihood of the measured gains is taken twice: with everything
that experts say of cards held as they said it, and held the other way round. In one world they are
right, in the other exactly wrong. Between two such cases the ratio is the best test that there is
(Neyman and Pearson, 1933), were the likelihood exact. It is that of our model, with its scales at
their medians: how often it is right shows how little there is to learn, and is no proof of a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matcher.design.setup import Setup
from matcher.design.terms import telling
from matcher.regression.kernel_form import condition
from matcher.training.questions import question
from tests.benchmarks.ranking.rows import expert, menu, task_of
from tests.benchmarks.ranking.task import Origin
from tests.benchmarks.ranking.worlds import experiment

RIGHT, WRONG = "interactions", "misleading"
KEPT = 0.97
"""Share of right experts that are to be kept. Dropping them costs .7 in the world of tiny effects,
where the benchmark asks to stay within .02 of them."""
SIZES = {25: 100, 50: 100, 100: 100, 300: 40}
"""Companies -> simulated experiments in each world."""


def log_evidence(origin: Origin, trust: float) -> float:
    """Return the log density of the measured gains, were this the trust in what tells cards apart.

    All scales are at the medians of their hyperpriors; what experts say of companies stays open.
    """
    setup = Setup(origin.menu, expert())
    rows, prior = question(origin.evidence, "gain", setup)
    terms = setup.layouts["gain"].columns
    parts = np.arange(terms["expert"].start, terms["expert"].stop)
    held = [*parts[telling("gain", setup.expert) > 0], terms["shared trust"].start]
    X, mean = rows.X.copy(), prior.mean.copy()
    said = trust * X[:, held[:-1]].sum(axis=1)
    X[:, held], mean[held] = 0.0, 0.0
    offset = said if rows.offset is None else said + rows.offset
    held_prior = replace(prior, mean=mean)
    return condition(replace(rows, X=X, offset=offset), held_prior, prior.medians).log_evidence


def log_ratios(world: str, n: int, seeds: range) -> list[float]:
    """Return for each experiment how much likelier its gains are if the experts are right."""
    return [
        log_evidence(origin, 1.0) - log_evidence(origin, -1.0)
        for origin in (_origin(world, n, seed) for seed in seeds)
    ]


def _origin(world: str, n: int, seed: int) -> Origin:
    origin = task_of(experiment(world, n, seed, menu(), n_held=1)).origin
    assert origin is not None
    return origin


def main(say: Callable[[str], None] = print) -> None:
    """Print per number of companies how far the two cases can be told apart.

    Last: how often wrong experts can be dropped, if right ones are to be kept in ``KEPT``.
    """
    say("  n  experiments  median log ratio: right, wrong  told right  wrong ones dropped")
    for n, many in SIZES.items():
        right, wrong = (
            np.array(log_ratios(w, n, range(1000, 1000 + many))) for w in (RIGHT, WRONG)
        )
        told = ((right > 0).mean() + (wrong < 0).mean()) / 2
        dropped = (wrong < np.quantile(right, 1 - KEPT)).mean()
        medians = f"{np.median(right):>23.2f} {np.median(wrong):>7.2f}"
        say(f"{n:>3} {2 * many:>12} {medians} {told:>11.0%} {dropped:>19.0%}")


if __name__ == "__main__":
    main()

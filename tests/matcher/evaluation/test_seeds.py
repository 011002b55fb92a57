"""Whether the verdict on a study hangs on the seed of the evaluation."""

from collections import Counter

import numpy as np
import pytest

from matcher.design.setup import Setup
from matcher.evaluation.evaluate import evaluate
from matcher.evaluation.judging import judge_candidate
from matcher.simulation.simulate import simulate
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from tests.strength import strength

STUDIES = ("main", "thresholds", "misleading")


@pytest.mark.proof
@pytest.mark.usefixtures("few_folds")
def test_another_seed_gives_the_same_verdict(tmp_path, menu, expert):
    """In 20 seeds the same at least 19 times, in each of three studies of 90 companies.

    A figure moves less from seed to seed than one way to deal the companies from another.
    """
    n_seeds = strength(2, 20)
    for world in STUDIES[: strength(1, 3)]:
        path = tmp_path / f"{world}.csv"
        simulate(world, strength(24, 90), 1, menu, 0).trials.to_csv(path, index=False)
        evidence = gather(read_trials(path, menu).frame, menu)
        learned = fit(evidence, Setup(menu, expert), averaged=False)
        found = [evaluate(evidence, *learned, seed=seed) for seed in range(n_seeds)]
        verdicts = Counter(judge_candidate(one)[0] for one in found)
        assert verdicts.most_common(1)[0][1] >= 0.95 * n_seeds, world
        between_seeds = np.ptp([one.differences["expert"].value for one in found])
        between_ways = np.median(
            [one.apart["expert"].most - one.apart["expert"].least for one in found]
        )
        assert between_seeds < between_ways

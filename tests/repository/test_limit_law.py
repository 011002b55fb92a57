"""Whether the limit believes of scores what the simulator does: whitened, they are noise.

Given the levels that were drawn, scores less the limit's mean, turned by its covariance into
independent numbers, have mean 0 and variance 1. A world that changes how it drifts or who answers
falls out here before any regret tells.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import solve_triangular

from matcher.simulation.companies import told_numbers
from matcher.simulation.simulate import MEASURED_WORLDS
from matcher.simulation.truth import draw_cards, need_match
from tests.benchmarks.ranking import limit_simulated, rows, worlds
from tests.strength import strength

MENU = rows.menu()
LAWS = ("interactions", "confounded", *MEASURED_WORLDS, "wrong_fourfold")
"""Worlds that differ in how scores come about."""


def whitened(world, seed, n=150):
    """Return the scores of an experiment as independent numbers; its levels are drawn first."""
    law = worlds.law_of(world)
    trials = worlds.experiment(world, n, seed, MENU, 1).trials
    cards = draw_cards(law, MENU, worlds.rng_of(world, seed))
    names = pd.factorize(trials["company"])[0]
    first = trials.groupby(names).head(1).reset_index(drop=True)
    companies = limit_simulated.companies_of(first, law)
    numbers = told_numbers(companies, np.full(len(companies), np.nan), law)
    match = need_match(companies, cards, law)
    card = pd.Index(MENU.ids).get_indexer(trials["intervention"])
    scores = limit_simulated.scores_of(law, cards, companies, trials, names, card, match, numbers)
    rest = scores.y - scores.mean - scores.slope @ cards.levels["gain"]
    return solve_triangular(np.linalg.cholesky(scores.covariance), rest, lower=True)


@pytest.mark.proof
@pytest.mark.parametrize("world", LAWS)
def test_scores_are_noise_given_the_levels_that_were_drawn(world):
    """Of n normal numbers the mean is known to 1 / sqrt(n), the variance to sqrt(2 / n).

    Three of these errors; the experiments are always the same ones.
    """
    noise = np.concatenate([whitened(world, 200 + s) for s in range(strength(1, 12))])
    assert abs(noise.mean()) < 3 / np.sqrt(len(noise))
    assert abs(noise.var() - 1) < 3 * np.sqrt(2 / len(noise))

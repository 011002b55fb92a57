"""The chance of a choice: by hand, and closer to the truth than the table's share alone."""

import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.design.cards import cards_of
from matcher.design.encoding import encode
from matcher.evaluation.cross_fitting import all_suitable
from matcher.evaluation.propensity import FLOOR, _features, _fit, estimated, propensities
from matcher.simulation.simulate import simulate_world
from matcher.simulation.worlds import read_worlds
from matcher.training.evidence import Evidence, gather
from matcher.training.folds import folds
from matcher.trials.reader import read_trials
from tests.matcher.gains import gains_of

ASKED = {
    "employees": 40,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken"],
    "staffing_pressure": "gemiddeld",
}


def log_of(cards, company, table, propensity):
    """Return trials of companies that are all alike."""
    n = len(cards)
    frame = pd.DataFrame({"state": ["finished"] * n, "propensity": propensity})
    gains = gains_of(np.zeros(n), np.zeros(n))
    arrays = (np.array(values) for values in (cards, company, table))
    return Evidence(frame, (encode(ASKED),) * n, *arrays, gains)


def three(menu):
    return cards_of(replace(menu, interventions=menu.interventions[:3]))


def test_the_shares_of_the_others_by_hand(menu):
    """Company 0 sees one other at its table, of card 0; overall cards 0 and 1, half a choice each.

    Overall (1.5, 1.5, .5) / 3.5; at the table (1 + 2 x 3/7, 2 x 3/7, 2 / 7) / 3.
    """
    evidence = log_of([0, 0, 1], [0, 1, 2], [0, 0, -1], [np.nan] * 3)
    found = np.exp(_features(evidence, three(menu))[:, :, :2])
    assert found[0, :, 1] == pytest.approx([3 / 7, 3 / 7, 1 / 7])
    assert found[0, :, 0] == pytest.approx([13 / 21, 6 / 21, 2 / 21])
    # Company 2 sits nowhere: its table says what all others say.
    assert found[2, :, 0] == pytest.approx(found[2, :, 1])
    assert found[2, :, 1] == pytest.approx([2.5 / 3.5, 0.5 / 3.5, 0.5 / 3.5])


def test_a_company_is_no_witness_of_its_own_choices(menu):
    """Its second trial at the table does not make its first one likely."""
    alone = log_of([0, 1], [0, 1], [0, 0], [np.nan] * 2)
    twice = log_of([0, 0, 1], [0, 0, 1], [0, 0, 0], [np.nan] * 3)
    cards = three(menu)
    assert _features(twice, cards)[0] == pytest.approx(_features(alone, cards)[0])


def test_the_logit_stands_where_its_penalised_likelihood_is_highest():
    """Against a search without derivatives, on made-up features."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    features, allowed = rng.normal(size=(40, 5, 3)), rng.random((40, 5)) < 0.8
    chosen = rng.integers(0, 5, 40)
    allowed[np.arange(40), chosen] = True

    def loss(w):
        utility = np.where(allowed, features @ w, -np.inf)
        fit = utility[np.arange(40), chosen] - np.log(np.exp(utility).sum(axis=1))
        prior = (w - [1, 0, 0]) ** 2 @ np.array([4, 4, 0.25]) / 2
        return prior - fit.sum()

    found = minimize(loss, [1, 0, 0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert _fit(features, allowed, chosen) == pytest.approx(found.x, abs=1e-5)


def test_what_was_logged_stays_and_the_rest_is_estimated(menu):
    evidence = log_of([0, 0, 1, 2], [0, 1, 2, 3], [0, 0, 0, 0], [np.nan, 0.4, np.nan, 1.0])
    suits = np.ones((4, 3), np.bool_)
    found = propensities(evidence, three(menu), suits, folds(evidence.company, 0))
    assert (found[1], found[3]) == (0.4, 1.0)
    assert ((found >= FLOOR) & (found <= 1)).all()
    logged = log_of([0, 1], [0, 1], [0, 0], [0.2, 0.3])
    assert propensities(logged, three(menu), suits[:2], []).tolist() == [0.2, 0.3]


def test_a_card_that_was_out_of_reach_had_no_chance_unless_it_was_chosen(menu):
    evidence = log_of([0, 1, 1, 2], [0, 1, 2, 3], [0] * 4, [np.nan] * 4)
    suits = np.tile([True, True, False], (4, 1))
    dealt = folds(evidence.company, 0)
    closed = estimated(evidence, three(menu), suits, dealt)
    opened = estimated(evidence, three(menu), np.ones((4, 3), np.bool_), dealt)
    assert (closed[:3] > opened[:3]).all()
    assert closed[3] > 0


def simulated(world, n, seed, menu, folder):
    """Return trials of which every propensity is known."""
    told = read_worlds()[world]
    choice = told.choice.model_copy(update={"propensity_logged": 1.0})
    told = told.model_copy(update={"choice": choice})
    rng = np.random.default_rng([zlib.crc32(world.encode()), seed])
    simulate_world(told, n, menu, 0, rng).trials.to_csv(folder / "t.csv", index=False)
    return gather(read_trials(folder / "t.csv", menu).frame, menu)


@pytest.mark.parametrize("world", ["interactions", "confounded"])
def test_the_estimate_is_closer_to_the_truth_than_the_share_at_the_table(tmp_path, menu, world):
    """Log loss of the choices, and RMS log ratio to the true chances, mean of 4 worlds."""
    cards, losses, errors = cards_of(menu), [], []
    for seed in range(4):
        evidence = simulated(world, 90, seed, menu, tmp_path)
        true = evidence.frame["propensity"].to_numpy(float)
        suits = all_suitable(menu, evidence)
        place = np.arange(len(evidence)), evidence.cards
        table = np.exp(_features(evidence, cards)[..., 0])[place]
        ours = estimated(evidence, cards, suits, folds(evidence.company, seed))
        known = ~np.isnan(true)
        losses.append([-np.log(e[known]).mean() for e in (table, ours, true)])
        errors.append([np.sqrt(np.mean(np.log(e / true)[known] ** 2)) for e in (table, ours)])
    loss, error = np.mean(losses, axis=0), np.mean(errors, axis=0)
    assert loss[2] < loss[1] < loss[0] - 0.1
    assert error[1] < error[0] - 0.1

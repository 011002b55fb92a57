"""How many more companies: by hand, and by adding them in simulation."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from matcher.evaluation.sample_size import (
    MOST_COMPANIES,
    more_companies,
    pair_needs,
    trial_rates,
    trial_variance,
)
from matcher.model.fitted import expert_model
from matcher.training.evidence import Evidence
from tests.matcher.gains import gains_of

Z80 = norm.ppf(0.8)


def test_companies_to_add_by_hand():
    """d = .05, s = .08: (.8416 / .05)^2 = 283.3, less 1 / .0064 = 156.25, at 2 per company: 64."""
    assert more_companies(0.05, 0.08, 2.0, 0.8) == 64


APART = {
    "sure already": ((1.0, 0.1, 1.0, 0.8), 0),
    "known exactly": ((0.1, 0.0, 1.0, 0.8), 0),
    "just sure": ((Z80, 1.0, 1.0, 0.8), 0),
    "alike": ((0.0, 0.1, 1.0, 0.8), None),
    "nothing comes in": ((0.01, 0.1, 1e-9, 0.8), None),
    "just too many": ((0.01, 1.0, (Z80**2 * 1e4 - 1) / (MOST_COMPANIES + 1), 0.8), None),
}


@pytest.mark.parametrize(("asked", "need"), APART.values(), ids=APART.keys())
def test_the_ends_of_the_scale(asked, need):
    assert more_companies(*asked) == need


_amount = st.floats(0.01, 2.0)


@given(_amount, _amount, st.floats(0.5, 50.0), st.floats(0.55, 0.99))
def test_with_so_many_it_is_sure_and_with_one_fewer_it_is_not(d, s, information, level):
    need = more_companies(d, s, information, level)
    if need is None or need == 0:
        return

    def certainty(n):
        return norm.cdf(d * math.sqrt(s**-2 + n * information))

    assert certainty(need) >= level - 1e-9
    assert certainty(need - 1) < level + 1e-9


def test_adding_that_many_companies_makes_it_as_sure_as_was_said():
    """The difference is .2, believed N(.2, .4^2); 40 000 experiments of the companies to add."""
    d, s, information = 0.2, 0.4, 0.02
    need = more_companies(d, s, information, 0.8)
    assert need > 500  # so that rounding up to a whole company is lost in the third decimal
    rng = np.random.default_rng(5)
    seen = rng.normal(d, (need * information) ** -0.5, 40_000)
    precision = s**-2 + need * information
    mean = (d * s**-2 + seen * need * information) / precision
    # Median over experiments of the belief that the better one is better.
    assert np.median(norm.cdf(mean * np.sqrt(precision))) == pytest.approx(0.8, abs=0.005)


def test_the_variance_of_one_trial_against_a_million_of_them():
    p_started, p_completed, gain, share, error = 0.7, 0.6, 0.5, 0.25, 0.09
    rng = np.random.default_rng(6)
    n = 1_000_000
    kept = np.where(rng.random(n) < p_completed, 1.0, share)
    drawn = np.where(rng.random(n) < p_started, kept * gain + rng.normal(0, np.sqrt(error), n), 0.0)
    found = trial_variance(
        np.array([p_started]), np.array([p_completed]), np.array([gain]), share, error
    )
    assert found[0] == pytest.approx(drawn.var(), rel=0.01)


def log_of(cards, states, gains):
    n = len(cards)
    frame = pd.DataFrame({"state": np.array(states, object)})
    measured = gains_of(np.array(gains, float), np.full(n, 0.01))
    return Evidence(frame, (None,) * n, np.array(cards), np.arange(n), np.full(n, -1), measured)


def test_the_rate_counts_trials_whose_gain_is_known_by_hand():
    """Four companies: card 0 measured and never started, card 1 not measured, card 2 never."""
    evidence = log_of(
        [0, 0, 1, 1],
        ["finished", "not_started", "finished", "unknown"],
        [0.2, np.nan, np.nan, np.nan],
    )
    assert trial_rates(evidence, 3) == pytest.approx([2.5 / 5, 0.5 / 5, 0.5 / 5])


def test_every_pair_is_named_once_the_likelier_better_one_first(menu, expert):
    model = expert_model(menu, expert)
    evidence = log_of([0, 5, 5], ["finished"] * 3, [0.1, 0.2, 0.0])
    found = pair_needs(evidence, model)
    rankable = [card.id for card in menu if not card.enabler]
    assert len(found) == 25 * 24 / 2
    named = {frozenset((pair.first, pair.second)) for pair in found}
    assert len(named) == len(found)
    assert frozenset.union(*named) == set(rankable)
    for pair in found:
        assert pair.difference >= 0 < pair.sd
        assert pair.p_better >= 0.5
        assert (pair.more_companies == 0) == (pair.p_better >= model.facts.tie_level)
    needs = [math.inf if p.more_companies is None else p.more_companies for p in found]
    assert needs == sorted(needs)


def test_a_pair_is_seen_when_both_cards_have_five_trials_with_a_known_result(menu, expert):
    """Cards 0 and 5 have five, one of them idle; card 7 has five of which one is not known."""
    cards = [0] * 5 + [5] * 5 + [7] * 5
    states = ["not_started", *["finished"] * 14]
    gains = [np.nan, *[0.1] * 13, np.nan]
    found = pair_needs(log_of(cards, states, gains), expert_model(menu, expert))
    seen = [frozenset((pair.first, pair.second)) for pair in found if pair.seen]
    assert seen == [frozenset((menu.ids[0], menu.ids[5]))]


def test_a_stricter_level_asks_for_more_companies(menu, expert):
    model = expert_model(menu, expert)
    evidence = log_of([0, 5, 5], ["finished"] * 3, [0.1, 0.2, 0.0])
    strict = replace(model, facts=replace(model.facts, tie_level=0.9))

    def needs(asked):
        found = pair_needs(evidence, asked)
        return {
            (p.first, p.second): math.inf if p.more_companies is None else p.more_companies
            for p in found
        }

    loose, tight = needs(model), needs(strict)
    assert all(tight[pair] >= loose[pair] for pair in loose)
    assert tight != loose

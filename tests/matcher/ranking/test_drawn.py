"""The engine's sums and counts, against the definitions they stand for."""

import random
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.special import ndtr

from matcher.design.cards import cards_of
from matcher.design.encoding import encode
from matcher.design.expert import HEADS, read_expert
from matcher.design.pairs import PAIR_NAMES
from matcher.design.terms import layout_of, rows
from matcher.menu.card import read_menu
from matcher.model.fitted import expert_model
from matcher.paths import EXPERT, MENU
from matcher.profile.schema import NO_CONSTRAINTS, PROFILE_FIELDS, Constraints, read_profile
from matcher.ranking.compiled import CHANCES, Compiled
from matcher.ranking.conditions import Companions, Rules, judge
from matcher.ranking.draws import IN_PROPORTION, MET, OF_THE_CARD
from matcher.ranking.engine import Engine
from matcher.ranking.reasons import Answers, shapley
from matcher.ranking.ties import tied_names, times
from matcher.vocabulary import NEEDS, PRESSURES

MENU_CARD, EXPERT_PRIOR = read_menu(MENU), read_expert(EXPERT)
PLAIN = {"employees": 38, "sector": "F", "sbi_version": "2008", "staffing_pressure": "krap"}
OPTIONAL = {
    "province": ["groningen", "friesland", "drenthe", "anders"],
    "transitions": [[], ["zorg"], ["energie", "circulair"]],
    "shift_work": ["nee", "deels", "ja"],
    "location_work": ["nee", "deels", "ja"],
    "hr_function": ["geen", "erbij", "parttime", "afdeling"],
    "training_budget": ["geen", "tot_500", "tot_1500", "meer"],
    "oo_fund": [True, False],
    "works_council": ["geen", "pvt", "or"],
    "recognised_training_company": [True, False],
    "share_practical": ["laag", "midden", "hoog"],
    "flex_share": ["laag", "midden", "hoog"],
    "age55_share": ["laag", "midden", "hoog"],
    "running_slim": [True, False],
    "culture_baseline": [2.5, 3.6, 4.4],
    "owner_support": [1.0, 3.5, 5.0],
}


def random_profile(rng, answered=0.7):
    known = {n: rng.choice(answers) for n, answers in OPTIONAL.items() if rng.random() < answered}
    asked = {
        "employees": rng.choice([1, 2, 4, 5, 8, 9, 24, 25, 60, 180, 400]),
        "sector": rng.choice("ACFGQ"),
        "needs": rng.sample(NEEDS, rng.randint(1, 5)),
        "staffing_pressure": rng.choice(PRESSURES),
    }
    return read_profile(PLAIN | asked | known)


def random_profiles(n, seed=1, answered=0.7):
    rng = random.Random(seed)
    return [random_profile(rng, answered) for _ in range(n)]


@pytest.fixture(scope="module")
def model():
    """A model in which every coefficient of every head has a value of its own."""
    start = expert_model(MENU_CARD, EXPERT_PRIOR)
    rng = np.random.default_rng(3)
    heads = {
        head: replace(
            fitted,
            mean=fitted.mean + rng.normal(0, 0.05, fitted.mean.shape),
            draws=fitted.draws + rng.normal(0, 0.05, fitted.draws.shape).astype(np.float32),
            group_sd=(0.3, 0.2),
        )
        for head, fitted in start.heads.items()
    }
    return replace(start, heads=heads)


def test_every_optional_field_is_among_the_random_answers():
    assert set(OPTIONAL) | set(PLAIN) | {"needs"} == set(PROFILE_FIELDS)


def test_every_pair_feature_is_drawn_in_one_way():
    ways = [*IN_PROPORTION, *OF_THE_CARD, *MET, "first_need"]
    assert sorted(ways) == sorted(PAIR_NAMES)


def test_means_and_draws_equal_the_long_row_of_the_design(model):
    """Every head, card and draw, for companies that answer everything, and one of a study."""
    compiled, cards = Compiled(model), cards_of(model.menu)
    whole = random_profiles(5, answered=1.0)
    left_open = dict.fromkeys(("employees", "needs", "staffing_pressure"))
    for profile in (*map(encode, whole), encode(dict(whole[0]) | left_open)):
        asked = compiled.ask(profile)
        means, drawn = compiled.latent(compiled.terms(asked)), compiled.drawn(asked).astype(float)
        # A step is of the answer itself; the width that averages a company's level out is in it.
        drawn[: len(CHANCES)] *= compiled.steps[:, :, None]
        for i, head in enumerate(HEADS):
            layout, fitted = layout_of(head, model.expert, cards), model.heads[head]
            for place in range(cards.n):
                x = rows(layout, [profile], cards, [place])[0]
                assert means[i, place] == pytest.approx(x @ fitted.mean, abs=1e-12)
                assert drawn[i, place] == pytest.approx(x @ fitted.draws.astype(float), abs=5e-6)


def test_kept_cases_of_the_conditions_are_those_of_the_profile_itself():
    rules, companions = Rules(MENU_CARD), Companions(MENU_CARD)
    limits = (NO_CONSTRAINTS, Constraints(max_lead_weeks=4.0), Constraints(exclude=("bbl",)))
    for profile in random_profiles(400):
        for constraints in limits:
            verdict, goes_with = rules.of(profile, constraints)
            expected = judge(MENU_CARD, profile, constraints)
            assert np.array_equal(verdict.suitable, expected.suitable)
            assert verdict.warnings == expected.warnings
            assert verdict.refusals == expected.refusals
            assert list(goes_with) == companions.of(profile, constraints)


def test_a_kept_case_cannot_be_changed_by_who_reads_it():
    verdict, _ = Rules(MENU_CARD).of(random_profiles(1)[0], NO_CONSTRAINTS)
    with pytest.raises(ValueError, match="read-only"):
        verdict.suitable[0] = False


@pytest.mark.parametrize("n", [1, 2, 9, 10, 18, 26, 40])
def test_how_often_one_place_gains_more_than_another_is_counted(n):
    """Counts from 0 to all 256 draws, the one that a byte cannot hold."""
    rng = np.random.default_rng(n)
    draws = (rng.normal(size=(n, 256)) - 0.4 * np.arange(n)[:, None]).astype(np.float32)
    counted = times(draws[:, None] > draws[None])
    for i in range(n):
        for j in range(n):
            assert counted[i, j] == (draws[i] > draws[j]).sum()
    assert n < 26 or counted.max() == 256


def test_ties_are_named_in_rank_order():
    ties = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]], bool)
    assert tied_names(ties, ["a", "b", "c"]) == [("b", "c"), ("a",), ("a",)]


def test_chances_of_the_best_three_and_ties_follow_from_the_draws(model):
    engine = Engine(model, "v")
    for profile in random_profiles(8):
        lines = engine.rank(profile).recommendations
        draws = engine.gain_draws(encode(profile))
        draws = draws[[engine.menu.ids.index(line.intervention) for line in lines]]
        best = np.argsort(-draws, axis=0)[:3]
        for place, line in enumerate(lines):
            assert line.p_top3 == pytest.approx((best == place).any(axis=0).mean())
            level = model.facts.tie_level
            tied = tuple(
                other.intervention
                for i, other in enumerate(lines)
                if i != place and (draws[min(i, place)] > draws[max(i, place)]).mean() < level
            )
            assert line.tied_with == tied


@pytest.mark.parametrize("n_groups", [1, 2, 5])
def test_shares_equal_their_mean_contribution_over_every_order(n_groups):
    """By the definition, with the exact chances; the table may differ by 1e-5 point."""
    rng = np.random.default_rng(n_groups)
    level = np.array([0.6, 0.4, 0.1])
    terms = rng.normal(0, 1, (n_groups, 3, 2)) * np.array([0.4, 0.4, 0.05])[:, None]
    spread, share = rng.uniform(0.1, 0.5, (2, 2)), 0.25

    def gain(members):
        latent = level[:, None] + terms[list(members)].sum(axis=0)
        start, finish = ndtr(latent[:2] / np.sqrt(1 + spread))
        return start * (share + (1 - share) * finish) * latent[2]

    expected = np.zeros((n_groups, 2))
    orders = list(permutations(range(n_groups)))
    for order in orders:
        for place, group in enumerate(order):
            expected[group] += gain(order[: place + 1]) - gain(order[:place])
    mean = gain(range(n_groups))
    base, shares = shapley(level, terms, Answers(spread, mean, [9, 9]), share)
    assert base == pytest.approx(gain([]), abs=1e-12)
    assert shares == pytest.approx(expected / len(orders), abs=1e-5)
    assert base + shares.sum(axis=0) == pytest.approx(mean, abs=1e-12)


def test_a_group_that_says_nothing_has_no_share():
    terms = np.array([[[0.2], [0.1], [0.03]], [[0.0], [0.0], [0.0]]])
    level, spread = np.array([0.6, 0.4, 0.1]), np.full((2, 1), 0.2)
    start, finish = ndtr((level[:2] + terms[0, :2, 0]) / np.sqrt(1.2))
    mean = np.array([start * (0.25 + 0.75 * finish) * 0.13])
    _, shares = shapley(level, terms, Answers(spread, mean, [9]), 0.25)
    assert abs(shares[1, 0]) < 5e-6

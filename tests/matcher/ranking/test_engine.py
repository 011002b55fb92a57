"""One profile against the menu: numbers by a second method, rules of the ranking, properties."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from matcher.design.cards import cards_of
from matcher.design.encoding import encode
from matcher.design.expert import HEADS, read_expert
from matcher.design.setup import Setup
from matcher.design.terms import layout_of, rows
from matcher.errors import InvalidProfile
from matcher.menu.card import read_menu
from matcher.model.fitted import carried_to, cell_of, expert_model
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.profile.schema import Constraints, read_profile
from matcher.ranking.engine import Engine
from matcher.ranking.reasons import SHARED_CODES, top_reasons
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from matcher.vocabulary import NEEDS, PRESSURES

VALID = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken", "digitaal"],
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "hr_function": "erbij",
}


@pytest.fixture(scope="module")
def menu():
    return read_menu(MENU)


@pytest.fixture(scope="module")
def expert():
    return read_expert(EXPERT)


@pytest.fixture(scope="module")
def beforehand(menu, expert):
    return Engine(expert_model(menu, expert), "expert")


@pytest.fixture(scope="module")
def model(menu, expert):
    trials = read_trials(TRIALS, menu)
    model, _ = fit(gather(trials.frame, menu), Setup(menu, expert))
    return replace(model, facts=replace(model.facts, simulated=trials.simulated))


@pytest.fixture(scope="module")
def trained(model):
    return Engine(model, "trained")


ANSWERED = {
    "province": "drenthe",
    "transitions": ["energie"],
    "shift_work": "ja",
    "location_work": "deels",
    "hr_function": "parttime",
    "training_budget": "tot_500",
    "oo_fund": True,
    "works_council": "pvt",
    "recognised_training_company": False,
    "share_practical": "hoog",
    "flex_share": "laag",
    "age55_share": "midden",
    "running_slim": False,
    "culture_baseline": 4.2,
    "owner_support": 2.0,
}
"""Every question that need not be answered: what is not known is averaged over (test_unknown)."""

profiles = st.fixed_dictionaries(
    {
        "employees": st.integers(1, 400),
        "sector": st.sampled_from("ABCDEFGHIJKLMNOPQRSTU"),
        "sbi_version": st.just("2008"),
        "needs": st.lists(st.sampled_from(NEEDS), min_size=1, max_size=5, unique=True),
        "staffing_pressure": st.sampled_from(PRESSURES),
    },
    optional={
        "shift_work": st.sampled_from(["nee", "deels", "ja"]),
        "hr_function": st.sampled_from(["geen", "erbij", "parttime", "afdeling"]),
        "owner_support": st.floats(1, 5),
        "culture_baseline": st.floats(1, 6),
        "recognised_training_company": st.booleans(),
        "transitions": st.lists(st.sampled_from(["zorg", "energie"]), unique=True),
    },
)


def test_the_compiled_answer_equals_the_long_row_of_the_design(model, trained):
    """Chances and gain of every card from X @ w, written out without the engine's matrices."""
    profile = encode(read_profile(VALID | ANSWERED))
    cards = cards_of(model.menu)
    numbers = trained.predictions(profile)
    for place in range(cards.n):
        answer = {}
        for head in HEADS:
            layout = layout_of(head, model.expert, cards)
            x = rows(layout, [profile], cards, [place])[0]
            fitted = model.heads[head]
            latent, drawn = x @ fitted.mean, x @ fitted.draws.astype(float)
            if head == "gain":
                answer[head] = latent
            else:
                spread = 1 + drawn.var() + sum(sd**2 for sd in fitted.group_sd)
                answer[head] = norm.cdf(latent / np.sqrt(spread))
        kept = model.facts.stopped_share
        expected = answer["started"] * (
            answer["completed"] * answer["gain"] + (1 - answer["completed"]) * kept * answer["gain"]
        )
        assert numbers.p_started[place] == pytest.approx(answer["started"], abs=1e-5)
        assert numbers.p_completed[place] == pytest.approx(answer["completed"], abs=1e-5)
        assert numbers.expected_gain[place] == pytest.approx(expected, abs=1e-6)


def test_without_trials_an_ordinary_pair_gets_the_base_rates(beforehand, expert):
    """The experts' .75 and .70 hold for a card and company at which all parts are near zero."""
    profile = encode(read_profile(VALID | {"staffing_pressure": "krap"}))
    numbers = beforehand.predictions(profile)
    plain = beforehand.menu.ids.index("korte-vakcursus")
    # krap moves P(started) a quarter of the very tight step upward, no more than .05.
    assert numbers.p_started[plain] == pytest.approx(expert.started.base, abs=0.06)
    assert numbers.p_completed[plain] == pytest.approx(expert.completed.base, abs=0.02)


@settings(max_examples=60, deadline=None)
@given(profiles)
def test_a_ranking_keeps_its_rules(trained, raw):
    ranking = trained.rank(read_profile(raw), explain=100)
    lines = ranking.recommendations
    named = [line.intervention for line in lines]
    aside = [line.intervention for line in (*ranking.not_suitable, *ranking.enablers)]
    assert sorted(named + aside) == sorted(trained.menu.ids)
    assert [line.rank for line in lines] == list(range(1, len(lines) + 1))
    means = [line.expected_gain.mean for line in lines]
    assert means == sorted(means, reverse=True)
    assert sum(line.p_top3 for line in lines) == pytest.approx(min(3, len(lines)))
    tied = {line.intervention: set(line.tied_with) for line in lines}
    for line in lines:
        assert line.expected_gain.low < line.expected_gain.mean < line.expected_gain.high
        assert 0 < line.p_started < 1
        assert 0 < line.p_completed < 1
        shares = sum(reason.effect for reason in line.reasons)
        assert shares == pytest.approx(line.expected_gain.mean, abs=1e-9)
        assert all(line.intervention in tied[other] for other in line.tied_with)
        assert line.intervention not in line.tied_with


def test_the_same_question_gets_the_same_answer(trained):
    first, second = (trained.rank(read_profile(VALID)) for _ in range(2))
    assert first == second


def test_both_schemes_of_sectors_rank_the_same_company_the_same(trained):
    """Home care is Q in SBI 2008 and R in SBI 2025."""
    old = trained.rank(read_profile(VALID | {"sector": "Q", "sbi_version": "2008"}))
    new = trained.rank(read_profile(VALID | {"sector": "R", "sbi_version": "2025"}))
    assert old == new


def test_unknown_is_not_no(trained):
    unknown = trained.rank(read_profile(VALID)).recommendations
    no = trained.rank(read_profile(VALID | {"shift_work": "nee"})).recommendations
    assert [line.expected_gain for line in unknown] != [line.expected_gain for line in no]


def test_shares_are_shapley_values(model, trained):
    """Against the definition: the mean contribution over every order of the groups."""
    profile = read_profile(VALID | ANSWERED)
    encoded = encode(profile)
    line = trained.rank(profile).recommendations[0]
    place = trained.menu.ids.index(line.intervention)
    compiled, heads = trained._compiled, model.heads
    codes = {h: [code for _, code in compiled.layouts[h].lines] for h in HEADS}
    asked = compiled.ask(encoded)
    now = compiled.apart(asked, compiled.terms(asked), np.array([place])).now[:, 0]
    level = dict(zip(HEADS, compiled.level, strict=True))
    stops = np.cumsum([len(codes[h]) for h in HEADS])
    parts = dict(zip(HEADS, np.split(now, stops[:-1]), strict=True))
    groups = [reason.code for reason in line.reasons if reason.code != "level"]
    terms = {
        h: {
            code: sum(term for term, c in zip(parts[h], codes[h], strict=True) if c == code)
            for code in groups
        }
        for h in HEADS
    }
    x = {h: rows(compiled.layouts[h], [encoded], compiled.cards, [place])[0] for h in HEADS}
    spread = {
        h: 1 + (x[h] @ heads[h].draws.astype(float)).var() + heads[h].nuisance_variance
        for h in HEADS
    }

    def worth(members):
        latent = {h: level[h] + sum(terms[h][code] for code in members) for h in HEADS}
        start = norm.cdf(latent["started"] / np.sqrt(spread["started"]))
        finish = norm.cdf(latent["completed"] / np.sqrt(spread["completed"]))
        kept = model.facts.stopped_share
        return start * (kept + (1 - kept) * finish) * latent["gain"]

    few = sorted(groups, key=lambda c: -abs(next(r.effect for r in line.reasons if r.code == c)))[
        :5
    ]
    rest = [code for code in groups if code not in few]
    # Merging the small groups into one keeps the sum of their shares out of the comparison:
    # the value of the five is compared in a game in which the rest are one more player.
    players = [*([code] for code in few), rest] if rest else [[code] for code in few]
    shares = np.zeros(len(players))
    orders = list(permutations(range(len(players))))
    for order in orders:
        members = []
        for player in order:
            before = worth(members)
            members = members + players[player]
            shares[player] += (worth(members) - before) / len(orders)
    told = {reason.code: reason.effect for reason in line.reasons}
    assert told["level"] == pytest.approx(worth([]), abs=1e-6)
    for player, code in enumerate(few):
        # The rest are tiny, so joining them moves the others' shares by far less than a thousandth.
        assert told[code] == pytest.approx(shares[player], abs=5e-4)


def test_reasons_that_count_for_every_card_are_not_given_for_one(trained):
    for line in trained.rank(read_profile(VALID)).recommendations[:5]:
        told = top_reasons(line.reasons)
        assert not SHARED_CODES & {reason.code for reason in told}
        assert [r.effect > 0 for r in told] == sorted([r.effect > 0 for r in told], reverse=True)


EXCLUDED = {
    "too small a company": (
        {"employees": 9},
        {},
        "bedrijfsschool",
        "min_employees",
        {"employees": 10},
    ),
    "no recognised company": (
        {"recognised_training_company": False},
        {},
        "bbl",
        "recognised_training_company",
        {"recognised_training_company": True},
    ),
    "named in exclude": ({}, {"exclude": ["bbl"]}, "bbl", "exclude", {}),
    "too many hours": (
        {},
        {"max_hours_per_participant": 16},
        "mbo-certificaat",
        "max_hours_per_participant",
        {"max_hours_per_participant": 60},
    ),
    "too long a wait": ({}, {"max_lead_weeks": 4}, "bbl", "max_lead_weeks", {"max_lead_weeks": 8}),
    "too dear": ({}, {"max_cost_band": 1}, "leercoach", "max_cost_band", {"max_cost_band": 2}),
}


@pytest.mark.parametrize(
    ("change", "limits", "card", "condition", "nearest"), EXCLUDED.values(), ids=EXCLUDED.keys()
)
def test_a_card_is_set_aside_with_the_rule_it_fails(
    trained, change, limits, card, condition, nearest
):
    ranking = trained.rank(read_profile(VALID | change), Constraints.model_validate(limits))
    aside = {line.intervention: line for line in ranking.not_suitable}
    assert aside[card].condition == condition
    assert aside[card].nearest_change == nearest
    assert card not in {line.intervention for line in ranking.recommendations}
    if nearest and condition in VALID | change:
        opened = trained.rank(read_profile(VALID | change | nearest))
        assert card in {line.intervention for line in opened.recommendations}


def test_an_unknown_answer_warns_and_does_not_exclude(trained):
    line = next(
        line
        for line in trained.rank(read_profile(VALID)).recommendations
        if line.intervention == "bbl"
    )
    assert "recognised_training_company" in {warning.field for warning in line.warnings}


@pytest.mark.parametrize(
    ("pressure", "offered"), [("zeer_krap", True), ("krap", True), ("ruim", False)]
)
def test_lending_staff_comes_along_when_hours_are_many_and_people_scarce(
    trained, pressure, offered
):
    ranking = trained.rank(read_profile(VALID | {"staffing_pressure": pressure}))
    goes_with = {line.intervention: line.goes_with for line in ranking.recommendations}
    assert ("collegiale-uitleen" in goes_with["bbl"]) is offered
    assert "collegiale-uitleen" not in goes_with["ontwikkelgesprek"]
    assert [line.intervention for line in ranking.enablers] == ["collegiale-uitleen"]


def test_an_unknown_card_in_exclude_is_refused_with_its_place(trained):
    with pytest.raises(InvalidProfile) as refusal:
        trained.rank(read_profile(VALID), Constraints(exclude=("bbl", "cursus")))
    assert [fault.where for fault in refusal.value.faults] == ["/constraints/exclude/1"]


def test_nothing_left_is_an_empty_ranking(trained):
    ranking = trained.rank(read_profile(VALID), Constraints(exclude=tuple(trained.menu.ids)))
    assert ranking.recommendations == ()
    assert len(ranking.not_suitable) == len(trained.menu.rankable)


def test_a_company_unlike_any_is_called_outside(beforehand, trained):
    assert beforehand.rank(read_profile(VALID)).known_case == "outside"
    assert trained.rank(read_profile(VALID)).known_case in ("seen", "near")


def test_comparable_trials_widen_from_sector_to_size_to_all_that_may_be_told(model, trained):
    """Of a card of which the number may be told, at least five are told of."""
    profile = read_profile(VALID)
    sector, size, _ = cell_of(encode(profile))
    for line in trained.rank(profile).recommendations:
        card = trained.menu.ids.index(line.intervention)
        own = model.support[..., card]
        groups = (own[sector].sum(), own[:, size].sum(), own.sum())
        told = trained.trials_of(line.intervention)
        assert line.comparable_trials in (0, *groups)
        assert (line.comparable_trials >= 5) == bool(told.exact)


def test_larger_than_an_sme_is_ranked_with_a_notice(trained):
    assert "beyond_sme" in trained.rank(read_profile(VALID | {"employees": 250})).notices
    assert "beyond_sme" not in trained.rank(read_profile(VALID | {"employees": 249})).notices


def test_simulated_data_and_silence_of_data_are_noticed(beforehand, trained):
    assert "simulated" in trained.rank(read_profile(VALID)).notices
    assert "expert_only" in beforehand.rank(read_profile(VALID)).notices


def test_wider_intervals_are_wider_beliefs_in_every_answer(trained, model):
    """Twice as wide: the draws behind ties, best threes and lots are so too; no mean moves."""
    wide = Engine(replace(model, facts=replace(model.facts, interval_factor=2.0)), "wide")
    profile = read_profile(VALID)
    one, two = trained.rank(profile), wide.rank(profile)
    for before, after in zip(one.recommendations, two.recommendations, strict=True):
        assert after.expected_gain.mean == before.expected_gain.mean
        width = before.expected_gain.high - before.expected_gain.low
        assert after.expected_gain.high - after.expected_gain.low == pytest.approx(2 * width)
        assert set(before.tied_with) <= set(after.tied_with)
    assert sum(len(r.tied_with) for r in two.recommendations) > sum(
        len(r.tied_with) for r in one.recommendations
    )
    encoded = encode(profile)
    narrow, broad = trained.gain_draws(encoded), wide.gain_draws(encoded)
    assert broad.std(axis=1) == pytest.approx(2 * narrow.std(axis=1), rel=1e-4)
    assert broad.mean(axis=1) == pytest.approx(narrow.mean(axis=1), abs=1e-5)


def test_a_reordered_menu_changes_no_number(model, trained, menu):
    turned = replace(menu, interventions=tuple(reversed(menu.interventions)))
    other = Engine(carried_to(model, turned), "turned").rank(read_profile(VALID))
    for line in trained.rank(read_profile(VALID)).recommendations:
        same = next(x for x in other.recommendations if x.intervention == line.intervention)
        assert same.expected_gain.mean == pytest.approx(line.expected_gain.mean, abs=1e-6)
        assert same.comparable_trials == line.comparable_trials


def test_a_new_card_starts_at_the_prior_and_a_gone_one_is_dropped(model, menu):
    new = menu.by_id["microlearning"].model_copy(update={"id": "lunchlezing"})
    changed = replace(menu, interventions=(*menu.interventions[1:], new))
    ranking = Engine(carried_to(model, changed), "changed").rank(read_profile(VALID))
    lines = {line.intervention: line for line in ranking.recommendations}
    assert "leercoach" not in lines
    assert lines["lunchlezing"].comparable_trials == 0
    carried = carried_to(model, changed).heads["gain"]
    own = layout_of("gain", model.expert, cards_of(changed)).columns["cards"].stop - 1
    assert carried.mean[own] == 0.0
    # 128 independent pairs of draws know a standard deviation to 6 %.
    assert carried.draws[own].std() == pytest.approx(carried.block_sd["cards"], rel=0.25)

"""The ranking benchmark: measures by hand, second-hand worlds by brute force, resumed runs."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.special import expit
from scipy.stats import multivariate_normal

from matcher.design.cards import cards_of
from matcher.design.setup import Setup
from matcher.design.terms import telling
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.training.questions import question
from tests.benchmarks.experts import log_evidence
from tests.benchmarks.ranking import public, rows, second_hand, store, worlds
from tests.benchmarks.ranking.__main__ import main
from tests.benchmarks.ranking.aims import findings
from tests.benchmarks.ranking.methods import LIBRARIES, METHODS, method, what_it_is
from tests.benchmarks.ranking.metrics import Answer, measure, normal_intervals, ordered
from tests.benchmarks.ranking.page import document, page
from tests.benchmarks.ranking.plots import plots
from tests.benchmarks.ranking.run import Cell, Plan, Stamps, make_task, solve_one, stamps
from tests.benchmarks.ranking.sections import Run, sections
from tests.benchmarks.ranking.store import Result
from tests.benchmarks.ranking.summary import best_peer, difference, frame_of, over_worlds

MENU_CARD = read_menu(MENU)

# Measures, by hand. Two profiles, four cards; the last card of the second profile is not allowed.
TRUTH = np.array([[0.4, 0.1, 0.3, 0.0], [0.0, 0.2, 0.1, np.nan]])
ALLOWED = np.array([[True, True, True, True], [True, True, True, False]])
SCORE = np.array([[0.1, 0.9, 0.5, 0.2], [0.3, 0.1, 0.2, 9.0]])


def measured(score, **more):
    return measure(Answer(np.asarray(score, dtype=float), **more), TRUTH, ALLOWED)


def test_regret_is_what_the_first_choice_misses_over_what_a_random_card_misses():
    """Best .4 and .2, means .2 and .1, chosen .1 and .0: (.3 + .2) / (.2 + .1)."""
    assert measured(SCORE)["regret"] == pytest.approx(0.5 / 0.3)


def test_regret_of_three_counts_the_best_of_the_first_three():
    """The first misses card 1 (places 2, 3, 4): best shown .3; the second shows all three."""
    assert measured(SCORE)["regret3"] == pytest.approx(0.1 / 0.3)


def test_ndcg_by_hand():
    """Above the worst card, in the order shown: .1 .3 .0 of an ideal .4 .3 .1; then .0 .1 .2 of
    an ideal .2 .1 .0. Discounts 1, 1 / log2(3), 1 / 2.
    """
    half = 1 / np.log2(3)
    first = (0.1 + 0.3 * half) / (0.4 + 0.3 * half + 0.1 / 2)
    second = (0.0 + 0.1 * half + 0.2 / 2) / (0.2 + 0.1 * half)
    assert measured(SCORE)["ndcg3"] == pytest.approx((first + second) / 2)


def test_the_truth_as_score_is_perfect():
    result = measured(np.nan_to_num(TRUTH))
    assert (result["regret"], result["regret3"], result["ndcg3"]) == pytest.approx((0, 0, 1))


def test_a_random_order_misses_what_a_random_card_misses():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(20_000, 6))
    result = measure(Answer(rng.random(truth.shape)), truth, np.ones(truth.shape, bool))
    assert result["regret"] == pytest.approx(1, abs=0.04)


def test_a_card_that_is_not_allowed_is_never_chosen():
    assert ordered(SCORE, ALLOWED).tolist() == [[1, 2, 3], [0, 2, 1]]


def test_equal_scores_keep_the_order_of_the_menu():
    assert ordered(np.zeros((1, 4)), np.ones((1, 4), bool)).tolist() == [[0, 1, 2]]


def test_where_all_cards_are_alike_there_is_no_regret_to_speak_of():
    alike = np.full((3, 4), 0.2)
    result = measure(Answer(alike), alike, np.ones(alike.shape, bool))
    assert (result["regret"], result["regret3"], result["ndcg3"]) == (None, None, None)


def test_coverage_and_width_by_hand():
    """Intervals of 0 to .2: all but .4 and .3 hold, 5 of 7; the first cards are .1 and .0."""
    low, high = np.zeros(TRUTH.shape), np.full(TRUTH.shape, 0.2)
    bounds = dict.fromkeys((0.8, 0.95), (low, high))
    result = measured(SCORE, intervals=bounds)
    assert result["coverage80"] == pytest.approx(5 / 7)
    assert result["coverage80_first"] == 1
    assert result["width80"] == pytest.approx(0.2)


def test_intervals_of_the_right_width_need_no_stretch():
    rng = np.random.default_rng(1)
    sd = np.full((4000, 10), 0.3)
    truth = rng.normal(0, 0.3, sd.shape)
    answer = Answer(rng.random(sd.shape), normal_intervals(np.zeros(sd.shape), sd))
    result = measure(answer, truth, np.ones(sd.shape, bool))
    assert result["coverage80"] == pytest.approx(0.8, abs=0.01)
    assert result["coverage95"] == pytest.approx(0.95, abs=0.01)
    assert result["width80_if_exact"] == pytest.approx(result["width80"], rel=0.02)


def test_a_method_without_intervals_leaves_them_blank():
    assert all(v is None for k, v in measured(SCORE).items() if "coverage" in k or "width" in k)


def test_a_single_first_choice_is_counted():
    assert measured(SCORE, single=np.array([True, False]))["single"] == 0.5


# The outcome that peers learn from


@pytest.fixture(scope="module")
def task():
    return make_task("interactions", 20, 1)


def test_peers_learn_from_the_gain_by_intention_to_treat(task):
    evidence = task.origin.evidence
    outcome = rows.intention_to_treat(evidence)
    gain, state = evidence.gains.gain, evidence.state
    unmeasured = np.isnan(gain)
    assert np.array_equal(outcome[~unmeasured], gain[~unmeasured])
    assert (outcome[unmeasured & (state == "not_started")] == 0).all()
    assert np.isnan(outcome[unmeasured & (state != "not_started")]).all()
    assert np.array_equal(task.rows.y, outcome[~np.isnan(outcome)])


def test_a_held_out_profile_has_the_features_of_a_row(task):
    assert task.rows.X.shape[1] == task.held.X.shape[2]
    card = task.columns.card
    own = task.rows.X[:, card][:, -task.n_cards :]
    assert np.array_equal(np.argmax(own, axis=1), task.rows.card)


def test_a_row_has_the_features_of_its_profile_with_the_card_it_tried(task):
    """Made for all trials at once, against one profile at a time."""
    known = ~np.isnan(rows.intention_to_treat(task.origin.evidence))
    tried = task.origin.evidence.of(known)
    for x, profile, card in zip(task.rows.X, tried.profiles, tried.cards, strict=True):
        expected = rows.expert_engine().predictions(profile).expected_gain
        assert (x == rows.pair_features(profile, cards_of(MENU_CARD), expected)[card]).all()


def test_only_cards_that_suit_and_have_a_truth_are_ranked(task):
    enabler = [card.enabler for card in MENU_CARD]
    assert not task.held.allowed[:, enabler].any()
    assert np.isfinite(task.held.truth[task.held.allowed]).all()
    assert not task.held.allowed.all(axis=1).any()


# Worlds


def test_in_the_tiny_world_experts_are_right_and_differences_tiny():
    """Their order agrees with the truth, and no card stands out by a tenth of a point."""
    task = make_task(worlds.TINY, 25, 0)
    allowed = task.held.allowed
    agreement = [
        np.corrcoef(expert[may], truth[may])[0, 1]
        for expert, truth, may in zip(task.held.expert, task.held.truth, allowed, strict=True)
    ]
    assert np.mean(agreement) > 0.6
    spread = np.nanstd(np.where(allowed, task.held.truth, np.nan), axis=1)
    assert 0 < spread.max() < 0.05


@pytest.mark.parametrize("shape", second_hand.SHAPES)
def test_the_truth_of_a_second_hand_s_world_is_the_mean_of_many_trials(shape):
    """400 000 draws of one pair: the standard error of its mean is under .001 point."""
    own = second_hand.SHAPES[shape]
    rng = np.random.default_rng(3)
    cards = second_hand.draw_cards(own, MENU_CARD, rng)
    companies = second_hand.draw_population(4, rng)
    truth = second_hand.truth_of(own, companies, cards)
    for pair in ((0, 1), (2, 7), (3, 20)):
        many = np.full(400_000, 1.0)
        started, finished = many * truth.start[pair], many * truth.finish[pair]
        _, share = second_hand.draw_state(started, finished, rng)
        gains = share * truth.gain[pair]
        assert truth.expected[pair] == pytest.approx(gains.mean(), abs=0.002)


def test_the_gain_of_a_second_hand_s_world_by_hand():
    """One wave over the size alone: base + level + wave x height x cos(size + phase) + need."""
    own = second_hand.SHAPES["waves"]
    rng = np.random.default_rng(0)
    cards = second_hand.draw_cards(own, MENU_CARD, rng)
    frequency = np.zeros_like(cards.frequency)
    frequency[0, 0] = 1.0
    height = np.zeros_like(cards.height)
    height[0] = 1.0
    cards = replace(cards, frequency=frequency, height=height, phase=np.zeros(len(frequency)))
    companies = second_hand.draw_population(5, rng)
    truth = second_hand.truth_of(own, companies, cards)
    serves = len(cards.serves[0] & set(companies.needs[0][:2])) > 0
    size = np.log(float(companies.cells["employees"][0]) / 22) / 1.1
    expected = own.base + cards.level[0] + own.wave * np.cos(size) + own.need * serves
    assert truth.gain[0, 0] == pytest.approx(expected)
    assert truth.finish[0, 0] == pytest.approx(expit(cards.finish[0] + own.chance * serves))


def test_a_second_hand_s_trials_are_read_like_any_other_file():
    one, two = (worlds.experiment("waves", 30, 2, MENU_CARD, 10) for _ in range(2))
    assert one.trials.equals(two.trials)
    frame = worlds.canonical(one.trials, MENU_CARD)
    assert len(frame) == len(one.trials)
    assert len(rows.profiles_of(one)) == 10


# Public data


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_public_data_show_the_outcome_of_one_level_only(name):
    task = public.task_of(name, 50, 0, None)
    assert len(task.rows.y) == 50
    assert task.held.truth.max(axis=1) == pytest.approx(1.0)
    levels = task.rows.X[:, task.columns.card][:, : task.n_cards]
    assert np.array_equal(np.argmax(levels, axis=1), task.rows.card)
    assert (task.rows.propensity == 1 / task.n_cards).all()


def test_a_dose_that_is_nearly_right_is_worth_nearly_as_much():
    data = public.Data(np.zeros((1, 1)), np.array([3]), ordered=True)
    assert public.worth(data, np.array([0])) == pytest.approx(np.array([[0, 1 / 3, 2 / 3, 1]]))


def test_values_are_cut_evenly():
    assert np.bincount(public.cut_evenly(np.arange(80.0), 8)).tolist() == [10] * 8


def test_a_dose_file_in_the_form_of_the_consortium_is_read(tmp_path):
    head = "gender,race,age,height,weight,diabetes,cyp2c9,vkorc1,dose"
    lines = [
        f"{'male' if i % 2 else 'female'},White,{50 + 10 * (i % 3)} - 59,{160 + i % 30}.0,"
        f"{60 + i % 40},{i % 2 if i % 5 else ''},*1/*{1 + i % 2},A/{'AG'[i % 2]},{7 + i}.0"
        for i in range(90)
    ]
    path = tmp_path / "doses.csv"
    path.write_text("\n".join([head, *lines]))
    task = public.task_of("warfarin_3", 40, 0, path)
    assert task.n_cards == 3
    assert np.isfinite(task.rows.X).all()


# Methods


@pytest.mark.parametrize("name", [m for m in METHODS if m not in LIBRARIES])
def test_a_method_scores_every_card_of_every_profile(name, task):
    answer = method(name)(task, 0)()
    assert answer.score.shape == task.held.truth.shape
    assert np.isfinite(answer.score).all()


def test_our_own_model_ranks_levels_of_public_data():
    task = public.task_of("wine", 100, 0, None)
    result = solve_one(Cell("wine", 100, 0, ("ours",)), "ours", "", task)
    assert result.measures["regret"] < 0.3


def test_a_method_that_breaks_down_is_a_result_and_stops_nobody(task):
    alone = replace(task, origin=None)
    result = solve_one(Cell("main", 40, 1, ("expert",)), "expert", "s", alone)
    assert result.fault.startswith("ValueError: our own model needs trials")
    assert result.measures == {}


# Results on disk


def result_of(world="main", n=100, seed=0, name="ours", regret=0.5, stamp="a", **more):
    measures = {"regret": regret, "regret3": regret / 2, "ndcg3": 1 - regret} | more
    empty = dict.fromkeys(
        ("coverage80", "coverage80_first", "coverage95", "coverage95_first"), None
    ) | dict.fromkeys(("width80", "width95", "width80_if_exact", "single"), None)
    return Result(world, n, seed, name, stamp, 1.0, 0.001, empty | measures)


def plan_of(seeds=2):
    return Plan(("main",), {100: seeds}, ("ours", "forest"), {"main": Stamps("a", "b")})


def test_a_torn_last_line_is_cut_off_and_done_again(tmp_path):
    path = tmp_path / "results.jsonl"
    store.append(path, result_of())
    whole = path.read_bytes()
    store.append(path, result_of(name="forest", stamp="b"))
    path.write_bytes(path.read_bytes()[:-20])
    assert plan_of().cells(store.read(path)) == [
        Cell("main", 100, 0, ("forest",)),
        Cell("main", 100, 1, ("ours", "forest")),
    ]
    store.mend(path)
    assert path.read_bytes() == whole
    store.append(path, result_of(name="forest", stamp="b"))
    assert [cell.seed for cell in plan_of().cells(store.read(path))] == [1]


def test_a_kernel_of_all_trials_is_not_asked_for_thousands_and_what_is_on_request_is_not_missing():
    names = ("ours", "ours_one_head", "ours_trees")
    plan = Plan(("main",), {1_000: 1, 10_000: 1}, names, {"main": Stamps("a", "b")})
    assert [cell.methods for cell in plan.cells([])] == [names, ("ours", "ours_trees")]
    assert plan.n_missing([]) == 3
    assert plan.n_missing([result_of(n=10_000)]) == 2


def test_a_run_goes_on_from_the_results_that_are_kept_and_from_its_own_first(tmp_path):
    kept, again, path = (tmp_path / name for name in ("kept.gz", "again.gz", "new/results.jsonl"))
    known = [result_of(regret=1 / 3), result_of(name="forest", stamp="b")]
    store.keep(kept, known)
    store.keep(again, known)
    assert kept.read_bytes() == again.read_bytes()
    store.start_from(kept, path)
    assert [cell.seed for cell in plan_of().cells(store.read(path))] == [1]
    assert store.read(path)[0].measures["regret"] == 0.333333
    store.append(path, result_of(seed=1))
    store.start_from(kept, path)
    assert plan_of().cells(store.read(path)) == [Cell("main", 100, 1, ("forest",))]


def test_results_of_other_code_are_done_again_and_counted():
    found = [result_of(stamp="older"), result_of(name="forest", stamp="b")]
    plan = plan_of(1)
    assert plan.cells(found) == [Cell("main", 100, 0, ("ours",))]
    assert [r.method for r in plan.current(found)] == ["forest"]
    assert plan.n_stale(found) == 1


def test_a_stamp_follows_the_code_of_the_model_and_the_rows():
    names = {path.name for path in store.imported([store.FOLDER / "ours.py"])}
    assert {
        "evidence.py",
        "fit.py",
        "by_sums.py",
        "kernel_form.py",
        "engine.py",
        "encoding.py",
    } <= names
    assert "cli.py" not in names
    one, other = stamps(("wine",))["wine"], stamps(("diabetes",))["diabetes"]
    assert one.peers != other.peers
    assert one.ours != one.peers


# What is told

SEEDS = range(3)
RESULTS = [
    *(result_of(seed=s, regret=0.30 + 0.01 * s, coverage80=0.8) for s in SEEDS),
    *(result_of(seed=s, name="forest", regret=0.42 + 0.02 * s) for s in SEEDS),
    *(result_of(seed=s, name="expert", regret=0.50) for s in SEEDS),
    *(result_of("misleading", seed=s, regret=0.40) for s in SEEDS),
    *(result_of("misleading", seed=s, name="forest", regret=0.36) for s in SEEDS),
    *(result_of("misleading", seed=s, name="expert", regret=1.2) for s in SEEDS),
]


def test_means_over_worlds_and_the_best_single_peer_by_hand():
    frame = frame_of(RESULTS)
    means = over_worlds(frame, "regret")
    assert means["ours"].mean == pytest.approx((0.31 + 0.40) / 2)
    assert means["forest"].mean == pytest.approx((0.44 + 0.36) / 2)
    assert best_peer(frame, "regret") == "forest"
    gap = difference(frame, "regret", "ours", "forest")
    assert gap.mean == pytest.approx((0.31 - 0.44 + 0.40 - 0.36) / 2)
    # Seed by seed in main: -.12, -.13, -.14: SD .01, over sqrt(3), halved over two worlds.
    assert gap.error == pytest.approx(0.01 / np.sqrt(3) / 2)


def test_figures_to_reach_are_computed_and_losses_are_told():
    told = {finding.aim: finding for finding in findings(frame_of(RESULTS))}
    mean = told["mean regret, n = 100: 15 % or more under the best single peer"]
    assert mean.reached is False
    assert "11.2 % lower" in mean.measured
    worst = told["any one world, n = 100: at most .03 above the best peer there"]
    assert worst.reached is False
    assert worst.measured == "misleading +0.040 ± 0.000 (forest)"
    forest = told["misleading experts, n = 100: no worse than a random forest + .02"]
    assert forest.reached is False
    assert told["mean regret, n = 25: 10 % or more under the best single peer"].reached is None


def test_our_own_variants_are_no_peers_and_show_their_intervals():
    """Were it a peer, the variant with trees would be the best there is: its regret is 0."""
    own = [
        replace(result, method=method, measures=result.measures | {"regret": 0.0} | intervals)
        for result in RESULTS
        if result.method == "ours"
        for method, intervals in (("ours_trees", {}), ("ours_recalibrated", {"coverage80": 0.81}))
    ]
    told = {finding.aim: finding for finding in findings(frame_of([*RESULTS, *own]))}
    mean = told["mean regret, n = 100: 15 % or more under the best single peer"]
    assert mean == {f.aim: f for f in findings(frame_of(RESULTS))}[mean.aim]
    (recalibrated,) = (f for aim, f in told.items() if "over all cards; recalibrated" in aim)
    assert recalibrated.reached is True


def test_the_page_and_the_document_hold_what_was_computed():
    frame = frame_of(RESULTS)
    made = sections(frame, Run(quick=True, n_stale=4, n_missing=2))
    drawn = plots(frame)
    whole = page(made, drawn)
    written = document(made)
    for text in (whole, written):
        assert "0.355" in text, "the mean of ours over both worlds"
        assert "misleading +0.040 ± 0.000 (forest)" in text
        assert "A quick run" in text
        assert "4 results of other code" in text
        assert "2 of the results asked for" in text
    assert set(drawn) == {"means", "worlds", "coverage", "time"}
    assert all(">expert</text>" in drawn[name] for name in ("means", "worlds"))
    assert whole.count("<svg") == 4
    assert plots(frame) == drawn, "the same numbers make the same picture"
    assert "<script" not in whole
    assert not re.search(r'(src|href)="(?!#)', whole.replace("xlink:href", "href"))


def command(*arguments):
    return CliRunner().invoke(main, arguments)


def test_a_second_start_goes_on_where_the_first_ended(tmp_path):
    path = tmp_path / "results.jsonl"
    asked = ["--worlds", "wine", "--sizes", "25", "--methods", "card_means,random", "--jobs", "1"]
    first = command(*asked, "--seeds", "1", "--out", str(path))
    assert first.exit_code == 0, first.output
    before = path.read_text()
    second = command(*asked, "--seeds", "2", "--out", str(path))
    assert second.exit_code == 0, second.output
    assert path.read_text().startswith(before)
    keys = [(r["seed"], r["method"]) for r in map(json.loads, path.read_text().splitlines())]
    assert sorted(keys) == [(s, m) for s in (0, 1) for m in ("card_means", "random")]


REFUSED = {
    "a world that is not there": (["--worlds", "utopia"], "no world utopia"),
    "a method that is not there": (["--methods", "oracle"], "no method oracle"),
    "a size that is no number": (["--sizes", "many"], "sizes are whole numbers from 1"),
    "no results to show": (["--worlds", "wine", "--show-only"], "no results in"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_run_is_refused_with_the_reason(tmp_path, arguments, said):
    answer = command(*arguments, "--out", str(tmp_path / "none.jsonl"))
    assert answer.exit_code != 0
    assert said in answer.output


def test_every_method_says_what_it_is():
    assert all(what_it_is(name).endswith(".") for name in METHODS)


def test_gains_are_as_likely_as_the_covariance_says_where_trust_in_the_experts_is_held(task):
    """The same by one large normal density: trust moves the mean and adds nothing to the spread."""
    origin, expert = task.origin, rows.expert()
    setup = Setup(origin.menu, expert)
    observed, prior = question(origin.evidence, "gain", setup)
    terms = setup.layouts["gain"].columns
    medians = prior.medians
    sd = medians.column_sd(prior)
    tells = terms["expert"].start + np.flatnonzero(telling("gain", expert))
    held = [terms["shared trust"].start, *tells]
    sd[held] = 0
    covariance = observed.X * sd**2 @ observed.X.T + np.diag(observed.variance + medians.noise**2)
    for labels, group_sd in zip(observed.groups, medians.groups.values(), strict=True):
        together = (labels[:, None] == labels) & (labels >= 0)[:, None]
        covariance += group_sd**2 * together
    for trust in (-1.0, 0.4):
        coefficients = prior.mean.copy()
        coefficients[held] = [0.0, *[trust] * len(tells)]
        density = multivariate_normal(observed.X @ coefficients, covariance)
        assert log_evidence(origin, trust) == pytest.approx(density.logpdf(observed.y), abs=1e-6)

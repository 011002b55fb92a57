"""The limit of the ranking benchmark: its law by hand, its intervals, and that nobody beats it."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from matcher.simulation.simulate import simulate_world
from matcher.simulation.truth import draw_cards
from matcher.simulation.worlds import read_worlds
from tests.benchmarks.ranking import limit_levels, limit_simulated, limit_waves, rows, worlds
from tests.benchmarks.ranking.__main__ import chosen_methods, main
from tests.benchmarks.ranking.aims import findings
from tests.benchmarks.ranking.limit import LIMITS, answer_of
from tests.benchmarks.ranking.limit_levels import drawn_levels, levels_of
from tests.benchmarks.ranking.methods import method
from tests.benchmarks.ranking.metrics import measure
from tests.benchmarks.ranking.run import Plan, Stamps, checked, make_task
from tests.benchmarks.ranking.sections import Run, sections
from tests.benchmarks.ranking.store import Result
from tests.benchmarks.ranking.summary import best_peer, distance, frame_of, with_signal
from tests.strength import strength

WORLD = read_worlds()["interactions"]
MENU = rows.menu()


@pytest.fixture
def short_chains(monkeypatch):
    """Fewer steps than a run takes: enough for intervals of two digits."""
    monkeypatch.setattr(limit_levels, "WARM_UP", 60)
    monkeypatch.setattr(limit_levels, "N_KEPT", 30)
    monkeypatch.setattr(limit_levels, "THIN", 2)
    monkeypatch.setattr(limit_waves, "N_CHAINS", 2)
    monkeypatch.setattr(limit_waves, "WARM_UP", 40)


# The law, by hand


class Drawn:
    """Numbers that were drawn before, in the order in which the simulator asks for them."""

    def __init__(self, normal):
        self.normal, self.at = normal, 0

    def normal_of(self, size):
        self.at += size
        return self.normal[self.at - size : self.at]


def test_levels_are_those_that_the_simulator_makes_of_the_same_numbers(monkeypatch):
    rng = np.random.default_rng(2)
    cards = draw_cards(WORLD, MENU, rng)
    normal = np.random.default_rng(3).normal(size=(3, 6 + len(cards)))
    drawn = Drawn(normal.ravel())

    class Same:
        def normal(self, size):
            return drawn.normal_of(size)

    made = draw_cards(WORLD, MENU, Same()).levels
    for head, row in zip(("start", "completion", "gain"), normal, strict=True):
        own = levels_of(row[None], getattr(WORLD, head), cards.numbers, WORLD.cards.attribute_share)
        assert own[0] == pytest.approx(made[head])


def test_two_cards_by_hand():
    """Levels N(0, .08^2), each seen with an error: shrunk by .0064 / (.0064 + error)."""
    cards = {name: np.zeros(2) for name in limit_levels.SHARED} | {"one": np.ones(2)}
    head = WORLD.gain.model_copy(update={"card_range": (-9.0, 9.0)})
    seen, error = np.array([0.12, -0.05]), np.array([0.0064, 0.0128])

    def likelihood(level):
        return -0.5 * np.sum((seen - level) ** 2 / error, axis=1)

    drawn = drawn_levels(likelihood, head, cards, 0.0, np.random.default_rng(0))
    shrunk = np.array([0.5, 1 / 3])
    assert drawn.mean(axis=(0, 1)) == pytest.approx(shrunk * seen, abs=0.006)
    assert drawn.var(axis=(0, 1)) == pytest.approx((1 - shrunk) * 0.0064, rel=0.15)


def one_trial(**cells):
    """Return a file of one finished trial of a company that tells everything."""
    simulated = simulate_world(WORLD, 1, MENU, 0, np.random.default_rng(5))
    row = simulated.trials.iloc[[0]].reset_index(drop=True).copy()
    told = {"owner_support": "3", "hr_function": "geen", "shift_work": "nee", "scale": "1-6"}
    told |= {"culture_before": "3.90", "culture_after": "4.00", "respondents_after": "5"}
    told |= {"employees": "20", "intervention": MENU.ids[0], "state": "finished"}
    for name, value in (told | cells).items():
        row[name] = value
    return row


def scores_of(trials):
    cards = draw_cards(WORLD, MENU, np.random.default_rng(0))
    cards = replace(cards, levels={n: np.zeros(len(cards)) for n in cards.levels})
    companies = limit_simulated.companies_of(trials, WORLD)
    numbers = limit_simulated.told_numbers(companies, np.full(1, np.nan), WORLD)
    match = limit_simulated.need_match(companies, cards, WORLD)
    card = pd.Index(MENU.ids).get_indexer(trials["intervention"])
    return limit_simulated.scores_of(
        WORLD, cards, companies, trials, np.zeros(len(trials), int), card, match, numbers
    )


def test_the_two_scores_of_a_trial_by_hand():
    """20 employees: 11 answer before, 5 after, of whom 85 % are the same people."""
    scores, survey = scores_of(one_trial()), WORLD.survey
    between, within = survey.between_sd**2, survey.within_sd**2
    own, carried = survey.own_change_sd**2, survey.person_retest * survey.same_people
    # The culture at the start changes the gain by -.05 per SD of it.
    kept = 1 - 0.05 / survey.between_sd
    assert scores.y.tolist() == [3.9, 4.0]
    assert scores.covariance[0, 0] == pytest.approx(between + within / 11)
    assert scores.covariance[0, 1] == pytest.approx(kept * between + carried * within / 11)
    assert scores.covariance[1, 1] == pytest.approx(kept**2 * between + own + within / 5)
    assert scores.slope[:, 0].tolist() == [0.0, 1.0]
    assert not scores.slope[:, 1:].any()


def test_a_stopped_trial_tells_of_a_share_of_the_gain_and_one_that_never_started_of_none():
    assert scores_of(one_trial(state="stopped")).slope[1, 0] == WORLD.gain.stopped_share
    assert scores_of(one_trial(state="not_started")).slope[1, 0] == 0
    assert scores_of(one_trial(intervention="geen")).slope[1].tolist() == [0.0] * len(MENU)


def test_an_answer_that_was_left_open_adds_to_what_is_not_known():
    told, open_ = (scores_of(one_trial(owner_support=v)) for v in ("3", ""))
    rise = open_.covariance[1, 1] - told.covariance[1, 1]
    assert rise == pytest.approx(0.08**2)


def test_the_limit_never_reads_the_truth(short_chains):
    task = make_task("tiny", 5, 0)
    blind = replace(task.origin.simulation, truth=pd.DataFrame())
    asked = [replace(task, origin=replace(task.origin, simulation=s)) for s in (blind, None)]
    assert np.isfinite(method("limit")(asked[0], 0)().score).all()
    with pytest.raises(ValueError, match="simulated worlds only"):
        method("limit")(asked[1], 0)


# That it is the limit


@pytest.mark.proof
@pytest.mark.parametrize("world", ["interactions", "waves"])
def test_its_intervals_hold_as_often_as_they_say(world, short_chains):
    """The law is right only if they do; pairs of one experiment depend, so errors are of seeds."""
    law = worlds.law_of(world)
    known = limit_waves if world == "waves" else limit_simulated
    held = []
    for seed in range(strength(2, 60)):
        simulated = worlds.experiment(world, 25, 100 + seed, MENU, 2)
        heads = known.limit_heads(law, MENU, simulated.trials, simulated.profiles, seed)
        low, high = answer_of(heads).intervals[0.8]
        truth = rows.truth_of(simulated, MENU.ids)
        known_ = ~np.isnan(truth)
        held.append(np.mean((low <= truth)[known_] & (truth <= high)[known_]))
    error = max(np.std(held, ddof=1), 0.1) / np.sqrt(len(held))
    assert abs(np.mean(held) - 0.8) < 3 * error, held


@pytest.mark.proof
def test_on_average_nobody_ranks_better(short_chains):
    """Over seeds; within one seed luck may put anybody in front."""
    names = ("limit", "ours", "expert", "forest", "ridge", "expert_ridge", "card_means")
    found = {name: [] for name in names}
    for seed in range(strength(1, 20)):
        task = make_task("thresholds", 25, seed)
        for name in names:
            answer = method(name)(task, seed)()
            regret = measure(answer, task.held.truth, task.held.allowed)["regret"]
            found[name].append(regret)
    means = {name: np.mean(values) for name, values in found.items()}
    assert min(means, key=means.get) == "limit", means


def test_few_independent_draws_are_no_limit():
    fault, kept = checked({"regret": 0.2, "effective_draws": 40.0})
    assert kept == {}
    assert fault == "no limit known: its draws are worth 40 independent ones"
    assert checked({"regret": 0.2, "effective_draws": 400.0})[0] is None


# What is told of it


def result_of(world, n, seed, name, regret, **more):
    names = ("regret3", "ndcg3", "single", "width80", "width95", "width80_if_exact")
    names += ("coverage80", "coverage80_first", "coverage95", "coverage95_first")
    measures = dict.fromkeys(names) | {"regret": regret} | more
    return Result(world, n, seed, name, "a", 1.0, 0.1, measures)


def results():
    """Forest .6, ours .5, the limit .2: a quarter of the way is gone."""
    values = {"forest": 0.6, "expert": 0.8, "ours": 0.5, "limit": 0.2, "limit_our_gains": 0.4}
    return [
        result_of("main", 50, seed, name, value + 0.01 * seed, coverage80=0.8, regret_error=0.03)
        for name, value in values.items()
        for seed in range(2)
    ]


def test_the_share_of_the_way_by_hand():
    frame = frame_of(results())
    found = distance(frame)
    assert (found.peer, found.gone) == ("forest", pytest.approx(0.25))
    # Seeds differ by .01: .005 of the mean; two draws' errors of .03: .03 / sqrt(2).
    assert found.error == pytest.approx(np.hypot(0.005, 0.03 / np.sqrt(2)))
    told = {one.aim: one for one in findings(frame)}
    aim = told["n = 50: a fifth or more of the way from the best single peer to the limit"]
    assert aim.reached is True
    assert aim.measured.startswith("25 %: 0.605 (forest), ours 0.505, limit 0.205")


def test_a_seed_without_a_limit_counts_for_nobody():
    without = result_of("main", 50, 2, "limit", None)
    lucky = result_of("main", 50, 2, "ours", 0.0)
    assert distance(frame_of([*results(), without, lucky])).ours == pytest.approx(0.505)


def test_the_limit_is_nobody_s_peer():
    assert best_peer(frame_of(results()), "regret") == "forest"


def test_the_page_shows_the_way_and_where_the_rest_is():
    made = {s.title: s for s in sections(frame_of(results()), Run(False, 0, 0))}
    way, where = made["How far from the limit"].tables
    assert way[1][0][:5] == ["50", "all worlds", "forest", "0.605", "0.505"]
    assert way[1][0][-1] == "25 %"
    assert where[1][0][3].startswith("+0.200")


# The grid


def test_the_grid_changes_how_cards_differ_and_nothing_else():
    once, four = worlds.grid_world("right_once"), worlds.grid_world("right_fourfold")
    assert once.gain.terms == WORLD.gain.terms
    assert four.gain.scale == 4 * WORLD.gain.scale
    for before, after in zip(once.gain.terms, four.gain.terms, strict=True):
        alike = before.card == "one"
        assert after.effect == pytest.approx(before.effect / 4 if alike else before.effect)
    truth = [
        worlds.experiment(name, 20, 1, MENU, 30).truth["expected_gain"].std()
        for name in ("wrong_half", "wrong_fourfold")
    ]
    assert truth[1] > 2 * truth[0]


def test_the_grid_is_in_no_mean_and_has_aims_of_its_own():
    cells = [
        result_of("wrong_twice", 50, 0, "ours", 0.9, coverage80=0.70, coverage80_first=0.6),
        result_of("right_once", 50, 0, "ours", 0.9, coverage80=0.95, coverage80_first=0.9),
    ]
    frame = frame_of([*results(), *cells])
    assert set(with_signal(frame)["world"]) == {"main"}
    told = {one.aim: one for one in findings(frame)}
    lowest = [aim for aim in told if aim.startswith("80 % intervals, effects once to four")]
    assert [told[aim].reached for aim in lowest] == [False, False]
    assert "wrong_twice n = 50 0.700" in told[lowest[0]].measured
    assert told["80 % intervals, effects as expected: at most 93 %"].reached is False


def test_what_has_no_law_is_not_asked_for_a_limit_and_a_quick_run_for_no_parts_of_it():
    stamps = dict.fromkeys(("pockets", "right_once", "main"), Stamps("a", "b", "c"))
    plan = Plan(tuple(stamps), {100: 1, 300: 1}, ("ours", "limit", "limit_our_gains"), stamps)
    asked = {(cell.world, cell.n): cell.methods for cell in plan.cells([])}
    assert asked["pockets", 100] == ("ours",)
    assert asked["main", 100] == ("ours", "limit", "limit_our_gains")
    assert ("right_once", 300) not in asked
    assert Stamps("a", "b", "c").of("limit_our_gains") == "c-a"
    assert set(LIMITS) & set(chosen_methods(None, quick=True)) == {"limit"}
    with pytest.raises(ValueError, match="pockets is not known"):
        worlds.law_of("pockets")


def test_a_run_writes_how_exact_the_limit_is(tmp_path, short_chains):
    path = tmp_path / "results.jsonl"
    asked = ("--worlds", "tiny", "--sizes", "25", "--methods", "limit", "--jobs", "1", "--seeds")
    answer = CliRunner().invoke(main, [*asked, "1", "--out", str(path)])
    assert answer.exit_code == 0, answer.output
    (line,) = map(json.loads, path.read_text().splitlines())
    assert line["measures"]["effective_draws"] > 100
    assert line["measures"]["regret_error"] >= 0

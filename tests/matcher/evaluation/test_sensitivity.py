"""What becomes of the first three when the analysis is done otherwise, and what outcomes moved."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.disclosure import is_few
from matcher.evaluation.companies import companies_of, expected_at
from matcher.evaluation.learned import edges_of, foretold, learned
from matcher.evaluation.sensitivity import ANALYSES, MOST_TRIALS, sensitivity, without_parts
from matcher.menu.card import read_menu
from matcher.model.fitted import expert_model
from matcher.paths import EXPERT, MENU
from matcher.ranking.engine import Engine
from matcher.report.sensitivity_section import shown
from matcher.training.evidence import answered, gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from tests.matcher.conftest import PLANTED, trial, write_trials


def rows_of(n=16, controls=6, thin=6, several=5, gain=0.4):
    """Return trials of n companies, of which the first few have few respondents or a second card.

    The planted card brings more than others.
    """
    rng = np.random.default_rng(5)
    rows = []
    for i in range(n):
        card = (*PLANTED, "microlearning")[i % 4]
        people = {"respondents_before": 12, "respondents_after": 2 if i < thin else 12}
        after = 3.5 + (gain if card == PLANTED[0] else 0.0) + rng.normal(0, 0.1)
        rows.append(trial(f"c{i}", card, 3.5, round(after, 2), **people))
    for i in range(n - several, n):
        rows.append(trial(f"c{i}", "leermeester", 3.5, 3.5, respondents_after=12))
    rows += [
        trial(f"k{i}", "geen", 3.5, 3.6, state="unknown", respondents_after=12)
        for i in range(controls)
    ]
    return rows


@pytest.fixture(scope="module")
def study(tmp_path_factory, menu, expert):
    """Return a function that makes frame, evidence, model and scales of some trials."""

    def made(rows, learn=fit):
        frame = read_trials(write_trials(tmp_path_factory.mktemp("s") / "t.csv", rows), menu).frame
        evidence = gather(frame, menu)
        return frame, evidence, *learn(evidence, Setup(menu, expert))

    return made


@cache
def experts_word():
    return expert_model(read_menu(MENU), read_expert(EXPERT))


def unlearned(*_, **__):
    """Return the experts' word in place of a fit: which trials it would see is looked at."""
    return experts_word(), {}


@pytest.fixture
def quick(monkeypatch):
    """Learn and ask nothing anew."""
    monkeypatch.setattr("matcher.evaluation.sensitivity.fit", unlearned)
    monkeypatch.setattr("matcher.evaluation.sensitivity.expert_model", lambda *_: experts_word())
    kept = {}

    def once(companies, engine):
        if "it" not in kept:
            kept["it"] = expected_at(companies, engine)
        return kept["it"]

    monkeypatch.setattr("matcher.evaluation.sensitivity.expected_at", once)


@pytest.fixture(scope="module")
def whole(study):
    return study(rows_of())


@pytest.fixture(scope="module")
def found(whole):
    return sensitivity(*whole)


def by_name(found):
    return {refit.analysis: refit for refit in found.refits}


def test_every_analysis_is_there_or_told_why_not(found):
    assert {*by_name(found), *found.left} == {*ANALYSES}
    assert found.left == {"one": "nothing_less"}
    assert found.n_companies == 16


def test_who_is_left_out_by_hand(found):
    apart = {name: refit.apart for name, refit in by_name(found).items()}
    assert apart["all"] == {"all": 0}
    assert apart["no_experts"] == {"all": 0, "halved": 0, "doubled": 0, "no_experts": 0}
    assert apart["no_controls"]["all"] == 6
    assert apart["three"]["all"] == apart["five"]["all"] == 6
    assert apart["five"]["three"] == 0
    assert apart["one_card"]["all"] == 5
    # Six with few respondents, and five other ones that tried twice.
    assert apart["one_card"]["three"] == 11
    assert by_name(found)["three"].n_companies == 10


def test_the_worth_of_the_first_choices_by_another_computation(whole, found):
    """The fit at the best scales, asked company by company."""
    _, evidence, model, scales = whole
    again, _ = fit(evidence, model.setup, start=scales, averaged=False)
    companies = companies_of(evidence, model.menu)
    asked = [Engine(again, "again").predictions(p).expected_gain for p in companies.profiles]
    best = [gain[suits].max() for gain, suits in zip(asked, companies.suits, strict=True)]
    refit = by_name(found)["all"]
    assert refit.value.value == pytest.approx(np.mean(best))
    # All are alike but for what they tried, so a card suits all of them or none.
    means = {
        card: np.mean([gain[at] for gain in asked])
        for at, card in enumerate(model.menu.ids)
        if companies.suits[:, at].all()
    }
    assert refit.first == tuple(sorted(means, key=means.get, reverse=True)[:3])
    assert refit.value.low < refit.value.value < refit.value.high
    assert refit.beyond_experts.value >= 0


def test_a_prior_of_half_the_size_is_surer_and_one_of_twice_less(found):
    width = {name: refit.value.high - refit.value.low for name, refit in by_name(found).items()}
    assert width["halved"] < width["all"] < width["doubled"]


def test_the_prior_is_sized_where_it_says(menu, expert):
    before, after = (Setup(menu, expert, size).priors for size in (1.0, 2.0))
    assert before["started"].blocks == after["started"].blocks
    for old, new in zip(before["gain"].blocks, after["gain"].blocks, strict=True):
        times = 1.0 if old.name in ("expert", "shared trust") else 2.0
        assert new.scale == replace(old.scale, median=times * old.scale.median)
    assert after["gain"].noise == before["gain"].noise


def test_without_experts_no_card_is_expected_to_differ(menu, expert, whole):
    """But by what experts do not say: the conditions, which the menu holds."""
    engine = Engine(expert_model(menu, without_parts(expert)), "without")
    gains = [engine.predictions(p).gain for p in whole[1].profiles]
    assert np.ptp(gains) == pytest.approx(0, abs=1e-6)
    assert np.mean(gains) == pytest.approx(expert.gain.base, abs=1e-6)


CANNOT = {
    "no controls": (rows_of(controls=0), {"no_controls": "no_controls", "one": "nothing_less"}),
    "nobody counted": (
        [row | {"respondents_before": "", "respondents_after": ""} for row in rows_of()],
        dict.fromkeys(("one", "three", "five"), "not_known"),
    ),
    "all of few people": (
        rows_of(thin=16, several=0, controls=0),
        {
            "no_controls": "no_controls",
            "one": "nothing_less",
            "three": "nothing_left",
            "five": "nothing_left",
            "one_card": "nothing_less",
        },
    ),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("rows", "left"), CANNOT.values(), ids=CANNOT)
def test_an_analysis_that_cannot_be_done_says_why(study, rows, left):
    found = sensitivity(*study(rows, unlearned))
    assert found.left == left
    assert {*by_name(found), *left} == {*ANALYSES}


def test_of_many_trials_nothing_is_learned_anew(whole, monkeypatch):
    monkeypatch.setattr("matcher.evaluation.sensitivity.MOST_TRIALS", 20)
    found = sensitivity(*whole)
    assert MOST_TRIALS > 20
    assert (found.refits, {*found.left.values()}) == ((), {"many"})


def outcomes_of(frame, analysis):
    """Return what of the outcomes an analysis reads, row by row: by hand, from its sentence."""
    least = {"one": 1, "three": 3, "five": 5}.get(analysis)
    seen = {}
    cards = frame[frame["intervention"] != "geen"].groupby("company")["intervention"].nunique()
    for at, row in frame.iterrows():
        if analysis == "no_controls" and row["intervention"] == "geen":
            continue
        if analysis == "one_card" and cards.get(row["company"], 0) > 1:
            continue
        people = (row["respondents_before"], row["respondents_after"])
        measured = not np.isnan(row["culture_after"])
        if least is not None and not all(n >= least for n in people):
            measured = False
        seen[at] = (row["company"], row["state"], measured)
    return seen


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("controls", [0, 3, 6])
@pytest.mark.parametrize("thin", [2, 5])
@pytest.mark.parametrize("several", [4, 6])
def test_two_analyses_that_are_shown_never_differ_by_a_few_companies(
    study, controls, thin, several
):
    """A reader who subtracts one row from another learns nothing of one to four companies."""
    frame, *rest = study(rows_of(14, controls, thin, several), unlearned)
    found = sensitivity(frame, *rest)
    told = [refit.analysis for refit in shown(found.refits)]
    assert told[:4] == list(ANALYSES[:4])
    read = [outcomes_of(frame, analysis) for analysis in told]
    for one, other in itertools.combinations(read, 2):
        differs = {at for at in {*one, *other} if one.get(at) != other.get(at)}
        assert not is_few(frame.loc[sorted(differs), "company"].nunique())
    # Nor is more hidden than that.
    few = {"no_controls": controls, "three": thin, "five": thin, "one_card": several}
    assert {*told} == {*ANALYSES} - {*found.left} - {name for name, n in few.items() if is_few(n)}


# What the outcomes moved


def test_a_card_with_good_outcomes_rises_above_what_was_expected(whole):
    moved = {move.card: move for move in learned(whole[1], whole[2]).cards}
    best = moved[PLANTED[0]]
    assert best.after.value - best.before.value == max(
        move.after.value - move.before.value for move in moved.values()
    )
    assert not {card.id for card in whole[2].menu if card.enabler} & {*moved}
    means = [move.after.value for move in moved.values()]
    assert means == sorted(means, reverse=True)


def test_a_card_before_the_outcomes_is_what_the_experts_say(whole):
    _, evidence, model, _ = whole
    companies = companies_of(evidence, model.menu)
    experts = Engine(expert_model(model.menu, model.expert), "experts")
    expected = expected_at(companies, experts)
    for move in learned(evidence, model).cards:
        at = model.menu.ids.index(move.card)
        some = expected.suits[:, at]
        draws = expected.draws[some, at].mean(axis=0)
        assert move.before.value == pytest.approx(expected.mean[some, at].mean())
        half = norm.ppf(0.9) * draws.std()
        assert move.before.high - move.before.value == pytest.approx(half, rel=1e-5)


def test_bins_of_gains_hold_five_companies_each_and_add_up(whole):
    _, evidence, model, _ = whole
    bins = learned(evidence, model).bins
    known, gain = answered(evidence, "gain")
    assert len(bins) >= 2
    assert (bins[0].low, bins[-1].high) == (None, None)
    for name in ("measured", "before", "after"):
        assert sum(getattr(one, name) for one in bins) == pytest.approx(1)
    for one in bins:
        low = -np.inf if one.low is None else one.low
        high = np.inf if one.high is None else one.high
        inside = known & (gain >= low) & (gain < high)
        assert len(set(evidence.company[inside].tolist())) >= 5
        assert one.measured == pytest.approx(inside.sum() / known.sum())


def test_few_measured_companies_have_no_bins():
    assert edges_of(np.array([0.1, 0.9]), np.array([0, 1])).tolist() == [-np.inf, np.inf]
    assert edges_of(np.zeros(0), np.zeros(0, int)).tolist() == [-np.inf, np.inf]
    # One company with many trials is one company.
    assert len(edges_of(np.repeat([0.1, 0.9], 6), np.repeat([0, 1], 6))) == 2


def test_what_a_model_foretells_is_what_it_draws(whole):
    """Against draws: of the coefficients, and of all that stands between them and a score."""
    _, evidence, model, _ = whole
    known = answered(evidence, "gain")[0]
    some = evidence.of(known)
    head, rng = model.heads["gain"], np.random.default_rng(0)
    X = some.design("gain", model.setup)
    drawn = X @ head.draws.astype(float)
    own = head.noise_sd**2 + head.nuisance_variance + some.gains.drift_sd**2
    spread = np.sqrt(own + some.gains.variance)[:, None, None]
    drawn = drawn[..., None] + spread * rng.standard_normal((*drawn.shape, 40))
    edges = np.array([-np.inf, -0.25, 0.0, 0.25, np.inf])
    shares = np.histogram(drawn, edges)[0] / drawn.size
    assert foretold(some, Engine(model, "m"), edges) == pytest.approx(shares, abs=0.02)

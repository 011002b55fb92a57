"""The challenger: left out exactly, chosen where it is better, and served as it was fitted."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from matcher.design.cards import cards_of
from matcher.design.encoding import PROFILE_NAMES, reference_profiles
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS
from matcher.design.pairs import N_FIT, need_match, pair_features
from matcher.design.setup import Setup
from matcher.design.tree_columns import N_COMPANY, N_FEATURES, tree_columns
from matcher.errors import BrokenVersion
from matcher.evaluation.calibration import errors
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Challenge, Estimate
from matcher.evaluation.intervals import surely
from matcher.evaluation.model_choice import contest, log_scores
from matcher.evaluation.stability_by_sums import standing_by_sums
from matcher.model.artefact import Provenance, load, save
from matcher.model.fitted import carried_to, expert_model
from matcher.ranking.compiled import Compiled
from matcher.ranking.engine import Engine, Predictions
from matcher.regression.kernel_form import condition
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from matcher.report.evaluation_page import trees_section
from matcher.report.parts import Wording
from matcher.training import boosted
from matcher.training.boosted import fit_challenger
from matcher.training.by_sums import fit_by_sums, fit_head, offset_of, scales_of_some
from matcher.training.card_sums import CardRows
from matcher.training.evidence import gather
from matcher.training.leave_out import residuals, shift_without, without_own
from tests.benchmarks.ranking.second_hand import POCKETS, simulate
from tests.benchmarks.ranking.worlds import canonical

N_CARDS = 6
"""Cards of a small menu: the fit by sums then takes a tenth of the time."""


@pytest.fixture(scope="module")
def few_cards(menu):
    return replace(menu, interventions=menu.interventions[:N_CARDS])


def trials_of(menu, n, planted=0.0):
    """Return the trials of n companies; planted is what large companies short of staff gain."""
    shape = replace(POCKETS["pockets"], pocket=0.0)
    frame = simulate(shape, n, menu, 2, np.random.default_rng(3)).trials
    evidence = gather(canonical(frame, menu), menu)
    values = np.array([profile.values for profile in evidence.profiles]).T
    pressure, size = (values[PROFILE_NAMES.index(name)] for name in ("pressure", "size"))
    came = np.isin(evidence.state, ("started", "finished"))
    more = planted * ((pressure > 0) & (size > 0) & came)
    gain, change = evidence.gains.gain + more, evidence.gains.change + more
    return replace(evidence, gains=replace(evidence.gains, gain=gain, change=change))


@pytest.fixture(scope="module")
def small(few_cards):
    return trials_of(few_cards, 130)


@pytest.fixture(scope="module", autouse=True)
def _small_settings():
    """Fit by sums from few trials on, with scales from fewer, and fewer trees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.training.by_sums.N_FOR_SCALES", 120)
        patch.setattr("matcher.training.fit.MOST_BY_ROWS", 100)
        patch.setattr("matcher.training.boosted.N_FOLDS", 3)
        patch.setattr("matcher.training.boosted.MOST_TREES", 20)
        patch.setattr("matcher.training.boosted.LEARNING_RATE", 0.2)
        patch.setattr("matcher.training.folds.N_FOLDS", 2)
        yield


@pytest.fixture
def scales_as_given(monkeypatch):
    """Learn no scales from sums: what is asserted holds at any, and to learn them is half the work.

    The contest that the trees win learns them.
    """

    def given(evidence, start=None):
        return start or evidence.prior.medians

    monkeypatch.setattr("matcher.training.by_sums.learn_scales", given)


@pytest.mark.parametrize("family", ["gaussian", "probit"])
def test_an_offset_of_all_rows_is_a_level_that_is_known(family):
    rng = np.random.default_rng(0)
    X = np.column_stack((np.ones(30), rng.normal(size=(30, 2))))
    y = rng.normal(size=30) if family == "gaussian" else (rng.random(30) < 0.6).astype(float)
    blocks = (Block("level", slice(0, 1), Scale(1.0)), Block("rest", slice(1, 3), Scale(1.0)))
    prior = Prior(np.zeros(3), blocks, {}, Scale(0.5), family)
    known = replace(prior, mean=np.array([0.4, 0.0, 0.0]))
    offset = condition(Rows(X, y, offset=np.full(30, 0.4)), prior, prior.medians)
    level = condition(Rows(X, y), known, prior.medians)
    assert offset.mean + np.array([0.4, 0, 0]) == pytest.approx(level.mean, abs=1e-9)
    assert offset.log_evidence == pytest.approx(level.log_evidence, abs=1e-9)


def fitted(evidence, menu, expert, head):
    setup = Setup(menu, expert)
    scales = scales_of_some(evidence, setup, 0)[head]
    rows = CardRows(setup, head, evidence)
    return rows, fit_head(rows, scales)


@pytest.mark.parametrize(
    ("head", "near"),
    [("gain", 1e-8), ("started", 0.01), ("completed", 0.01)],
)
def test_leaving_a_company_out_is_fitting_without_it(small, few_cards, expert, head, near):
    """Exact for the gain; one step of Newton's method for the chances, on the probit scale."""
    rng = np.random.default_rng(5)
    moved = {h: 0.3 * rng.standard_normal(len(small)) for h in HEADS}
    evidence = replace(small, offsets=moved)
    rows, fit = fitted(evidence, few_cards, expert, head)
    found = residuals(rows, fit)
    own = without_own(rows, fit, found)
    counts = np.bincount(found.company)
    for company in (int(np.argmax(counts)), int(found.company[-1])):
        kept = evidence.company != company
        waited = evidence.controls.of(evidence.controls.company != company)
        part, other = replace(evidence.of(kept), controls=waited), fit.scales
        again = fit_head(CardRows(rows.setup, head, part), other)
        here = found.company == company
        X = rows.long(rows.parts.of(found.rows[here]))
        expected = X @ again.posterior.mean + offset_of(rows)[found.rows[here]]
        assert own[here] == pytest.approx(expected, abs=near)
        some = rows.long(rows.trials(np.arange(5)))[:, : fit.width]
        shift = shift_without(rows, fit, found, company, fit.halves(some))
        assert shift == pytest.approx(some @ (again.mean - fit.mean), abs=near)


def test_what_trees_add_to_a_gain_is_taken_off_what_the_hierarchy_must_explain(
    small, few_cards, expert
):
    added = np.random.default_rng(1).normal(size=len(small))
    none = np.zeros(len(small))
    rows, centred = fitted(
        replace(small, offsets={"started": none, "completed": none, "gain": added}),
        few_cards,
        expert,
        "gain",
    )
    counted = rows.gains
    taken_off = replace(counted, y=counted.y - offset_of(rows))
    plain = CardRows(rows.setup, "gain", small)
    plain.gains = taken_off
    again = fit_head(plain, centred.scales)
    assert centred.posterior.mean == pytest.approx(again.posterior.mean, abs=1e-10)


@pytest.fixture(scope="module")
def won(few_cards, expert):
    """Return the contest where only answers together count, and the hierarchy it began with."""
    evidence = trials_of(few_cards, 500, 2.5)
    model, scales = fit_by_sums(evidence, Setup(few_cards, expert))
    return contest(evidence, model, scales), model


def test_trees_are_chosen_where_two_answers_count_together_only(won):
    found = won[0].finding
    assert found.chosen
    assert found.n_trees["gain"] > 0
    assert found.errors["gain"]["trees"] < 0.98 * found.errors["gain"]["hierarchy"]
    assert won[0].model.trees is not None
    assert won[0].sample.everyone.offsets is not None


def test_whether_cards_differ_is_what_the_hierarchy_alone_says(won):
    chosen, plain = won[0].model.facts, won[1].facts
    assert chosen.log_bayes_factor == plain.log_bayes_factor
    assert chosen.shows_differences == plain.shows_differences


@pytest.mark.usefixtures("scales_as_given")
def test_a_trial_is_judged_by_trees_that_do_not_know_its_company(few_cards, expert, monkeypatch):
    """What the hierarchy leaves of one company moves: what trees add to its own trials does not."""
    evidence = trials_of(few_cards, 110)
    setup = Setup(few_cards, expert)
    scales = scales_of_some(evidence, setup, 0)
    own = evidence.company == int(np.argmax(np.bincount(evidence.company)))
    monkeypatch.setattr(boosted, "_best", lambda *_: 5)
    before = fit_challenger(evidence, setup, scales=scales).evidence.offsets

    def moved(rows, fit, found):
        return without_own(rows, fit, found) - 5.0 * np.isin(found.company, evidence.company[own])

    monkeypatch.setattr(boosted, "without_own", moved)
    after = fit_challenger(evidence, setup, scales=scales).evidence.offsets
    for head in HEADS:
        # Its weight in the mean of all moves too, to no effect but rounding.
        assert after[head][own] == pytest.approx(before[head][own], abs=1e-6)
    assert not np.allclose(before["gain"], after["gain"])


def test_features_of_many_trials_are_those_of_one_profile(small, few_cards):
    cards = cards_of(few_cards)
    X = tree_columns(Profiles(small.frame).of(slice(None)), cards, small.cards)
    assert len(X) == N_FEATURES
    for i in range(0, len(small), 17):
        profile, card = small.profiles[i], small.cards[i]
        features = pair_features(cards).of(profile, need_match(profile, cards))
        assert X[:N_COMPANY, i][: len(profile.values)] == pytest.approx(profile.values, abs=0)
        assert X[N_COMPANY:, i] == pytest.approx(
            np.concatenate((cards.attributes[card], features[:N_FIT, card])), abs=1e-12
        )


def test_means_draws_and_reasons_all_have_the_trees_in_them(won, few_cards, profile):
    model = won[0].model
    engine, without = Engine(model, "v"), Engine(replace(model, trees=None), "v")
    compiled, plain = engine._compiled, without._compiled
    for one in won[0].sample.everyone.profiles[:10]:
        asked, bare = compiled.ask(one), plain.ask(one)
        latent = compiled.latent(compiled.terms(asked))
        gap = latent - plain.latent(plain.terms(bare))
        assert gap == pytest.approx(asked.trees, abs=1e-10)
        drawn = compiled.drawn(asked) - plain.drawn(bare)
        steps = np.concatenate((compiled.steps, [[1.0]]))
        assert drawn.mean(axis=2) * steps == pytest.approx(asked.trees, abs=1e-4)
    for line in engine.rank(profile).recommendations:
        if line.reasons:
            total = sum(reason.effect for reason in line.reasons)
            assert total == pytest.approx(line.expected_gain.mean, abs=1e-10)


def test_the_reference_companies_stand_where_the_model_puts_them(won):
    found = won[0]
    standing = standing_by_sums(found.sample.everyone, found.model, found.scales)
    compiled = Compiled(found.model)
    each = [compiled.latent(compiled.terms(compiled.ask(one))) for one in reference_profiles()]
    for head, latent in zip(HEADS, np.concatenate(each, axis=1), strict=True):
        mean, variance = standing[head].predict()
        assert mean == pytest.approx(latent, abs=1e-6)
        assert (variance > 0).all()
        company = int(standing[head].found.company[0])
        moved, _ = standing[head].without(company).predict()
        assert 0 < np.abs(moved - mean).max() < 0.2


def test_without_trees_nothing_is_asked_of_them(won):
    assert Compiled(won[1]).ask(won[0].sample.everyone.profiles[0]).trees is None


def test_a_card_that_the_trees_never_saw_is_answered_too(won, menu, profile):
    engine = Engine(carried_to(won[0].model, menu), "v")
    predicted = engine.predictions(won[0].sample.everyone.profiles[0])
    assert np.isfinite(predicted.expected_gain).all()
    assert len(predicted.gain) == len(menu)


@pytest.fixture
def with_trees(won, menu, expert):
    """Return a model of the whole menu with trees, and whence it comes."""
    model = replace(expert_model(menu, expert), trees=won[0].model.trees)
    return model, Provenance("2026-01-02T03:04:05+00:00", "", "", "", "", 0, {}, "keep")


def test_a_version_with_trees_answers_the_same_when_loaded(with_trees, models, profile):
    model, provenance = with_trees
    version = save(model, provenance, models)
    loaded, _ = load(models / version)
    for head in HEADS:
        for field in ("feature", "threshold", "missing", "kept", "value"):
            one, other = (getattr(m.trees[head], field) for m in (model, loaded))
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
    assert Engine(loaded, version).rank(profile) == Engine(model, version).rank(profile)
    assert Engine(loaded, version).rank(profile) != Engine(
        replace(loaded, trees=None), version
    ).rank(profile)


def test_trees_that_ask_about_what_is_not_there_are_refused(with_trees, models):
    model, provenance = with_trees
    gain = model.trees["gain"]
    odd = replace(gain, feature=gain.feature + np.int32(N_FEATURES))
    version = save(replace(model, trees={**model.trees, "gain": odd}), provenance, models)
    with pytest.raises(BrokenVersion, match="trees ask about features beyond"):
        load(models / version)


CASES = {
    "clearly better": (Estimate(0.02, 0.01, 0.03), True),
    "better with 80 %, not with 95 %": (Estimate(0.02, 0.003, 0.037), False),
    "worse": (Estimate(-0.02, -0.03, -0.01), False),
    "unknown": (Estimate(None, None, None), False),
}


@pytest.mark.parametrize(("difference", "chosen"), CASES.values(), ids=CASES.keys())
def test_trees_are_chosen_only_with_certainty(difference, chosen):
    assert surely("above", difference) is chosen


@pytest.mark.usefixtures("scales_as_given")
def test_trees_that_are_no_better_are_not_chosen(few_cards, expert):
    evidence = trials_of(few_cards, 125)
    model, scales = fit_by_sums(evidence, Setup(few_cards, expert))
    found = contest(evidence, model, scales)
    assert any(found.finding.n_trees.values())  # else there was nothing to choose
    assert not found.finding.chosen
    assert found.model is model
    assert found.sample.everyone is evidence
    assert found.scales is scales


def test_log_scores_and_errors_by_hand(small):
    """Chances .5 and .8, a gain predicted at 0 with variance 1 in all."""
    n = len(small)
    one = Predictions(*(np.full(N_CARDS, v) for v in (0.0, 0.5, 0.8, 0.0, 0.3)))
    gains = replace(small.gains, variance=np.full(n, 0.2))
    evidence = replace(small, gains=gains)
    held = Held([one] * n, np.full(n, 0.5), np.zeros(n), {})
    found = log_scores(evidence, held)
    state, gain = evidence.state, gains.gain
    scored = {"not_started": np.log(0.5), "started": np.log(0.5)}
    scored |= {"stopped": np.log(0.5 * 0.2), "finished": np.log(0.5 * 0.8)}
    for i in range(n):
        expected = scored.get(state[i], 0.0)
        if state[i] in ("started", "finished") and not np.isnan(gain[i]):
            expected += -0.5 * (gain[i] ** 2 + np.log(2 * np.pi))
        assert found[i] == pytest.approx(expected)
    off = errors(evidence, {"hierarchy": held.ours}, HEADS)
    assert off["started"]["hierarchy"] == pytest.approx(0.25)


FOUND = Challenge(
    {"started": 0, "completed": 5, "gain": 40},
    Estimate(0.0123, 0.004, 0.02),
    {head: {"hierarchy": 0.2512, "trees": 0.2488} for head in HEADS},
    True,
)
PAGES = {
    "chosen": (FOUND, "trees.chosen", True),
    "kept": (replace(FOUND, chosen=False), "trees.kept", True),
    "nothing found": (replace(FOUND, difference=None, chosen=False), "trees.none", False),
}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(("found", "key", "table"), PAGES.values(), ids=PAGES.keys())
def test_the_page_says_what_was_tried_and_why(found, key, table, language):
    def told(challenge):
        return trees_section(SimpleNamespace(challenge=challenge), say).parts

    say = Wording(language, ())
    text = " ".join(map(str, told(found)))
    assert say(key) in text
    assert (("0,2488" if language == "nl" else "0.2488") in text) is table
    assert told(None) == ()

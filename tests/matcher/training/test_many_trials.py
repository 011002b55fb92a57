"""The fit for many trials beside the one for few, and beside rows written out in full."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from matcher.design.cards import cards_of
from matcher.design.encoding import encode
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, read_expert
from matcher.design.setup import Setup
from matcher.design.terms import rows
from matcher.paths import EXPERT
from matcher.profile.schema import PROFILE_FIELDS
from matcher.regression.kernel_form import KernelEvidence, condition
from matcher.regression.prior import Scale
from matcher.regression.scales import learn_scales
from matcher.simulation.simulate import simulate
from matcher.training.by_sums import fit_by_sums, fit_head, scales_of_some
from matcher.training.card_sums import CardRows, company_moments
from matcher.training.evidence import gather
from matcher.training.gain_rows import drift_columns
from matcher.training.questions import question
from matcher.trials.reader import read_trials


@pytest.fixture(scope="module")
def frame(tmp_path_factory, menu):
    """Return the trials of some companies in which much varies."""
    path = tmp_path_factory.mktemp("world") / "trials.csv"
    simulate("strong", 130, 3, menu, n_profiles=0).trials.to_csv(path, index=False)
    return read_trials(path, menu).frame


@pytest.fixture(scope="module")
def evidence(frame, menu):
    return gather(frame, menu)


@pytest.fixture(scope="module")
def expert():
    return read_expert(EXPERT)


def without_tables(evidence):
    controls = evidence.controls
    alone = replace(controls, table=np.full(len(controls), -1))
    return replace(evidence, table=np.full(len(evidence), -1), controls=alone)


def card_rows(evidence, menu, expert, head):
    return CardRows(Setup(menu, expert), head, evidence)


def test_a_block_of_profiles_has_the_numbers_of_each(frame):
    answers = frame[list(PROFILE_FIELDS)].to_dict("records")
    known = [{k: None if v != v else v for k, v in one.items()} for one in answers]
    block = Profiles(frame).of(slice(None))
    for i, one in enumerate(map(encode, known)):
        assert (block.values[:, i] == one.values).all()
        assert (block.needs[i] == one.needs).all()
        assert (block.first_need[i], block.sector[i], block.employees[i]) == (
            one.first_need,
            one.sector,
            one.employees,
        )


@pytest.mark.parametrize("head", HEADS)
def test_a_short_row_and_its_card_make_the_row_of_the_design(evidence, menu, expert, head):
    short = card_rows(evidence, menu, expert, head)
    everything = np.arange(len(evidence))
    Z = short.short(everything)
    made = np.array([z @ short.maps[k] for z, k in zip(Z, evidence.cards, strict=True)])
    X = rows(short.layout, evidence.profiles, cards_of(menu), evidence.cards)
    if head == "gain":
        values = np.array([one.values for one in evidence.profiles])
        X = np.hstack((X, drift_columns(values, [one.sector for one in evidence.profiles])))
    np.testing.assert_allclose(made, X, rtol=0, atol=1e-12)
    w = np.random.default_rng(0).standard_normal(X.shape[1])
    found = short.latent(w, short.trials(everything))
    assert found == pytest.approx(X @ w, rel=0, abs=1e-10)


def test_sums_are_those_of_the_covariance_written_out(evidence, menu, expert):
    rng = np.random.default_rng(1)
    period = evidence.gains.period // 2  # every other trial shares its measurement
    some = replace(evidence, gains=replace(evidence.gains, period=period))
    short = card_rows(some, menu, expert, "gain")
    n = len(short)
    short.company = np.where(rng.random(n) < 0.1, -1, short.company // 3)
    y, variance = rng.standard_normal(n), rng.uniform(0.5, 2, n)
    found = company_moments(short, y, variance, 0.8)
    same = (short.company[:, None] == short.company) & (short.company >= 0)
    V = np.diag(variance) + 0.8**2 * same
    X = question(some, "gain", Setup(menu, expert))[0].X
    assert (np.bincount(short.gains.row) > 1).sum() > 10
    near = {"rtol": 0, "atol": 1e-8}
    np.testing.assert_allclose(found.precision, X.T @ np.linalg.solve(V, X), **near)
    np.testing.assert_allclose(found.pull, X.T @ np.linalg.solve(V, y), **near)
    assert found.energy == pytest.approx(y @ np.linalg.solve(V, y))
    assert found.log_det == pytest.approx(np.linalg.slogdet(V)[1])


def at(evidence, menu, expert, head):
    """Return rows of the design where few and many are compared: each company, some cards."""
    places = np.arange(len(evidence)) % len(menu)
    return Setup(menu, expert).rows(head, evidence.profiles, places)


def test_with_the_same_scales_the_gain_is_that_of_the_kernel(evidence, menu, expert):
    alone = without_tables(evidence)
    observed, prior = question(alone, "gain", Setup(menu, expert))
    few = condition(observed, prior, prior.medians)
    short = card_rows(alone, menu, expert, "gain")
    many = fit_head(short, prior.medians)
    X = at(evidence, menu, expert, "gain")
    assert X @ many.mean == pytest.approx(X @ few.mean[: X.shape[1]], rel=0, abs=1e-8)
    variance = (many.halves(X) ** 2).sum(axis=0)
    wide = np.pad(X, ((0, 0), (0, len(few.mean) - X.shape[1])))
    assert variance == pytest.approx(few.variance(wide), rel=0, abs=1e-8)
    assert many.posterior.log_evidence == pytest.approx(few.log_evidence, rel=0, abs=1e-7)


@pytest.mark.parametrize("head", ["started", "completed"])
def test_with_the_same_scales_a_chance_is_near_that_of_expectation_propagation(
    evidence, menu, expert, head
):
    """Two approximations of one posterior; a company's own level as variance is the third."""
    observed, prior = question(evidence, head, Setup(menu, expert))
    few = condition(observed, prior, prior.medians)
    short = card_rows(evidence, menu, expert, head)
    many = fit_head(short, prior.medians).posterior
    X = at(evidence, menu, expert, head)
    here, there = (ndtr(X @ fit.mean / np.sqrt(1 + fit.variance(X))) for fit in (few, many))
    assert np.abs(here - there).max() < 0.04
    assert np.sqrt(many.variance(X)) == pytest.approx(np.sqrt(few.variance(X)), rel=0.1)


def test_many_trials_make_a_model_like_few_do(evidence, menu, expert):
    model, scales = fit_by_sums(replace(evidence, profiles=()), Setup(menu, expert))
    assert model.support.sum() == len(evidence)
    assert model.companies.sum() == model.facts.companies
    for head in HEADS:
        assert np.isfinite(model.heads[head].draws).all()
        learned = scales[head].blocks
        own = Setup(menu, expert).layouts[head].blocks
        assert model.heads[head].block_sd == {name: learned[name] for name in own}
        assert model.heads[head].group_sd == tuple(scales[head].groups.values())
        assert (model.heads[head].noise_sd > 0) == (head == "gain")


def test_the_scales_of_blocks_learned_from_sums_are_those_learned_row_by_row(
    evidence, menu, expert
):
    """Gains without tables, the other scales fixed: the kernel form is a second method."""
    few = replace(menu, interventions=menu.interventions[:6])
    some = evidence.of(evidence.cards < 6)
    some = without_tables(some)
    setup = Setup(few, expert)
    observed, prior = question(some, "gain", setup)
    groups = {name: Scale(scale.median) for name, scale in prior.groups.items()}
    fixed = replace(prior, groups=groups, noise=Scale(prior.noise.median))
    start = prior.medians
    begin = {head: setup.priors[head].medians for head in HEADS} | {"gain": start}
    found = scales_of_some(some, setup, 0, begin)["gain"]
    expected = learn_scales(KernelEvidence(observed, fixed))
    assert found.blocks == pytest.approx(expected.blocks, rel=0.02)
    assert max(abs(np.log(sd / start.blocks[name])) for name, sd in found.blocks.items()) > 0.1
    assert (found.groups, found.noise) == (start.groups, start.noise)

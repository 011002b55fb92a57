"""Leaving one company out: against a fit without it, and against what was planted."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.design.encoding import encode
from matcher.design.setup import Setup
from matcher.evaluation.stability import (
    _first_three,
    expected_gains,
    leave_one_out,
    reduced,
    standing_of,
)
from matcher.menu.card import read_menu
from matcher.paths import MENU, TRIALS
from matcher.profile.reference import reference_companies
from matcher.ranking.engine import Engine
from matcher.regression.kernel_form import condition
from matcher.regression.prior import Block, Prior, Scale, Scales
from matcher.regression.rows import Rows
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from tests.matcher.conftest import PLANTED, one_card_helps, trial, write_trials


@pytest.mark.parametrize("family", ["gaussian", "probit"])
@pytest.mark.parametrize(("n", "p"), [(12, 30), (30, 12), (0, 5)])
def test_fewer_dimensions_change_nothing(family, n, p):
    """The posterior at 7 points, against the regression in all its columns."""
    rng = np.random.default_rng(3)
    noise = 0.0 if family == "probit" else 0.3
    y = (rng.random(n) < 0.6).astype(float) if family == "probit" else rng.normal(size=n)
    company = rng.integers(0, 5, n)
    known = None if family == "probit" else rng.uniform(0.1, 0.2, n)
    observed = Rows(rng.normal(size=(n, p)), y, (company,), known)
    blocks = (Block("a", slice(0, 2), Scale(1.0)), Block("b", slice(2, p), Scale(1.0)))
    prior = Prior(rng.normal(size=p), blocks, {"company": Scale(1.0)}, Scale(1.0), family)
    scales, at = Scales({"a": 0.7, "b": 0.2}, {"company": 0.4}, noise), rng.normal(size=(7, p))
    standing = reduced(observed, prior, scales, at)
    for left_out in (None, 2):
        kept = company != left_out
        whole = condition(observed.of(kept), prior, scales)
        part = standing if left_out is None else standing.without(left_out)
        mean, variance = part.predict()
        assert mean == pytest.approx(at @ whole.mean, abs=1e-8)
        assert variance == pytest.approx(whole.variance(at) + 0.4**2, abs=1e-8)


@pytest.fixture(scope="module")
def product(menu, expert):
    """Return the outcomes of the repository, and model and scales fitted to them, not averaged."""
    evidence = gather(read_trials(TRIALS, menu).frame, menu)
    evidence = evidence.with_designs(Setup(menu, expert))
    return evidence, *fit(evidence, Setup(menu, expert), averaged=False)


def test_the_reference_companies_are_expected_to_gain_what_an_engine_says(product, menu, expert):
    """The engine has a chance's variance from 256 draws: that moves a gain by .002 at most."""
    evidence, model, scales = product
    standing = standing_of(evidence, Setup(menu, expert), scales)
    found = expected_gains(standing, model.facts.stopped_share)
    engine = Engine(model, "served")
    for gains, company in zip(found, reference_companies(), strict=True):
        served = engine.predictions(encode(company.profile)).expected_gain
        assert gains == pytest.approx(served, abs=2e-3)


def test_designs_at_hand_change_no_fit(product, menu, expert):
    evidence, _, scales = product
    inside = evidence.company < 40
    part = evidence.of(inside)
    plain = replace(part, designs=None)
    found, again = (
        fit(e, Setup(menu, expert), start=scales, averaged=False)[0] for e in (part, plain)
    )
    for head, fitted in found.heads.items():
        assert fitted.mean == pytest.approx(again.heads[head].mean, abs=1e-8)


def test_the_order_of_the_product_hangs_on_no_single_company(product, menu, expert):
    evidence, model, scales = product
    found = leave_one_out(evidence, model, scales)
    assert (found.n_left_out, found.n_profiles) == (82, 25)
    changed = found.top3_changed
    assert 0 < changed.low <= changed.value <= changed.high < 0.1
    names = set(evidence.frame["company"])
    shares = [share for _, share in found.most_influential]
    assert {name for name, _ in found.most_influential} <= names
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 0


def at_least(least, scales):
    """Return scales none of which is smaller; a chance has no noise to widen."""
    wide = (
        {name: max(sd, least) for name, sd in part.items()}
        for part in (scales.blocks, scales.groups)
    )
    return Scales(*wide, scales.noise and max(scales.noise, least))


def test_a_company_that_alone_makes_a_card_shine_is_named(tmp_path, expert):
    """Eleven companies gain nothing; one gains 2 points with a card that only it tried."""
    menu = read_menu(MENU)
    small = replace(menu, interventions=tuple(menu.by_id[c] for c in PLANTED))
    rows = [trial(f"c{i}", PLANTED[i % 2], 3.5, 3.5) for i in range(11)]
    rows.append(trial("star", PLANTED[2], 3.0, 5.0))
    evidence = gather(read_trials(write_trials(tmp_path / "t.csv", rows), small).frame, small)
    model, scales = fit(evidence, Setup(small, expert))
    # Room for what the star shows, whatever is learned from twelve trials.
    wide = {head: at_least(0.3, one) for head, one in scales.items()}
    found = leave_one_out(evidence, model, wide)
    assert found.n_left_out == 12
    assert leave_one_out(evidence, model, wide) == found
    # Of three cards the first three are always the same set.
    assert found.top3_changed.value == 0
    standing = standing_of(evidence, Setup(small, expert), wide)
    suits = np.ones((25, 3), np.bool_)
    firsts = _first_three(expected_gains(standing, 0.25), suits)[:, 0]
    star = evidence.company[evidence.frame["company"] == "star"][0]
    left = {head: part.without(star) for head, part in standing.items()}
    without = _first_three(expected_gains(left, 0.25), suits)[:, 0]
    assert (firsts == 2).mean() > (without == 2).mean()
    assert found.first_changed.value > 0


def test_of_many_companies_a_sample_is_left_out(tmp_path, expert, monkeypatch):
    monkeypatch.setattr("matcher.evaluation.stability.MOST_LEFT_OUT", 7)
    menu = read_menu(MENU)
    small = replace(menu, interventions=tuple(menu.by_id[c] for c in PLANTED))
    rows = [r | {"company": f"x{i}"} for i, r in enumerate(one_card_helps()[:20])]
    evidence = gather(read_trials(write_trials(tmp_path / "t.csv", rows), small).frame, small)
    model, scales = fit(evidence, Setup(small, expert))
    found = leave_one_out(evidence, model, scales)
    assert found.n_left_out == 7

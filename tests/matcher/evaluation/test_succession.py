"""Beside the version that is live: only where it cannot have peeked."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.design.setup import Setup
from matcher.evaluation.against_live import FEWEST_COMPANIES, Live, choices_of, compared, unseen
from matcher.evaluation.cross_fitting import all_suitable
from matcher.evaluation.evaluate import evaluate
from matcher.evaluation.findings import Succession
from matcher.model.fitted import expert_model
from matcher.model.registry import promote
from matcher.paths import EXPERT
from matcher.ranking.engine import Engine
from matcher.retraining import _live, retrain
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from tests.matcher.conftest import PLANTED, one_card_helps, write_trials


@pytest.fixture(scope="module")
def small(menu):
    return replace(menu, interventions=tuple(menu.by_id[c] for c in PLANTED))


@pytest.fixture(scope="module")
def evidence(small, tmp_path_factory):
    """Return 120 trials at 60 companies."""
    path = write_trials(tmp_path_factory.mktemp("live") / "t.csv", one_card_helps())
    return gather(read_trials(path, small).frame, small)


def live_of(small, expert, seen):
    return Live("v1", expert_model(small, expert), None if seen is None else frozenset(seen))


def names(evidence):
    return sorted(set(evidence.frame["company"]))


def test_only_companies_that_it_had_not_seen_count(small, evidence, expert):
    """Where it has seen the company the difference is 1, elsewhere -.5: only the latter counts."""
    known = names(evidence)[:30]
    live = live_of(small, expert, known)
    new = unseen(evidence, live)
    assert sorted(set(evidence.frame["company"][new])) == names(evidence)[30:]
    found = compared(evidence, live, np.where(new, -0.5, 1.0), np.random.default_rng(0))
    assert (found.version, found.n_unseen) == ("v1", 30)
    assert found.difference.value == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("n_unseen", "told"), [(0, False), (FEWEST_COMPANIES - 1, False), (FEWEST_COMPANIES, True)]
)
def test_a_few_new_companies_decide_nothing(small, evidence, expert, n_unseen, told):
    known = names(evidence)[n_unseen:]
    found = compared(
        evidence, live_of(small, expert, known), np.ones(120), np.random.default_rng(0)
    )
    assert found.n_unseen == n_unseen
    assert (found.difference is not None) is told


def test_without_a_list_of_companies_nothing_is_compared(small, evidence, expert):
    live = live_of(small, expert, None)
    found = compared(evidence, live, np.ones(120), np.random.default_rng(0))
    assert found == Succession("v1", None, None)


def test_the_live_version_chooses_the_card_it_would_put_first(small, evidence, expert):
    live = live_of(small, expert, ())
    suits = all_suitable(small, evidence)
    chosen = choices_of(live, evidence, small, suits)
    served = Engine(live.model, "v1")
    for profile, policy in zip(evidence.profiles, chosen, strict=True):
        best = int(np.argmax(served.predictions(profile).expected_gain))
        assert policy.tolist() == np.eye(len(small))[best].tolist()
    suits[:, 2] = False
    assert (choices_of(live, evidence, small, suits)[:, 2] == 0).all()


@pytest.fixture
def first(tmp_path, menu, models):
    """Return a version on the real outcomes of 12 companies, live."""
    rows = [r | {"source": "experiment"} for r in one_card_helps()[:24]]
    path = write_trials(tmp_path / "first.csv", rows)
    version = retrain(path, menu, EXPERT, models, quick=True).version
    promote(models, version, "Test", "Eerste")
    return version


def test_a_successor_is_compared_at_the_companies_that_came_after(
    small, evidence, expert, monkeypatch
):
    """Both put the card first that helps everybody: the difference is about 0."""
    monkeypatch.setattr("matcher.training.folds.N_FOLDS", 2)
    evidence = evidence.of(evidence.company < 35)
    known = names(evidence)[:15]
    seen = np.isin(evidence.frame["company"].to_numpy(str), known)
    earlier, _ = fit(evidence.of(seen), Setup(small, expert), averaged=False)
    model, scales = fit(evidence, Setup(small, expert), averaged=False)
    live = Live("v1", earlier, frozenset(known))
    found = evaluate(evidence, model, scales, live=live).succession
    assert (found.version, found.n_unseen) == ("v1", 20)
    assert found.difference.value == pytest.approx(0, abs=0.05)


def test_a_version_without_the_list_is_live_and_unknown(first, models, monkeypatch):
    live = _live(models)
    assert live.version == first
    assert len(live.companies) == 12
    monkeypatch.setattr("matcher.retraining.json.loads", lambda _: {"verdict": "keep"})
    assert _live(models).companies is None


def test_what_learned_from_simulated_outcomes_or_does_not_load_is_no_rival(
    version, models, tmp_path
):
    assert _live(models) is None  # nothing was promoted
    promote(models, version.name, "Test", "Nagebootst")
    assert _live(models) is None  # simulated
    (version / "menu.toml").write_text("kapot")
    assert _live(models) is None
    assert _live(tmp_path / "nowhere") is None

"""Companies of a study that knows a size class at most: how they are judged and told."""

import numpy as np
import pytest

from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, read_expert
from matcher.design.setup import Setup
from matcher.evaluation.cross_fitting import all_suitable
from matcher.evaluation.subgroups import groups_of
from matcher.menu.card import read_menu
from matcher.model.artefact import Provenance, load, save
from matcher.model.fitted import expert_model
from matcher.paths import EXPERT, MENU
from matcher.profile.reference import reference_companies
from matcher.profile.schema import NO_CONSTRAINTS
from matcher.ranking.conditions import judge
from matcher.ranking.engine import Engine
from matcher.report.baseline import baseline_of
from matcher.report.outlook import outlook_of
from matcher.training.evidence import gather
from matcher.training.facts import model_of
from matcher.trials.reader import read_trials
from tests.matcher.conftest import trial, write_trials

CARD = read_menu(MENU)
OPEN = {"employees": "", "needs": "", "staffing_pressure": ""}


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    """Return trials of six companies with all answers, five with a class and seven with none."""
    cells = [{}] * 6 + [OPEN | {"employees": "10-19"}] * 5 + [OPEN] * 7
    rows = [
        trial(f"c{at}", "mentor-buddy", 3.5 + at / 100, 3.6, **each)
        for at, each in enumerate(cells)
    ]
    path = write_trials(tmp_path_factory.mktemp("open") / "t.csv", rows)
    return read_trials(path, CARD).frame


@pytest.fixture(scope="module")
def evidence(frame):
    return gather(frame, CARD)


def test_only_what_is_known_of_a_company_excludes_a_card(evidence):
    suits = all_suitable(CARD, evidence)
    known = evidence.companies()[0]
    assert (
        suits[0].tolist()
        == (judge(CARD, known, NO_CONSTRAINTS).suitable & CARD.is_rankable).tolist()
    )
    assert not (suits[0] & ~suits[-1]).any()  # the same company, less of it known
    assert [evidence.companies()[at].employees for at in (0, 6, 17)] == [40, 14, None]


def test_a_size_that_nobody_knows_is_a_group_of_its_own(evidence, frame):
    sizes = {value: int(of.sum()) for field, value, of in groups_of(evidence) if field == "size"}
    assert sizes == {"25-49": 6, "10-24": 5, "unknown": 7}
    groups = {g.value: g.standing for g in baseline_of(frame).groups["size_class"]}
    assert {value: standing.n for value, standing in groups.items()} == {
        "10-24": 5,
        "25-49": 6,
        None: 7,
    }


def test_predictions_of_such_a_company_are_finite(evidence):
    engine = Engine(expert_model(CARD, read_expert(EXPERT)), "v")
    for profile in evidence.profiles:
        predicted = engine.predictions(profile)
        assert np.isfinite(predicted.gain).all() and (predicted.gain_variance > 0).all()


def test_their_trials_are_counted_where_nothing_is_known_and_saved_so(evidence, frame, tmp_path):
    setup = Setup(CARD, read_expert(EXPERT))
    plain = expert_model(CARD, setup.expert)
    model = model_of(evidence, Profiles(evidence.frame), setup, plain.heads, 0.0, (0.3, 0.1))
    assert model.support.sum(axis=(0, 2, 3)).tolist() == [0, 0, 5, 6, 0, 0, 7]
    assert model.companies.sum(axis=(0, 1)).tolist() == [0, 6, 0, 0, 12]
    provenance = Provenance("2026-01-01T00:00:00+00:00", "", "", "", "", 0, {}, "unclear")
    for each, shape in ((model, (10, 7, 5)), (plain, (10, 6, 4))):
        folder = tmp_path / save(each, provenance, tmp_path)
        assert np.load(folder / "companies.npy").shape == shape
        loaded, _ = load(folder)
        np.testing.assert_array_equal(loaded.support, each.support)
        np.testing.assert_array_equal(loaded.companies, each.companies)


def test_who_could_not_ask_is_not_ranked_in_a_report(evidence):
    engine = Engine(expert_model(CARD, read_expert(EXPERT)), "v")
    reference = [company.profile for company in reference_companies()]
    assert outlook_of(engine, evidence, reference).n_companies == 6
    nobody = evidence.of(np.arange(len(evidence)) >= 6)
    assert outlook_of(engine, nobody, reference).n_companies == len(reference)


def test_the_need_match_of_such_a_company_is_that_of_companies_in_all(evidence):
    setup = Setup(CARD, read_expert(EXPERT))
    for head in HEADS:
        assert np.isfinite(evidence.design(head, setup)).all()

"""A row of the gain for each company and measured period: by hand, and where the truth is known."""

import numpy as np
import pandas as pd
import pytest

from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.paths import EXPERT, TRIALS
from matcher.regression.kernel_form import condition
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.training.gain_rows import DRIFT, gain_rows
from matcher.training.questions import question
from matcher.trials.gain import DRIFT_SD
from matcher.trials.reader import read_trials


@pytest.fixture(scope="module")
def setup(menu):
    return Setup(menu, read_expert(EXPERT))


@pytest.fixture(scope="module")
def shipped(menu):
    return read_trials(TRIALS, menu).frame


def rows_of(shipped, *told):
    """Return trials (company, card, state, change), all else as one company has it; 3.5 before."""
    one = shipped[shipped["intervention"] != "geen"].head(1)
    frame = pd.concat([one] * len(told), ignore_index=True)
    company, card, state, change = zip(*told, strict=True)
    alike = {"scale": "1-6", "culture_before": 3.5, "table": None, "assigned_by": "table"}
    alike |= {f"{name}_{when}": np.nan for name in ("respondents",) for when in ("before", "after")}
    alike |= {f"culture_{when}_sd": np.nan for when in ("before", "after")}
    alike |= {"start_date": pd.NaT, "end_date": pd.NaT}
    own = {"company": company, "intervention": card, "state": state}
    after = [np.nan if c is None else 3.5 + c for c in change]
    return frame.assign(**alike, **own, culture_after=after)


def level_of(frame, menu, setup):
    """Return posterior mean and SD of the level of gains, at the medians of all scales."""
    rows, prior = question(gather(frame, menu), "gain", setup)
    found = condition(rows, prior, prior.medians)
    at = np.zeros((1, len(prior.mean)))
    at[0, setup.layouts["gain"].columns["level"]] = 1
    return float(at[0] @ found.mean), float(np.sqrt(found.variance(at)[0]))


def test_a_row_is_what_a_company_tried_in_a_period_and_counts_by_how_far_it_came(
    shipped, menu, setup
):
    frame = rows_of(
        shipped,
        ("a", "evc", "finished", 0.4),
        ("a", "leercoach", "stopped", 0.4),
        ("a", "intervisie", "not_started", 0.4),
        ("b", "evc", "not_started", 0.1),
        ("c", "evc", "finished", 0.2),
        ("c", "leercoach", "unknown", 0.2),
        ("d", "evc", "finished", None),
        ("e", "geen", "unknown", -0.1),
        ("f", "evc", "started", 0.3),
        ("f", "evc", "finished", 0.5),
    )
    evidence = gather(frame, menu)
    rows = gain_rows(evidence, setup.expert)
    assert rows.y == pytest.approx([0.4, 0.1, 0.3, 0.5, -0.1])
    parts = list(zip(rows.row.tolist(), rows.trial.tolist(), rows.share.tolist(), strict=True))
    assert parts == [(0, 0, 1.0), (0, 1, 0.25), (2, 7, 1.0), (3, 8, 1.0)]
    assert rows.company[2] == rows.company[3]
    # That a share may be another than .25, by .25, of a gain of about .1 +- .12.
    more = rows.variance[0] - rows.variance[1]
    assert more == pytest.approx(0.25**2 * (0.1**2 + 0.12**2))
    X = question(evidence, "gain", setup)[0].X
    width = setup.layouts["gain"].width
    each = evidence.design("gain", setup)
    assert X[0, :width] == pytest.approx(each[0] + 0.25 * each[1])
    assert not X[[1, 4], :width].any()
    assert (X[:, width] == 1).all()


def test_a_score_that_stands_in_four_rows_tells_no_more_than_in_one(shipped, menu, setup):
    once = [(f"b{i}", "evc", "finished", 0.1 * (i % 5)) for i in range(20)]
    alone = level_of(rows_of(shipped, *once), menu, setup)
    four = [(c, "evc", s, g) for c, _, s, g in once for _ in range(4)]
    frame = rows_of(shipped, *four)
    # Four cards each: what they bring together is known no better than what one brought.
    cards = ["evc", "leercoach", "intervisie", "mentor-buddy"] * 20
    started = frame.assign(intervention=cards, state=["finished", *["not_started"] * 3] * 20)
    again = level_of(started, menu, setup)
    assert again == pytest.approx(alone, abs=1e-9)


def test_copies_do_not_make_the_noise_look_small(shipped, menu, setup):
    """Each gain four times: as rows of their own they would be known to vary less."""
    rng = np.random.default_rng(0)
    once = [(f"b{i}", "evc", "finished", g) for i, g in enumerate(rng.normal(0.1, 0.4, 40))]
    cards = ("evc", "leercoach", "intervisie", "mentor-buddy")
    four = [(c, card, s, g) for c, _, s, g in once for card in cards]
    first, second = (
        fit(gather(rows_of(shipped, *rows), menu), setup, averaged=False)[1]["gain"]
        for rows in (once, four)
    )
    assert second.noise > 0.8 * first.noise


def test_a_company_that_tried_two_tells_about_their_sum(shipped, menu, setup):
    """Sixty companies that tried both gained .6: each card's share follows from the others."""
    both = [(f"b{i}", card, "finished", 0.6) for i in range(60) for card in ("evc", "leercoach")]
    rows, prior = question(gather(rows_of(shipped, *both), menu), "gain", setup)
    found = condition(rows, prior, prior.medians)
    assert len(rows.y) == 60
    assert rows.X[0] @ found.mean == pytest.approx(0.6, abs=0.1)
    width = setup.layouts["gain"].width
    one = gather(rows_of(shipped, both[0]), menu).design("gain", setup)
    assert one[0] @ found.mean[:width] < 0.4


def test_more_controls_make_the_answer_surer_and_one_moves_it_little(shipped, menu, setup):
    """Five controls at -.30 took .30 off the drift, and one made the level three times less sure.

    The level beside none: -.30 at one control must not add .30 to every gain.
    """
    tried = [(f"b{i}", "evc", "finished", 0.1) for i in range(20)]
    found = {}
    for n in (0, 1, 5, 30):
        waited = [(f"k{i}", "geen", "unknown", -0.3) for i in range(n)]
        found[n] = level_of(rows_of(shipped, *tried, *waited), menu, setup)
    sds = [sd for _, sd in found.values()]
    assert sds == sorted(sds, reverse=True)
    rises = {n: level - found[0][0] for n, (level, _) in found.items()}
    assert 0 < rises[1] < 0.03
    assert rises[1] < rises[5] < 0.12
    assert rises[30] > rises[5]


def test_who_never_started_tells_what_changes_anyway(shipped, menu, setup):
    tried = [(f"b{i}", "evc", "finished", 0.3) for i in range(20)]
    idle = [(f"k{i}", "evc", "not_started", 0.2) for i in range(20)]
    alone = level_of(rows_of(shipped, *tried), menu, setup)
    beside = level_of(rows_of(shipped, *tried, *idle), menu, setup)
    assert beside[0] < alone[0] - 0.015
    assert beside[1] < alone[1]


def test_a_control_of_three_people_moves_the_level_less_than_one_of_thirty(shipped, menu, setup):
    rows = [(f"b{i}", "evc", "finished", 0.1) for i in range(20)] + [("k", "geen", "unknown", -0.4)]
    frame = rows_of(shipped, *rows).assign(employees=200.0)
    levels = []
    for n in (3.0, 30.0):
        people = np.where(frame["intervention"] == "geen", n, np.nan)
        told = frame.assign(respondents_before=people, respondents_after=people)
        levels.append(level_of(told, menu, setup)[0])
    none = level_of(frame[:-1], menu, setup)[0]
    assert 0 < levels[0] - none < 0.6 * (levels[1] - none)


def test_a_drift_that_is_known_to_be_there_is_found_and_kept_out_of_the_gains(shipped, menu, setup):
    """All change by -.2 anyway, cards bring .3: of 60 trials and 30 controls, 8 seeds."""
    levels, drifts = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        change = rng.normal(-0.2, 0.3, 90) + np.where(np.arange(90) < 60, 0.3, 0)
        names = [f"b{i}" for i in range(90)]
        cards = ["evc"] * 60 + ["geen"] * 30
        states = ["finished"] * 60 + ["unknown"] * 30
        frame = rows_of(shipped, *zip(names, cards, states, change, strict=True))
        rows, prior = question(gather(frame, menu), "gain", setup)
        found = condition(rows, prior, prior.medians)
        at = next(block.columns for block in prior.blocks if block.name == DRIFT)
        drifts.append(found.mean[at][0])
        levels.append(rows.X[0, : at.start] @ found.mean[: at.start])
    assert np.mean(drifts) == pytest.approx(-0.2, abs=0.1)
    assert np.mean(levels) == pytest.approx(0.3, abs=0.1)


def test_what_numbers_of_the_company_add_to_the_drift_is_learned_where_it_pays(
    shipped, menu, setup
):
    """Controls and idle trials change by .3 where the owner makes time, by -.3 where not."""
    n = 200
    support = np.where(np.arange(n) % 2, 5.0, 1.0)
    states = ["not_started"] * n
    rows = zip([f"b{i}" for i in range(n)], ["evc"] * n, states, 0.15 * (support - 3), strict=True)
    frame = rows_of(shipped, *rows).assign(owner_support=support)
    observed, prior = question(gather(frame, menu), "gain", setup)
    found = condition(observed, prior)
    width = setup.layouts["gain"].width
    told = observed.X[:, width:] @ found.mean[width:]
    assert told[1] - told[0] > 0.4
    scales = found.scales.blocks
    assert scales["drift by company"] > 1.5 * prior.medians.blocks["drift by company"]
    assert scales[DRIFT] == DRIFT_SD


def test_no_answer_of_a_model_has_the_drift_in_it(shipped, menu, setup):
    model, scales = fit(gather(shipped, menu), setup)
    head = model.heads["gain"]
    assert len(head.mean) == len(head.draws) == setup.layouts["gain"].width
    assert DRIFT in scales["gain"].blocks
    assert DRIFT not in head.block_sd


def test_controls_of_a_company_that_also_tried_have_its_level(shipped, menu, setup):
    tried = [("b", "evc", "finished", 0.1), ("a", "evc", "finished", 0.4)]
    frame = rows_of(shipped, ("a", "geen", "unknown", 0.3), *tried)
    rows = gain_rows(gather(frame, menu), setup.expert)
    assert rows.company[1] == rows.company[2]
    assert rows.single.tolist() == [0, 1, -1]

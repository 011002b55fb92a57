"""What a report finds: missing answers, where companies stand, and nothing about a handful."""

import itertools
import math
import statistics
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from matcher.disclosure import FEWEST
from matcher.model.fitted import expert_model
from matcher.paths import TRIALS
from matcher.profile.reference import reference_companies
from matcher.ranking.changes import changes_between
from matcher.ranking.engine import Engine
from matcher.report.baseline import baseline_of, companies_of
from matcher.report.missing import missing_of
from matcher.report.outlook import FEW_TRIALS, MOST_PER_CARD, N_PROPOSED, outlook_of
from matcher.training.evidence import gather
from matcher.trials.reader import read_trials
from matcher.vocabulary import sector_group


@pytest.fixture(scope="module")
def frame(menu):
    return read_trials(TRIALS, menu).frame


def company(number, score, province="drenthe", **cells):
    row = {
        "company": f"c{number}",
        "intervention": "microlearning",
        "start_date": pd.NaT,
        "employees": 20,
        "sector": "F",
        "sbi_version": "2008",
        "province": province,
        "culture_baseline": score,
    }
    return row | cells


def of_provinces(**sizes):
    """Return companies with different scores, so many in each province."""
    rng = np.random.default_rng(3)
    provinces = [name for name, n in sizes.items() for _ in range(n)]
    return pd.DataFrame(
        [
            company(i, round(float(rng.normal(3.8, 0.4)), 2), province)
            for i, province in enumerate(provinces)
        ]
    )


def shown(baseline, dimension="province"):
    return {g.value: g.standing for g in baseline.groups[dimension] if g.standing is not None}


# Hidden groups


def test_a_group_of_four_and_its_complement_stay_hidden():
    frame = of_provinces(groningen=12, friesland=9, drenthe=4)
    told = shown(baseline_of(frame))
    # Drenthe has too few; Friesland would be all that is left to subtract, so it goes along.
    assert set(told) == {"groningen"}
    everyone = baseline_of(frame).all
    rest = everyone.n - told["groningen"].n
    left = (everyone.n * everyone.mean.value - 12 * told["groningen"].mean.value) / rest
    by_hand = frame[frame["province"] != "groningen"]["culture_baseline"].mean()
    drenthe = frame[frame["province"] == "drenthe"]["culture_baseline"].mean()
    # What subtraction gives is thirteen companies together, and not the four.
    assert (rest, left) == (13, pytest.approx(by_hand))
    assert abs(left - drenthe) > 0.01


def test_two_groups_of_two_take_a_third_along():
    told = shown(baseline_of(of_provinces(groningen=10, friesland=2, drenthe=2, anders=6)))
    assert set(told) == {"groningen"}


def test_groups_of_five_are_all_shown():
    assert set(shown(baseline_of(of_provinces(groningen=5, friesland=5)))) == {
        "groningen",
        "friesland",
    }


def test_fewer_than_five_measured_companies_give_no_figure_at_all():
    baseline = baseline_of(of_provinces(groningen=4))
    assert baseline.all is None
    assert shown(baseline) == {}


# Where companies stand


def test_the_baseline_by_hand():
    """Scores 3, 3, 4, 4, 5: mean 3.8, SD sqrt(.7), t of 4 degrees at .9 is 1.5332."""
    frame = pd.DataFrame([company(i, s) for i, s in enumerate((3.0, 3.0, 4.0, 4.0, 5.0))])
    standing = shown(baseline_of(frame))["drenthe"]
    half = 1.5332 * 0.7**0.5 / 5**0.5
    assert standing.n == 5
    assert standing.sd == pytest.approx(0.7**0.5)
    estimate = standing.mean
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (3.8, 3.8 - half, 3.8 + half), abs=1e-4
    )


def test_a_company_counts_once_with_its_first_measured_start():
    rows = [
        company(1, 4.0, start_date=pd.Timestamp("2024-03-01")),
        company(1, 3.0, start_date=pd.Timestamp("2023-03-01")),
        company(1, None, start_date=pd.Timestamp("2022-03-01")),
    ]
    assert companies_of(pd.DataFrame(rows))["culture_baseline"].tolist() == [3.0]


def test_the_baseline_of_the_trials_is_that_of_another_computation(frame):
    baseline = baseline_of(frame)
    first = {}
    for row in frame.sort_values("start_date", kind="stable").to_dict("records"):
        if row["culture_baseline"] == row["culture_baseline"]:
            first.setdefault(row["company"], row)
    scores = [row["culture_baseline"] for row in first.values()]
    assert baseline.all.n == len(scores)
    assert baseline.all.mean.value == pytest.approx(statistics.fmean(scores))
    assert baseline.all.sd == pytest.approx(statistics.stdev(scores))
    for province, standing in shown(baseline).items():
        own = [r["culture_baseline"] for r in first.values() if r["province"] == province]
        assert standing.n == len(own) >= FEWEST
        assert standing.mean.value == pytest.approx(statistics.fmean(own))


# What is missing


def test_what_is_missing_by_hand(frame):
    missing = missing_of(frame)
    tried = [row for row in frame.to_dict("records") if row["intervention"] != "geen"]
    assert missing.n_trials == len(tried)
    assert missing.n_companies == len(set(frame["company"]))
    without_cost = sum(row["cost_eur"] != row["cost_eur"] for row in tried)
    assert missing.trial["cost_eur"] == pytest.approx(without_cost / len(tried))
    assert sum(count.n for count in missing.states.values()) == len(tried)
    finished = [row for row in tried if row["state"] == "finished"]
    measured = [
        row
        for row in finished
        if row["culture_before"] == row["culture_before"]
        and row["culture_after"] == row["culture_after"]
    ]
    assert missing.states["finished"].n == len(finished)
    assert missing.states["finished"].n_measured == len(measured)


# Every card, thin evidence, and what comes next


@pytest.fixture(scope="module")
def outlook(trained, frame, menu):
    return outlook_of(Engine(trained, "v"), gather(frame, menu), ())


def test_an_effect_is_the_mean_of_the_rankings_of_the_companies(trained, frame, menu, outlook):
    evidence = gather(frame, menu)
    engine, first = Engine(trained, "v"), {}
    for label, profile in zip(evidence.company.tolist(), evidence.profiles, strict=True):
        first.setdefault(label, profile)
    known = [profile for profile in first.values() if profile.sector >= 0]
    means = np.array([engine.predictions(profile).expected_gain for profile in known])
    for effect in outlook.effects:
        at = menu.ids.index(effect.card)
        # Companies of an unknown sector are a few; the others decide the mean.
        assert effect.mean == pytest.approx(means[:, at].mean(), abs=0.01)
        assert effect.low < effect.mean < effect.high
    assert [e.card for e in outlook.effects] != list(menu.ids)
    assert len(outlook.effects) == len(menu)
    assert all(a.mean >= b.mean for a, b in itertools.pairwise(outlook.effects))


def test_the_map_counts_the_trials_of_known_sectors(frame, menu, outlook):
    enablers = {card.id for card in menu if card.enabler}
    tried = frame[(frame["intervention"] != "geen") & frame["sector"].notna()]
    tried = tried[~tried["intervention"].isin(enablers)]
    group = [sector_group(*of) for of in zip(tried["sector"], tried["sbi_version"], strict=True)]
    counted = Counter(zip(tried["intervention"], group, strict=True))
    coverage = outlook.coverage
    for card, row in zip(coverage.cards, coverage.told, strict=True):
        for name, told in zip(coverage.groups, row, strict=True):
            assert (
                told.least <= counted[card, name] <= (math.inf if told.most is None else told.most)
            )
    told = [told for row in coverage.told for told in row]
    assert coverage.n_never == sum(told.exact == 0 for told in told) > 0


def test_the_next_experiment_tries_cells_that_are_thin_and_promising(outlook):
    proposals, coverage = outlook.proposals, outlook.coverage
    assert 0 < len(proposals) <= N_PROPOSED
    worth = [cell.p_top3 * cell.half_width for cell in proposals]
    assert worth == sorted(worth, reverse=True)
    for cell in proposals:
        row, column = coverage.cards.index(cell.card), coverage.groups.index(cell.group)
        assert cell.trials == coverage.told[row][column]
        assert (cell.trials.exact or 0) < FEW_TRIALS
        assert cell.p_top3 > 3 / len(coverage.cards)
    cards = [cell.card for cell in proposals]
    assert max(cards.count(card) for card in cards) <= MOST_PER_CARD


# What changed


def test_a_version_beside_itself_changes_nothing(trained):
    engine = Engine(trained, "v")
    for change in changes_between(engine, engine, reference_companies()):
        assert change.before == change.now
        assert (change.entered, change.first_changed) == ((), False)
        assert change.gain_now == change.gain_before
        assert all(effect == 0 for _, effect in change.movers)


def test_the_largest_movers_come_first_and_agree_with_the_rankings(trained, menu, expert):
    before, now = Engine(expert_model(menu, expert), "before"), Engine(trained, "now")
    changes = changes_between(before, now, reference_companies())
    assert len(changes) == 25
    entered = [len(change.entered) for change in changes]
    assert entered == sorted(entered, reverse=True)
    profiles = {reference.id: reference.profile for reference in reference_companies()}
    for change in changes[:5]:
        ranking = now.rank(profiles[change.company], explain=len(menu))
        lines = {line.intervention: line for line in ranking.recommendations}
        assert change.now == tuple(lines)[:3]
        assert change.gain_now == pytest.approx(lines[change.card].expected_gain.mean)
        moved = [abs(effect) for _, effect in change.movers]
        assert moved == sorted(moved, reverse=True)

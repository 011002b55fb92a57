"""What an experiment can see: by hand, by a second method, by published values, by simulation."""

import csv
import io

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import t

from matcher.cli import main
from matcher.cli.plan import POWER_DESIGNS as OFFERED
from matcher.errors import InvalidPlan
from matcher.plan.power import (
    POWER_DESIGNS,
    Experiment,
    companies_needed,
    multiplier,
    smallest_effect,
    wedge_schedule,
    wedge_variance,
)
from tests.strength import strength


class TestMultiplier:
    @pytest.mark.parametrize("freedom", [10, 30, 64, 200])
    def test_it_is_the_sum_of_two_quantiles_that_bloom_gives(self, freedom):
        bloom = t.ppf(0.975, freedom) + t.ppf(0.8, freedom)
        assert multiplier(0.05, 0.8, freedom) == pytest.approx(bloom, rel=0.01)

    def test_64_in_each_group_see_half_a_standard_deviation(self):
        """The best known line of Cohen's tables (1988, 2.3.5): d = .5, alpha .05, power .80."""
        assert multiplier(0.05, 0.8, 126) * np.sqrt(2 / 64) == pytest.approx(0.5, abs=0.003)

    def test_two_clusters_in_each_arm_need_twice_as_much(self):
        """At 2 degrees of freedom the quantiles alone are 4.30 + 1.06; chance takes more."""
        assert multiplier(0.05, 0.8, 2) > 4.30 + 1.06


class TestByHand:
    bare = Experiment(correlation=0, dropout=0)

    def test_a_mean_varies_by_companies_and_by_who_answered(self):
        """.12 of .95^2 between, .88 of it over 8 people: SD .456; of all 8 that work there .329."""
        assert self.bare.sd_means == pytest.approx(0.456, abs=5e-4)
        everybody = Experiment(employees=8)
        assert everybody.sd_means == pytest.approx(np.sqrt(0.12) * 0.95)

    @pytest.mark.parametrize(
        ("changes", "sds"),
        [({}, 0.59), ({"correlation": 0.6}, 0.47), ({"correlation": 0.6, "dropout": 0.25}, 0.55)],
    )
    def test_ninety_companies_see_what_was_reckoned_on_paper(self, changes, sds):
        """2.80 x 2 / sqrt(90) = .59 SD; x .8 with a score before; / sqrt(.75) after a loss."""
        found = smallest_effect(Experiment(**{"correlation": 0, "dropout": 0} | changes))
        assert found.effect / found.experiment.sd_means == pytest.approx(sds, abs=0.012)

    def test_tables_cost_the_factor_of_kish(self):
        """Twelve companies a table, ICC .08: the variance is 1 + 11 x .08 = 1.88 times as large."""
        lots = Experiment(companies=96, tables=8, dropout=0)
        among, of = (
            smallest_effect(Experiment(companies=96, tables=8, dropout=0, design=design))
            for design in ("equal", "cluster")
        )
        assert lots.icc_tables == 0.08
        assert (of.standard_error / among.standard_error) ** 2 == pytest.approx(1.88)
        assert of.freedom == 6

    def test_strata_take_out_what_lies_between_them(self):
        among, within = (
            smallest_effect(Experiment(design=design, tables=6)).standard_error
            for design in ("equal", "stratified")
        )
        assert (within / among) ** 2 == pytest.approx(0.92)

    def test_a_change_keeps_more_noise_than_an_adjusted_score(self):
        """2 (1 - .6) = .80 of the variance against 1 - .36 = .64."""
        adjusted, change = (
            smallest_effect(Experiment(design=design)).standard_error
            for design in ("equal", "before-after")
        )
        assert (change / adjusted) ** 2 == pytest.approx(0.80 / 0.64)

    def test_three_cards_share_the_companies_with_those_that_wait(self):
        """A quarter each: 2 / (n / 4) against 2 / (n / 2)."""
        one, three = (
            smallest_effect(Experiment(companies=80, cards=cards)).standard_error
            for cards in (1, 3)
        )
        assert (three / one) ** 2 == pytest.approx(2)

    def test_two_clusters_in_three_periods(self):
        """Levels known: only period 2 compares, variance 2. Levels unknown: by differences, 3."""
        started = np.array([[0.0, 1, 1], [0, 0, 1]])
        assert wedge_variance(started, 1.0, 0.0) == pytest.approx(2)
        assert wedge_variance(started, 1.0, 1e9) == pytest.approx(3)


@pytest.mark.parametrize(("clusters", "periods"), [(3, 4), (7, 4), (12, 5), (40, 3)])
def test_a_wedge_has_the_variance_that_least_squares_gives(clusters, periods):
    """Generalised least squares with the whole covariance, in matrices: no formula of theirs."""
    started = wedge_schedule(clusters, periods)
    assert started[:, 0].sum() == 0
    assert started[:, -1].all()
    assert np.ptp(np.diff(started.sum(axis=0))) <= 1
    within, between = 0.3, 0.7
    design = np.hstack(
        [np.tile(np.eye(periods), (clusters, 1)), started.reshape(-1, 1)],
    )
    block = within * np.eye(periods) + between
    weight = np.kron(np.eye(clusters), np.linalg.inv(block))
    covariance = np.linalg.inv(design.T @ weight @ design)
    assert wedge_variance(started, within, between) == pytest.approx(covariance[-1, -1])


def pairs(rng, shape, r):
    before = rng.normal(size=shape)
    return before, r * before + np.sqrt(1 - r**2) * rng.normal(size=shape)


def seen(estimate, error, freedom):
    return abs(estimate) / error > t.ppf(0.975, freedom)


def regress(columns, y):
    design = np.column_stack(columns)
    coef, *_ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(y) - design.shape[1]
    noise = ((y - design @ coef) ** 2).sum() / freedom
    return seen(coef[-1], np.sqrt(noise * np.linalg.inv(design.T @ design)[-1, -1]), freedom)


def one_study(rng, asked, effect):
    """Invent the scores of one experiment, analyse it as its design asks, and tell what it saw."""
    n, k, sd, r = asked.companies, asked.tables, asked.sd_means, asked.correlation
    if asked.design == "stepped-wedge":
        started = wedge_schedule(k, asked.periods)
        shared, own = np.sqrt(asked.icc_tables), np.sqrt((1 - asked.icc_tables) * k / n)

        def spread(shape):
            return sd * (shared * rng.normal(size=shape) + own * rng.normal(size=shape))

        scores = np.sqrt(r) * spread((k, 1)) + np.sqrt(1 - r) * spread(started.shape)
        scores += effect * started
        of_mean = (sd**2) * (shared**2 + own**2)
        block = of_mean * ((1 - r) * np.eye(asked.periods) + r)
        root = np.linalg.inv(np.linalg.cholesky(block))
        design = np.array(
            [root @ np.column_stack([np.eye(asked.periods), row]) for row in started]
        ).reshape(-1, asked.periods + 1)
        covariance = np.linalg.inv(design.T @ design)
        estimate = (covariance @ design.T @ (scores @ root.T).ravel())[-1]
        return seen(estimate, np.sqrt(covariance[-1, -1]), k - 2)
    before, after = (sd * x for x in pairs(rng, n, r))
    table = np.arange(n) % k
    left = np.sqrt(1 - r**2)
    drifts = sd * left * rng.normal(size=k) * np.sqrt(asked.icc_tables)
    noise = np.sqrt(1 - asked.icc_tables)
    after = r * before + noise * (after - r * before) + drifts[table]
    if asked.design == "cluster":
        arm = rng.permutation(np.arange(k) % 2)[table]
        means = np.array(
            [(after - r * before + effect * arm)[table == at].mean() for at in range(k)]
        )
        arms = np.array([arm[table == at][0] for at in range(k)])
        return regress([np.ones(k), arms], means)
    if asked.design == "stratified":
        arm = np.empty(n)
        for at in range(k):
            arm[table == at] = rng.permutation(np.arange((table == at).sum()) % 2)
        blocks = np.eye(k)[table]
        return regress([*blocks.T, before, arm], after + effect * arm)
    arm = rng.permutation(np.arange(n) % 2)
    if asked.design == "equal":
        return regress([np.ones(n), before, arm], after + effect * arm)
    return regress([np.ones(n), arm], after - before + effect * arm)


@pytest.mark.proof
@pytest.mark.parametrize("design", POWER_DESIGNS)
def test_a_study_with_that_effect_sees_it_as_often_as_was_said(design):
    """Eighty per cent at the smallest effect, five at none; four standard errors about it."""
    asked = Experiment(design=design, companies=72, tables=12, dropout=0)
    effect = smallest_effect(asked).effect
    times = strength(300, 5000)
    rng = np.random.default_rng(17)
    found = np.mean([one_study(rng, asked, effect) for _ in range(times)])
    none = np.mean([one_study(rng, asked, 0.0) for _ in range(times)])
    # The lot of a wedge has known variances here and t quantiles: it is careful, by some points.
    careful = 0.06 if design == "stepped-wedge" else 0.0
    bound = 4 * np.sqrt(0.8 * 0.2 / times)
    assert 0.8 - bound <= found <= 0.8 + bound + careful
    assert none <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / times)


def test_the_mean_of_a_few_of_those_who_work_there_varies_as_reckoned():
    """Eight of twenty people of 4000 companies, drawn without putting back."""
    asked = Experiment(respondents=8, employees=20)
    rng = np.random.default_rng(3)
    level = np.sqrt(0.12) * 0.95 * rng.normal(size=(4000, 1))
    people = np.sqrt(0.88) * 0.95 * rng.normal(size=(4000, 20))
    # The share between companies is that of their true means: those of all who work there.
    people -= people.mean(axis=1, keepdims=True)
    means = (level + people)[:, :8].mean(axis=1)
    assert means.std() == pytest.approx(asked.sd_means, rel=4 / np.sqrt(2 * 4000))


class TestHowMany:
    @pytest.mark.parametrize("design", POWER_DESIGNS)
    @pytest.mark.parametrize("effect", [0.15, 0.3])
    def test_that_many_see_it_and_one_fewer_do_not(self, design, effect):
        asked = Experiment(design=design, companies=96, tables=8)
        found = companies_needed(asked, effect)
        assert found.effect <= effect
        assert smallest_effect(found.experiment).effect == found.effect
        grown = found.experiment
        fewer = Experiment(design=design, companies=grown.companies - 1, tables=grown.tables)
        if design in ("cluster", "stepped-wedge"):
            fewer = Experiment(
                design=design, companies=grown.companies - 12, tables=grown.tables - 1
            )
        assert smallest_effect(fewer).effect > effect

    def test_an_effect_of_nothing_takes_more_companies_than_there_are(self):
        with pytest.raises(InvalidPlan) as refusal:
            companies_needed(Experiment(), 1e-6)
        assert [fault.code for fault in refusal.value.faults] == ["power_effect_too_small"]


@pytest.mark.parametrize("design", POWER_DESIGNS)
def test_more_companies_more_answers_and_fewer_lost_never_see_less(design):
    few = smallest_effect(Experiment(design=design)).effect
    for better in ({"companies": 180}, {"respondents": 20}, {"dropout": 0.1}, {"power": 0.7}):
        assert smallest_effect(Experiment(design=design, **better)).effect < few


def ask(*options, language="nl"):
    return CliRunner().invoke(main, ["--lang", language, "plan", "power", *options])


def test_every_design_is_offered_and_said_in_both_languages():
    assert OFFERED == POWER_DESIGNS
    for design in POWER_DESIGNS:
        told = {ask("--design", design, language=lang).stdout for lang in ("nl", "en")}
        assert len(told) == 2


def test_it_says_in_plain_words_what_can_be_seen():
    found = smallest_effect(Experiment(companies=60)).effect
    said = ask("--companies", "60").stdout.splitlines()[0]
    number = f"{found:.2f}".replace(".", ",")
    assert said == f"Met 60 bedrijven ziet u een verschil van {number} punt of meer met kans 80 %."
    said = ask("--effect", "0.3", "--cards", "3", language="en").stdout
    n = companies_needed(Experiment(cards=3), 0.3).experiment.companies
    assert f"you need {n} companies" in said
    assert "one of 3 approaches" in said


def test_as_a_row_it_has_every_number(tmp_path):
    out = tmp_path / "new" / "power.csv"
    assert ask("--csv", "--design", "cluster", "--out", str(out)).exit_code == 0
    [row] = csv.DictReader(io.StringIO(out.read_text("utf-8")))
    assert row["design"] == "cluster"
    assert float(row["smallest_effect"]) == pytest.approx(
        smallest_effect(Experiment(design="cluster")).effect, abs=1e-6
    )


def test_all_that_cannot_be_is_told_at_once_and_nothing_written(tmp_path):
    out = tmp_path / "power.csv"
    wrong = {
        "companies": "1",
        "tables": "0",
        "cards": "2",
        "periods": "1",
        "respondents": "0",
        "employees": "-1",
        "sd-people": "0",
        "icc-companies": "1",
        "icc-tables": "-0.1",
        "correlation": "nan",
        "dropout": "1",
        "alpha": "0",
        "power": "1",
        "controls": "1",
        "effect": "inf",
    }
    options = [part for name, value in wrong.items() for part in (f"--{name}", value)]
    ran = ask("--design", "stepped-wedge", "--out", str(out), *options)
    assert ran.exit_code == 2
    for name, value in wrong.items():
        assert f"--{name}: {value}" in ran.stderr
    assert not out.exists()


def test_too_few_clusters_to_compare_are_refused():
    ran = ask("--design", "cluster", "--tables", "2", language="en")
    assert ran.exit_code == 2
    assert "nothing to compare" in ran.stderr

"""Alpha and omega against other programs, by hand, and as they must behave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import FactorAnalysis

from matcher.measure.moments import covariances, resamples
from matcher.measure.reliability import alphas, omegas, one_factor, reliability
from tests.matcher.measure.attitude import ATTITUDE, WITH_GAPS
from tests.strength import strength


def measured(answers, company=None, n_resamples=200):
    company = np.arange(len(answers)) if company is None else company
    return reliability(answers, company, np.random.default_rng(0), n_resamples)


def test_alpha_is_that_of_another_program():
    """pingouin 0.7.0, cronbach_alpha(data=attitude): 0.8431427695647599; R's psych tells 0.84."""
    assert measured(ATTITUDE).alpha.value == pytest.approx(0.8431427695647599, abs=1e-12)


def test_with_answers_missing_alpha_is_pairwise():
    """pingouin 0.7.0, nan_policy="pairwise", its default; "listwise" would be 0.783."""
    assert measured(WITH_GAPS).alpha.value == pytest.approx(0.8229502852998015, abs=1e-12)


def test_pairwise_covariances_are_those_of_pandas():
    pandas = pytest.importorskip("pandas")
    found = covariances(WITH_GAPS, np.arange(30) % 4)[0]
    assert found == pytest.approx(pandas.DataFrame(WITH_GAPS).cov().to_numpy(), abs=1e-9)


def by_scikit_learn(answers):
    """Return omega of the one factor that FactorAnalysis finds: maximum likelihood as well."""
    fitted = FactorAnalysis(1, tol=1e-15, max_iter=1_000_000, svd_method="lapack").fit(answers)
    common = fitted.components_[0].sum() ** 2
    return common / (common + fitted.noise_variance_.sum())


def test_omega_is_that_of_another_program():
    """semopy 2.3.11 by FIML about the means: 0.856318; its MLW ends a little early, at 0.8547."""
    found = measured(ATTITUDE).omega.value
    assert found == pytest.approx(by_scikit_learn(ATTITUDE), abs=1e-6)
    assert found == pytest.approx(0.856318, abs=2e-5)


def test_omega_of_three_items_by_hand():
    """Covariances .4, .3 and .6 of items with variance 1: l^2 = .4 * .3 / .6 = .2, .8 and .45."""
    covariance = np.array([[[1, 0.4, 0.3], [0.4, 1, 0.6], [0.3, 0.6, 1]]])
    factor = one_factor(covariance)
    assert factor.loadings[0] == pytest.approx(np.sqrt([0.2, 0.8, 0.45]), abs=1e-8)
    common = np.sqrt([0.2, 0.8, 0.45]).sum() ** 2
    assert omegas(factor)[0] == pytest.approx(common / (common + 0.8 + 0.2 + 0.55), abs=1e-8)


def test_alpha_of_two_items_by_hand():
    """Variances 1 and 1, covariance .5: 2 (1 - 2 / 3)."""
    assert alphas(np.array([[1, 0.5], [0.5, 1]])) == pytest.approx(2 / 3)


@given(loading=st.floats(0.2, 2), unique=st.lists(st.floats(0.1, 3), min_size=3, max_size=8))
def test_of_items_that_measure_alike_omega_is_alpha(loading, unique):
    covariance = (loading**2 + np.diag(unique))[None]
    omega = omegas(one_factor(covariance))[0]
    assert omega == pytest.approx(alphas(covariance)[0], abs=1e-6)
    k = len(unique)
    assert omega == pytest.approx((k * loading) ** 2 / ((k * loading) ** 2 + sum(unique)), abs=1e-6)


@given(shift=st.floats(-1000, 1000), times=st.floats(0.01, 100))
def test_neither_hangs_on_where_the_scale_begins_or_how_long_it_is(shift, times):
    found = covariances(shift + times * ATTITUDE, np.arange(30))
    assert alphas(found)[0] == pytest.approx(0.8431427695647599, abs=1e-7)
    assert omegas(one_factor(found))[0] == pytest.approx(0.8563267929, abs=1e-7)


def people(rng, n_companies, size, loadings, between=0.3):
    """Return answers of one factor, part of which colleagues share, and their companies."""
    company = np.repeat(np.arange(n_companies), size)
    factor = rng.normal(size=n_companies)[company] * np.sqrt(between)
    factor += rng.normal(size=len(company)) * np.sqrt(1 - between)
    noise = rng.normal(size=(len(company), len(loadings)))
    return factor[:, None] * loadings + noise, company


def test_what_is_true_is_found():
    loadings = np.array([0.5, 0.7, 0.9, 1.1, 0.8])
    answers, company = people(np.random.default_rng(1), 400, 10, loadings)
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + 5)
    found = measured(answers, company)
    assert found.omega.low < true < found.omega.high
    assert found.omega.value == pytest.approx(true, abs=0.01)
    assert found.alpha.value < found.omega.value
    assert found.loadings == pytest.approx(loadings, abs=0.08)


@pytest.mark.proof
def test_the_interval_of_omega_holds_what_is_true_as_often_as_it_says():
    loadings = np.array([0.6, 0.8, 1.0, 0.7])
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + 4)
    rng, n = np.random.default_rng(5), strength(60, 500)
    inside = 0
    for _ in range(n):
        answers, company = people(rng, 60, 8, loadings)
        omega = reliability(answers, company, rng, 200).omega
        inside += omega.low < true < omega.high
    assert abs(inside / n - 0.93) < 4 * np.sqrt(0.05 * 0.95 / n)


def test_a_resample_by_sums_is_that_of_the_rows_themselves():
    rng = np.random.default_rng(3)
    answers, company = people(rng, 12, 4, np.ones(3))
    answers[rng.random(answers.shape) < 0.2] = np.nan
    weights = resamples(12, 5, rng)
    by_sums = covariances(answers, company, weights)
    for weight, found in zip(weights.astype(int), by_sums, strict=True):
        rows = np.concatenate(
            [np.flatnonzero(company == c) for c in range(12) for _ in range(weight[c])]
        )
        assert found == pytest.approx(covariances(answers[rows], np.zeros(len(rows), int))[0])


def test_many_companies_at_once_give_what_few_give(monkeypatch):
    answers, company = people(np.random.default_rng(3), 40, 3, np.ones(3))
    whole = covariances(answers, company)
    monkeypatch.setattr("matcher.measure.moments._FLOATS_AT_ONCE", 60)
    assert covariances(answers, company) == pytest.approx(whole)


UNKNOWN = {
    "one item": (ATTITUDE[:, :1], "few_items", "few_items"),
    "two items have an alpha": (ATTITUDE[:, :2], None, "few_items"),
    "nine people": (ATTITUDE[:9], "few_people", "few_people"),
    "nobody": (ATTITUDE[:0], "few_people", "few_people"),
    "an item that nobody answered": (
        np.column_stack([ATTITUDE, np.full(30, np.nan)]),
        "few_people",
        "few_people",
    ),
    "everybody alike": (np.full((30, 4), 3.0), "no_variance", "no_variance"),
    "one item alike": (
        np.column_stack([ATTITUDE[:, :3], np.full(30, 5.0)]),
        "no_variance",
        "no_variance",
    ),
}


@pytest.mark.parametrize(("answers", "alpha", "omega"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_known_says_why(answers, alpha, omega):
    found = measured(answers)
    assert (found.alpha.unknown, found.omega.unknown) == (alpha, omega)
    assert found.omega.value is None and (found.alpha.value is None) == (alpha is not None)


def test_items_that_work_against_each_other_have_no_alpha():
    turned = ATTITUDE[:, :4].copy()
    turned[:, 2:] *= -1
    found = measured(turned)
    assert found.alpha.unknown == "negative" and found.alpha.value is None


def test_of_few_companies_there_is_no_interval():
    found = measured(ATTITUDE, np.arange(30) % 9)
    assert found.alpha.value == pytest.approx(0.8431427695647599)
    assert (found.alpha.low, found.alpha.unknown) == (None, "few_companies")


def test_the_interval_takes_colleagues_together():
    answers, company = people(np.random.default_rng(4), 30, 20, np.ones(4), between=0.9)
    together = measured(answers, company).alpha
    alone = measured(answers).alpha
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert together == measured(answers, company).alpha

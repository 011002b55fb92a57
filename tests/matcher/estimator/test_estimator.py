"""The stand-alone estimators: scikit-learn's own checks, other people's data, splits, bad input."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import BayesianRidge, LogisticRegressionCV, RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from matcher.estimator import HierarchicalClassifier, HierarchicalRegressor
from matcher.regression.kernel_form import KernelEvidence, condition
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from matcher.regression.scales import learn_scales
from tests.matcher.regression.scales import listed, scales_at


@parametrize_with_checks([HierarchicalRegressor(), HierarchicalClassifier()])
def test_the_checks_of_scikit_learn_pass(estimator, check):
    check(estimator)


def some_rows(rng, n=40, p=5):
    X = rng.standard_normal((n, p)) * [1, 2, 5, 1, 0.1][:p] + 3
    company = np.arange(n) // 4
    y = 10 + X @ np.linspace(-1, 1, p) + rng.normal(0, 0.7, n // 4 + 1)[company]
    return X, y + rng.standard_normal(n), np.column_stack((company, company // 3))


FIXED = {"prior_spread": 0, "group_spread": 0, "noise_spread": 0, "unit": None}


def test_by_hand():
    """Outcomes 2 and 4 at x = 1, from zero, in units of root 10: prior 1 and noise 1 in them."""
    model = HierarchicalRegressor(
        prior_median=1.0, noise_median=1.0, fit_intercept=False, **FIXED
    ).fit([[1.0], [1.0]], [2.0, 4.0])
    assert model.coef_[0] == pytest.approx(2)
    assert model.noise_ == pytest.approx(np.sqrt(10))
    mean, sd = model.predict([[1.0]], return_std=True)
    assert mean[0] == pytest.approx(2)
    assert sd[0] == pytest.approx(np.sqrt(10 / 3 + 10))


def test_it_is_the_model_of_the_kernel_form():
    """Blocks that are no neighbours, an intercept, two groupings; units taken by hand."""
    X, y, groups = some_rows(np.random.default_rng(1))
    blocks = {"odd": [1, 3], "even": [0, 2, 4]}
    model = HierarchicalRegressor(blocks).fit(X, y, groups)
    order = [1, 3, 0, 2, 4]
    Z = ((X - X.mean(0)) / X.std(0))[:, order]
    prior = Prior(
        np.zeros(6),
        (
            Block("intercept", slice(0, 1), Scale(10.0)),
            Block("odd", slice(1, 3), Scale(np.sqrt(0.5 / 4), 1.0)),
            Block("even", slice(3, 6), Scale(np.sqrt(0.5 / 6), 1.0)),
        ),
        {"company": Scale(0.3, 1.0), "table": Scale(0.3, 1.0)},
        Scale(0.7, 1.0),
    )
    rows = Rows(np.column_stack((np.ones(40), Z)), (y - y.mean()) / y.std(), tuple(groups.T))
    np.testing.assert_allclose(
        [*model.block_scales_.values(), *model.group_scales_, model.noise_],
        listed(learn_scales(KernelEvidence(rows, prior)))[1:] * y.std(),
        rtol=5e-3,
    )
    sd = np.array([10.0, *model.block_scales_.values(), *model.group_scales_, model.noise_])
    sd[1:] /= y.std()
    posterior = condition(rows, prior, scales_at(prior, sd))
    np.testing.assert_allclose(
        model.coef_[order], posterior.mean[1:] * y.std() / X.std(0)[order], atol=1e-8
    )
    assert model.log_evidence_ == pytest.approx(
        posterior.log_evidence - 40 * np.log(y.std()), abs=1e-7
    )


def test_fewer_rows_than_columns_give_what_the_sums_give():
    """The kernel form against the weight form, which a row that counts twice asks for."""
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((8, 12)), rng.standard_normal(8)
    by_rows = HierarchicalRegressor().fit(np.vstack((X, X[:1])), np.append(y, y[0]))
    by_sums = HierarchicalRegressor().fit(X, y, sample_weight=[2, 1, 1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(by_rows.coef_, by_sums.coef_, atol=1e-8)
    assert by_rows.log_evidence_ == pytest.approx(by_sums.log_evidence_, abs=1e-8)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(0, 2), min_size=40, max_size=40))
def test_any_split_of_the_rows_gives_the_same_regression(seed, part):
    """By partial_fit in any order and by merging, also where a group is split over parts."""
    X, y, groups = some_rows(np.random.default_rng(seed))
    part = np.array(part)
    whole = HierarchicalRegressor().fit(X, y, groups)
    parts = [part == one for one in (2, 0, 1) if (part == one).any()]
    grown, merged = HierarchicalRegressor(), None
    for rows in parts:
        grown.partial_fit(X[rows], y[rows], groups[rows])
        alone = HierarchicalRegressor().partial_fit(X[rows], y[rows], groups[rows])
        merged = alone if merged is None else alone.merge(merged)
    for other in (grown, merged):
        np.testing.assert_allclose(other.coef_, whole.coef_, atol=1e-8)
        np.testing.assert_allclose(
            other.predict(X, return_std=True), whole.predict(X, return_std=True), atol=1e-7
        )


def test_any_split_of_the_answers_gives_the_same_classifier():
    X, y, groups = some_rows(np.random.default_rng(3))
    y = y > np.median(y)
    whole = HierarchicalClassifier().fit(X, y, groups)
    grown = HierarchicalClassifier()
    for rows in (np.arange(40) % 3 == k for k in (1, 2, 0)):
        grown.partial_fit(X[rows], y[rows], groups=groups[rows])
    early = np.arange(40) < 17
    merged = HierarchicalClassifier().partial_fit(X[~early], y[~early], groups=groups[~early])
    merged.merge(HierarchicalClassifier().partial_fit(X[early], y[early], None, groups[early]))
    for other in (grown, merged):
        np.testing.assert_allclose(other.predict_proba(X), whole.predict_proba(X), atol=1e-7)


def test_a_class_may_be_named_before_it_is_seen():
    model = HierarchicalClassifier().partial_fit([[0.0], [1.0]], ["b", "b"], classes=["a", "b"])
    assert model.predict_proba([[0.5]])[0, 1] > 0.5
    np.testing.assert_array_equal(model.classes_, ["a", "b"])


def test_chances_are_those_of_the_probit_and_hold_on_new_rows():
    """2000 answers from known coefficients: the chance is found within what 2000 can tell."""
    rng = np.random.default_rng(4)
    X = rng.standard_normal((2000, 3))
    f = 0.3 + X @ [1.0, -0.5, 0.0]
    y = rng.uniform(size=2000) < norm.cdf(f)
    model = HierarchicalClassifier(prior_spread=0.5).fit(X, y)
    assert np.abs(model.predict_proba(X)[:, 1] - norm.cdf(f)).mean() < 0.02


def test_group_effects_are_kept_out_of_the_coefficients():
    """Companies that differ by 3 and choose x by it: without groups off by far, with by little."""
    rng = np.random.default_rng(5)
    company = np.arange(300) // 10
    level = rng.normal(0, 3, 30)
    x = rng.standard_normal(300) + 0.5 * level[company]
    y = 1.0 * x + level[company] + rng.normal(0, 0.5, 300)
    plain = HierarchicalRegressor().fit(x[:, None], y)
    grouped = HierarchicalRegressor().fit(x[:, None], y, groups=company)
    assert abs(plain.coef_[0] - 1) > 0.3
    assert abs(grouped.coef_[0] - 1) < 0.1
    assert grouped.noise_ == pytest.approx(0.5, rel=0.15)


def test_a_known_error_variance_weighs_a_row():
    """One outcome of ten is useless and says so."""
    rng = np.random.default_rng(6)
    X = rng.standard_normal((30, 2))
    y = X @ [1.0, -1.0] + rng.normal(0, 0.1, 30)
    y[::10] += 50
    variance = np.where(np.arange(30) % 10 == 0, 2500.0, 0.0)
    model = HierarchicalRegressor().fit(X, y, variance=variance)
    np.testing.assert_allclose(model.coef_, [1, -1], atol=0.1)
    half = np.arange(30) < 11
    grown = HierarchicalRegressor().fit(X[half], y[half], variance=variance[half])
    grown.partial_fit(X[~half], y[~half], variance=variance[~half])
    np.testing.assert_allclose(grown.coef_, model.coef_, atol=1e-8)


def test_prior_means_are_where_coefficients_stay_without_evidence():
    X = np.random.default_rng(7).standard_normal((4, 2))
    model = HierarchicalRegressor(prior_mean=[2.0, -1.0], prior_median=1e-6, prior_spread=0)
    np.testing.assert_allclose(model.fit(X, X @ [0.0, 5.0]).coef_, [2, -1], atol=1e-4)


# Public data, beside what others would take


def cross_validated(model, X, y, method="predict"):
    folds = KFold(3, shuffle=True, random_state=0)
    return cross_val_predict(model, X, y, cv=folds, method=method)


@pytest.mark.parametrize("estimator", [HierarchicalRegressor, HierarchicalClassifier])
def test_a_block_in_units_of_its_own_may_be_turned(estimator):
    """Only a block's kernel counts then: turned columns say the same, and so do doubled ones."""
    rng = np.random.default_rng(12)
    X, new = rng.standard_normal((30, 4)) * [1, 2, 5, 1], rng.standard_normal((5, 4))
    y = X @ [1, -1, 0.2, 0.5] + rng.standard_normal(30)
    y = y > 0 if estimator is HierarchicalClassifier else y
    turn = np.eye(4)
    turn[:3, :3] = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    twice = np.vstack((np.eye(4), [0, 0, 0, 1]))
    twice[3:] /= np.sqrt(2)

    def told(change, unit):
        blocks = {"turned": [0, 1, 2], "rest": list(range(3, len(change)))}
        model = estimator(blocks, unit=unit).fit(X @ change.T, y)
        predict = model.predict_proba if y.dtype == bool else model.predict
        return predict(new @ change.T)

    for change in (turn, twice):
        np.testing.assert_allclose(told(change, "block"), told(np.eye(4), "block"), atol=1e-6)
    assert np.abs(told(turn, "column") - told(np.eye(4), "column")).max() > 0.01


def test_scales_of_a_block_are_per_sd_of_the_block():
    """Two columns of variance 1 and 3 are in units of 2; outcomes in units of their own SD."""
    X = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1.0]]) * [1, np.sqrt(3)]
    model = HierarchicalRegressor(
        prior_median=1.0, noise_median=1.0, **FIXED | {"unit": "block"}
    ).fit(X, [2.0, -2.0, 0.0, 0.0])
    # Least squares says 1 and 1 / sqrt(3); n s / (1 + n s) of it is kept, with n = 4 rows and
    # s = 1/4 and 3/4 of the block's variance.
    np.testing.assert_allclose(model.coef_, [1 / 2, 3 / 4] / np.array([1, np.sqrt(3)]))


def test_diabetes_is_predicted_as_well_as_by_ridge():
    X, y = load_diabetes(return_X_y=True)
    ours, ridge, bayes = (
        np.sqrt(np.mean((cross_validated(model, X, y) - y) ** 2))
        for model in (
            HierarchicalRegressor(),
            make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13))),
            make_pipeline(StandardScaler(), BayesianRidge()),
        )
    )
    assert ours <= 1.02 * min(ridge, bayes)


def test_intervals_of_diabetes_hold():
    X, y = load_diabetes(return_X_y=True)
    inside = []
    for train, test in KFold(5, shuffle=True, random_state=0).split(X):
        mean, sd = HierarchicalRegressor().fit(X[train], y[train]).predict(X[test], True)
        inside.extend(np.abs(y[test] - mean) <= norm.ppf(0.9) * sd)
    assert 0.75 < np.mean(inside) < 0.86


def test_tumours_are_told_apart_as_well_as_by_logistic_regression():
    X, y = load_breast_cancer(return_X_y=True)
    ours = cross_validated(HierarchicalClassifier(), X, y, "predict_proba")
    peer = make_pipeline(
        StandardScaler(),
        LogisticRegressionCV(
            Cs=5, max_iter=1000, l1_ratios=(0,), scoring="neg_log_loss", use_legacy_attributes=False
        ),
    )
    theirs = cross_validated(peer, X, y, "predict_proba")
    accuracy = [np.mean((chance[:, 1] > 0.5) == y) for chance in (ours, theirs)]
    assert accuracy[0] >= 0.98 * accuracy[1]


def test_three_species_are_told_apart():
    X, y = load_iris(return_X_y=True)
    chance = cross_validated(HierarchicalClassifier(), X, y, "predict_proba")
    np.testing.assert_allclose(chance.sum(1), 1)
    assert np.mean(chance.argmax(1) == y) > 0.93


# Bad input


def rows_of(**change):
    X, y, _ = some_rows(np.random.default_rng(8), n=20)
    return {"X": X, "y": y} | change


X, Y = rows_of().values()
LABELS = np.arange(20) // 4
SENSIBLE = {
    "constant outcomes": rows_of(y=np.full(20, 3.7)),
    "duplicated rows": rows_of(X=np.repeat(X[:2], 10, axis=0), y=np.repeat(Y[:2], 10)),
    "an outlier": rows_of(y=np.where(np.arange(20) == 3, 1e6, Y)),
    "one row": rows_of(X=X[:1], y=Y[:1]),
    "one company": rows_of(groups=np.zeros(20, int)),
    "a company for every row": rows_of(groups=np.arange(20)),
    "rows of no company": rows_of(groups=np.full(20, -1)),
    "a column that is always the same": rows_of(X=np.column_stack((X, np.full(20, 0.1)))),
    "two equal columns": rows_of(X=np.column_stack((X, X[:, 0]))),
    "a column far from zero": rows_of(X=X + 1e7),
    "tiny numbers": rows_of(X=X * 1e-9, y=Y * 1e-9),
}


@pytest.mark.parametrize("given", SENSIBLE.values(), ids=SENSIBLE.keys())
def test_odd_rows_give_a_sensible_regression(given):
    model = HierarchicalRegressor().fit(**given)
    mean, sd = model.predict(given["X"], return_std=True)
    low, high = np.min(given["y"]), np.max(given["y"])
    room = 0.5 * (high - low) + 1e-6 * abs(high)
    assert np.all((mean >= low - room) & (mean <= high + room))
    assert np.all(np.isfinite(sd) & (sd > 0))


SEPARATED = {
    "perfectly separated": (np.linspace(-1, 1, 20)[:, None], np.arange(20) >= 10),
    "one yes": (np.linspace(-1, 1, 20)[:, None], np.arange(20) == 19),
    "the same row, both answers": (np.ones((20, 1)), np.arange(20) % 2 == 0),
    "more columns than rows": (np.eye(6, 9), np.arange(6) % 2 == 0),
}


@pytest.mark.parametrize(("X", "y"), SEPARATED.values(), ids=SEPARATED.keys())
def test_odd_answers_give_a_sensible_classifier(X, y):
    """Chances stay away from 0 and 1: twenty answers never make certain."""
    chance = HierarchicalClassifier().fit(X, y).predict_proba(X)
    assert np.all((chance > 1e-6) & (chance < 1 - 1e-6))
    assert np.mean(chance[:, 1]) == pytest.approx(np.mean(y), abs=0.1)


REFUSED = {
    "NaN": (rows_of(X=np.where(X[3, 2] == X, np.nan, X)), {}, "NaN"),
    "infinite": (rows_of(y=np.where(np.arange(20) == 3, np.inf, Y)), {}, "infinity"),
    "no rows": (rows_of(X=X[:0], y=Y[:0]), {}, "0 sample"),
    "no columns": (rows_of(X=X[:, :0]), {}, "0 feature"),
    "groups of other rows": (rows_of(groups=np.arange(19)), {}, "n = 20"),
    "half a company": (rows_of(groups=np.full(20, 0.5)), {}, "whole numbers"),
    "no row counts": (rows_of(sample_weight=np.zeros(20)), {}, "at least one non-zero"),
    "a negative variance": (rows_of(variance=np.full(20, -1.0)), {}, "0 or more"),
    "weights and variances": (
        rows_of(variance=np.ones(20), sample_weight=np.ones(20)),
        {},
        "not both",
    ),
    "a column in no block": (rows_of(), {"blocks": {"a": [0, 1]}}, r"in none \[2, 3, 4\]"),
    "a column in two": (rows_of(), {"blocks": {"a": [0, 1], "b": slice(1, 5)}}, r"one \[1\]"),
    "a column that is not there": (rows_of(), {"blocks": {"a": [9]}}, r"does not have: \[9\]"),
    "blocks of other columns": (rows_of(), {"blocks": ["a"]}, "X has 5"),
    "a unit that there is not": (rows_of(), {"unit": "row"}, "'block' or None, got 'row'"),
    "a noise of nothing": (rows_of(), {"noise_median": 0}, "noise median"),
    "a scale below zero": (rows_of(), {"prior_median": {"all": -1}}, "prior of block 'all'"),
    "a spread below zero": (rows_of(), {"group_spread": -1}, "group spread"),
    "a prior mean of other columns": (rows_of(), {"prior_mean": [1.0]}, "5 finite numbers"),
}


@pytest.mark.parametrize(("given", "parameters", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_learned_from_is_refused(given, parameters, words):
    with pytest.raises(ValueError, match=words):
        HierarchicalRegressor(**parameters).fit(**given)


def test_one_class_and_half_an_answer_are_refused():
    with pytest.raises(ValueError, match="one class"):
        HierarchicalClassifier().fit(X, np.ones(20))
    with pytest.raises(ValueError, match="once or more"):
        HierarchicalClassifier().fit(X, Y > 12, sample_weight=np.full(20, 0.5))


def test_the_sums_do_not_bring_scikit_learn_in():
    script = "import sys, matcher.regression.weight_form; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0

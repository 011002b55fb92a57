"""The regression against paper, quadrature, long chains and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import log_ndtr
from scipy.stats import multivariate_normal, norm

from matcher.regression.kernel_form import KernelEvidence, condition
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from matcher.regression.scales import learn_scales, log_posterior
from tests.matcher.regression.scales import listed, near_medians, scales_at


def one_column(family="gaussian", sd=1.0, noise=1.0):
    return Prior(np.zeros(1), (Block("all", slice(0, 1), Scale(sd)),), {}, Scale(noise), family)


def some_rows(rng, n=14, p=6, family="gaussian"):
    X = rng.standard_normal((n, p))
    y = X @ rng.standard_normal(p) + rng.standard_normal(n)
    if family == "probit":
        y = (y > 0).astype(float)
    groups = (np.arange(n) // 3, np.where(np.arange(n) % 5 == 0, -1, np.arange(n) % 3))
    return Rows(X, y, groups, None if family == "probit" else rng.uniform(0.1, 0.5, n))


def two_blocks(p=6, family="gaussian"):
    blocks = (Block("a", slice(0, 2), Scale(0.7, 0.6)), Block("b", slice(2, p), Scale(0.4, 0.6)))
    return Prior(
        np.linspace(-1, 1, p),
        blocks,
        {"company": Scale(0.5, 0.5), "table": Scale(0.3, 0.5)},
        Scale(0.6, 0.4),
        family,
    )


def test_posterior_by_hand():
    """Prior 1, noise 1, outcomes 2 and 4 at x = 1: precision 1 + 2, mean 6 / 3."""
    posterior = condition(Rows(np.ones((2, 1)), np.array([2.0, 4.0])), one_column())
    assert posterior.mean[0] == pytest.approx(2)
    assert posterior.variance(np.ones((1, 1)))[0] == pytest.approx(1 / 3)


def test_evidence_by_hand():
    """Two outcomes at x = 1 are jointly N(0, [[2, 1], [1, 2]])."""
    y = np.array([2.0, 4.0])
    posterior = condition(Rows(np.ones((2, 1)), y), one_column())
    expected = multivariate_normal(np.zeros(2), [[2, 1], [1, 2]]).logpdf(y)
    assert posterior.log_evidence == pytest.approx(expected)


def test_row_form_equals_coefficient_form():
    """The same posterior from the normal equations, group effects as columns of their own."""
    rng = np.random.default_rng(1)
    rows, prior = some_rows(rng), two_blocks()
    posterior = condition(rows, prior, prior.medians)
    effects = [(labels[:, None] == np.arange(labels.max() + 1)) * 1.0 for labels in rows.groups]
    Z = np.hstack([rows.X, *effects])
    sd = np.concatenate(
        [
            [0.7] * 2,
            [0.4] * 4,
            *([s] * e.shape[1] for s, e in zip((0.5, 0.3), effects, strict=True)),
        ]
    )
    noise = 1 / (rows.variance + 0.6**2)
    covariance = np.linalg.inv(np.diag(sd**-2.0) + Z.T * noise @ Z)
    start = np.concatenate([prior.mean, np.zeros(Z.shape[1] - 6)])
    mean = start + covariance @ (Z.T * noise @ (rows.y - Z @ start))
    np.testing.assert_allclose(posterior.mean, mean[:6], atol=1e-8)
    np.testing.assert_allclose(posterior.variance(np.eye(6)), covariance.diagonal()[:6], atol=1e-8)


@pytest.mark.parametrize(("n_yes", "slack"), [(0, 0.13), (1, 0.02), (3, 0.02), (6, 0.13)])
def test_yes_and_no_against_quadrature(n_yes, slack):
    """Six answers about one coefficient: EP against the integral itself.

    When all six agree the posterior is skewed, and EP's Gaussian is an eighth too narrow in
    variance (a sixteenth in SD) and .024 too low in log evidence; its mean holds.
    """
    y = np.repeat([1.0, 0.0], [n_yes, 6 - n_yes])
    posterior = condition(Rows(np.ones((6, 1)), y), one_column("probit", sd=1.5))
    sign = 2 * y - 1

    def density(f, power):
        return f**power * norm.pdf(f, scale=1.5) * np.prod(norm.cdf(sign * f))

    evidence, first, second = (integrate.quad(density, -12, 12, args=(k,))[0] for k in range(3))
    assert posterior.mean[0] == pytest.approx(first / evidence, abs=0.01)
    variance = second / evidence - (first / evidence) ** 2
    assert posterior.variance(np.ones((1, 1)))[0] == pytest.approx(variance, rel=slack)
    assert posterior.log_evidence == pytest.approx(np.log(evidence), abs=0.03)


def test_yes_and_no_against_a_long_chain():
    """Correlated coefficients with group effects: EP against elliptical slice sampling."""
    rng = np.random.default_rng(3)
    rows, prior = some_rows(rng, n=12, p=3, family="probit"), two_blocks(3, "probit")
    posterior = condition(rows, prior, prior.medians)
    effects = [(labels[:, None] == np.arange(labels.max() + 1)) * 1.0 for labels in rows.groups]
    Z = np.hstack([rows.X, *effects])
    sd = np.concatenate(
        [[0.7] * 2, [0.4], *([s] * e.shape[1] for s, e in zip((0.5, 0.3), effects, strict=True))]
    )
    start = np.concatenate([prior.mean, np.zeros(Z.shape[1] - 3)])
    sign = 2 * rows.y - 1

    def log_likelihood(u):
        return log_ndtr(sign * ((start + u) @ Z.T)).sum(axis=1)

    u, kept = np.zeros((60, Z.shape[1])), []  # sixty chains side by side
    for step in range(600):
        before, other = u, sd * rng.standard_normal(u.shape)
        level = log_likelihood(u) + np.log(rng.uniform(size=60))
        angle = rng.uniform(0, 2 * np.pi, (60, 1))
        low, high, outside = angle - 2 * np.pi, angle, np.ones(60, np.bool_)
        while outside.any():
            u = before * np.cos(angle) + other * np.sin(angle)
            outside = log_likelihood(u) < level
            again = outside[:, None]
            low = np.where(again & (angle < 0), angle, low)
            high = np.where(again & (angle >= 0), angle, high)
            angle = np.where(again, rng.uniform(low, high), angle)
        if step >= 100:
            kept.append(start[:3] + u[:, :3])
    chain = np.concatenate(kept)
    # 30 000 autocorrelated draws know their mean to about .02 SD.
    np.testing.assert_allclose(posterior.mean, chain.mean(0), atol=0.04)
    np.testing.assert_allclose(posterior.variance(np.eye(3)), chain.var(0), rtol=0.1)


@pytest.mark.parametrize("family", ["gaussian", "probit"])
def test_gradient_equals_finite_differences(family):
    rng = np.random.default_rng(4)
    rows, prior = some_rows(rng, family=family), two_blocks(family=family)
    sd = listed(near_medians(prior, rng))
    evidence = KernelEvidence(rows, prior)
    _, slope = log_posterior(evidence, scales_at(prior, sd))
    for i in range(len(sd)):
        step = np.zeros(len(sd))
        step[i] = 1e-4
        up = log_posterior(evidence, scales_at(prior, sd * np.exp(step)))[0]
        down = log_posterior(evidence, scales_at(prior, sd * np.exp(-step)))[0]
        assert slope[i] == pytest.approx((up - down) / 2e-4, abs=2e-4)


def test_draws_have_the_posterior_moments():
    rng = np.random.default_rng(5)
    rows, prior = some_rows(rng), two_blocks()
    posterior = condition(rows, prior, prior.medians)
    draws = posterior.draw(40_000, np.random.default_rng(6))
    np.testing.assert_allclose(draws.mean(1), posterior.mean, atol=1e-9)  # mirrored pairs
    # The relative error of a variance from 20 000 independent pairs is sqrt(2 / 20 000) = .01.
    np.testing.assert_allclose(draws.var(1), posterior.variance(np.eye(6)), rtol=0.05)


def test_scales_are_found_again_when_rows_are_many():
    """400 rows from known scales: the block that matters stands out, the other shrinks."""
    rng = np.random.default_rng(7)
    X = rng.standard_normal((400, 40))
    y = X[:, :20] @ rng.normal(0, 1.0, 20) + rng.normal(0, 0.5, 400)
    blocks = (
        Block("real", slice(0, 20), Scale(0.3, 1.0)),
        Block("none", slice(20, 40), Scale(0.3, 1.0)),
    )
    prior = Prior(np.zeros(40), blocks, {}, Scale(1.0, 1.0))
    real, none, noise = listed(learn_scales(KernelEvidence(Rows(X, y), prior)))
    assert real == pytest.approx(1.0, rel=0.4)
    assert none < 0.1
    assert noise == pytest.approx(0.5, rel=0.15)


def test_without_rows_the_prior_stays():
    prior = two_blocks()
    posterior = condition(Rows(np.zeros((0, 6)), np.zeros(0), (np.zeros(0, int),) * 2), prior)
    np.testing.assert_array_equal(posterior.mean, prior.mean)
    np.testing.assert_allclose(posterior.variance(np.eye(6)), [0.49] * 2 + [0.16] * 4)
    assert posterior.draw(8, np.random.default_rng(0)).shape == (6, 8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_more_outcomes_never_widen_the_posterior(seed):
    rng = np.random.default_rng(seed)
    rows, prior = some_rows(rng), two_blocks()
    few = condition(rows.of(np.arange(14) < 7), prior, prior.medians).variance(np.eye(6))
    many = condition(rows, prior, prior.medians).variance(np.eye(6))
    assert np.all(many <= few + 1e-9)


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_answers_that_all_agree_stay_finite(answer):
    rng = np.random.default_rng(8)
    rows = some_rows(rng, family="probit")
    posterior = condition(
        Rows(rows.X * 50, np.full(14, answer), rows.groups), two_blocks(family="probit")
    )
    assert np.isfinite(posterior.mean).all()
    assert np.isfinite(posterior.log_evidence)


BAD = {
    "an outcome that is not finite": (
        Rows(np.ones((1, 6)), np.array([np.nan]), (np.zeros(1, int),) * 2),
        "finite",
    ),
    "too few columns": (Rows(np.ones((1, 5)), np.ones(1), (np.zeros(1, int),) * 2), "do not fit"),
    "a missing grouping": (Rows(np.ones((1, 6)), np.ones(1)), "do not fit"),
}


@pytest.mark.parametrize(("rows", "words"), BAD.values(), ids=BAD.keys())
def test_bad_rows_are_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        condition(rows, two_blocks())


def test_an_answer_other_than_yes_or_no_is_refused():
    with pytest.raises(ValueError, match="0 or 1"):
        condition(Rows(np.ones((1, 1)), np.array([0.5])), one_column("probit"))


def test_separated_answers_settle():
    """Wide priors and answers that a line separates made whole steps swing by .13 for ever."""
    rng = np.random.default_rng(12)
    X = rng.standard_normal((60, 3))
    y = (X @ rng.standard_normal(3) > 0).astype(float)
    prior = Prior(np.zeros(3), (Block("all", slice(0, 3), Scale(10.0)),), family="probit")
    evidence = KernelEvidence(Rows(X, y), prior)
    first = evidence.observe(prior.medians).variance
    again = evidence.observe(prior.medians).variance  # from where it stopped: a fixed point stays
    np.testing.assert_allclose(again, first, rtol=1e-6)


def test_blocks_of_one_name_are_refused():
    with pytest.raises(ValueError, match="names of their own"):
        Prior(np.zeros(2), (Block("a", slice(0, 1), Scale(1.0)),) * 2)

"""Averaging over the scales against a grid, and its limits."""

import numpy as np
import pytest
from scipy.special import logsumexp

from matcher.regression.averaging import average
from matcher.regression.kernel_form import KernelEvidence, condition
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from matcher.regression.scales import log_posterior
from tests.matcher.regression.scales import scales_at


def few_rows(seed=1, n=12):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 4))
    y = X @ np.array([1.0, -0.6, 0.3, 0.0]) + rng.normal(0, 0.7, n)
    return Rows(X, y)


def two_scales(spread=0.6, shared=0.0):
    return Prior(
        np.zeros(4),
        (Block("all", slice(0, 4), Scale(0.4, spread, shared)),),
        {},
        Scale(0.7, spread),
    )


def test_averaging_agrees_with_a_fine_grid():
    """One block and noise: the integral over two log scales done on a 61 x 61 grid."""
    rows, prior = few_rows(), two_scales()
    logs = np.linspace(-4, 4, 61) * 0.6
    grid = [scales_at(prior, [0.4 * np.exp(a), 0.7 * np.exp(b)]) for a in logs for b in logs]
    evidence = KernelEvidence(rows, prior)
    heights = np.array([log_posterior(evidence, scales)[0] for scales in grid])
    weights = np.exp(heights - logsumexp(heights))
    chosen = np.flatnonzero(weights > 1e-6)
    parts = [condition(rows, prior, grid[i]) for i in chosen]
    means = np.array([part.mean for part in parts])
    mean = weights[chosen] @ means
    variance = weights[chosen] @ np.array([p.variance(np.eye(4)) for p in parts])
    variance += weights[chosen] @ (means - mean) ** 2

    averaged = average(condition(rows, prior), n_points=512)
    np.testing.assert_allclose(averaged.mean, mean, atol=0.01)
    draws = averaged.draw(40_000, np.random.default_rng(2))
    np.testing.assert_allclose(draws.var(axis=1), variance, rtol=0.06)


def test_averaging_is_wider_than_the_best_scales_alone():
    rows, prior = few_rows(n=6), two_scales(spread=1.0)
    best = condition(rows, prior)
    averaged = average(best, n_points=128).draw(20_000, np.random.default_rng(3))
    assert averaged.var(axis=1).sum() > best.variance(np.eye(4)).sum()


def test_what_was_never_seen_has_the_scale_of_its_draws():
    """The last two columns are empty: their draws tell what a new card's own ones should be."""
    rows, prior = few_rows(n=8), two_scales(spread=1.0)
    rows.X[:, 2:] = 0
    best = condition(rows, prior)
    averaged = average(best, n_points=128)
    unseen = averaged.draw(40_000, np.random.default_rng(4))[2:]
    assert unseen.var() == pytest.approx(averaged.block_sd["all"] ** 2, rel=0.03)
    assert averaged.block_sd["all"] > 1.1 * best.scales.blocks["all"]


def test_fixed_scales_leave_nothing_to_average():
    rows, prior = few_rows(), two_scales(spread=0.0)
    averaged = average(condition(rows, prior))
    assert len(averaged.components) == 1
    np.testing.assert_array_equal(averaged.mean, condition(rows, prior).mean)


def test_the_same_seed_gives_the_same_belief():
    best = condition(few_rows(), two_scales())
    first, second = (average(best, seed=4).draw(16, np.random.default_rng(5)) for _ in "ab")
    np.testing.assert_array_equal(first, second)


def test_draws_keep_their_number_and_their_mean():
    """Mirrored pairs about each component: the mean of the draws is a mean of components."""
    averaged = average(condition(few_rows(), two_scales()))
    draws = averaged.draw(256, np.random.default_rng(6))
    assert draws.shape == (4, 256)
    # 128 pairs are shared out in whole ones: a component's share is off by at most 1 / 128.
    spread = np.ptp([c.mean for c in averaged.components], axis=0)
    assert np.all(np.abs(draws.mean(axis=1) - averaged.mean) <= spread / 8)


def test_a_shared_factor_moves_all_scales_together():
    """Two blocks with large effects, a third without a row of its own follows them upwards."""
    rng = np.random.default_rng(7)
    X = np.zeros((80, 30))
    X[:, :20] = rng.standard_normal((80, 20))
    y = X[:, :20] @ rng.normal(0, 1.0, 20) + rng.normal(0, 0.5, 80)
    found = {}
    for shared in (0.0, 1.0):
        blocks = tuple(
            Block(name, slice(start, start + 10), Scale(0.1, 0.4, shared))
            for name, start in (("a", 0), ("b", 10), ("unseen", 20))
        )
        prior = Prior(np.zeros(30), blocks, {}, Scale(0.5, 0.4))
        found[shared] = condition(Rows(X, y), prior).scales.blocks["unseen"]
    assert found[0.0] == pytest.approx(0.1, rel=1e-3)
    assert found[1.0] > 0.3


def test_the_shared_hyperprior_by_hand():
    """Without rows, log sd - log median has the covariance diag(spread^2) + shared shared'."""
    blocks = (Block("a", slice(0, 1), Scale(1, 0.5, 0.8)), Block("b", slice(1, 2), Scale(1, 0.3)))
    prior = Prior(np.zeros(2), blocks, {}, Scale(1.0))
    rows = Rows(np.zeros((1, 2)), np.zeros(1))
    evidence = KernelEvidence(rows, prior)
    scales = {a: scales_at(prior, np.exp([a, 0.2, 0.0])) for a in (0.0, 0.6)}
    at = {a: log_posterior(evidence, one)[0] for a, one in scales.items()}
    assert at[0.0] - at[0.6] == pytest.approx(0.5 * 0.6**2 / (0.5**2 + 0.8**2))

"""The weight form against paper, the kernel form, quadrature, a long chain and finite differences.

Sums may be split and merged at will; that is what they are for.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import multivariate_normal, norm

from matcher.regression.evidence import MomentEvidence, evidence_of
from matcher.regression.kernel_form import KernelEvidence, condition
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from matcher.regression.scales import learn_scales, log_posterior
from matcher.regression.sums import Grouped, Moments, Sums
from matcher.regression.weight_form import condition_by_weights, condition_on
from tests.matcher.regression.scales import listed, near_medians

FORMS = {
    "rows with error variances": ("gaussian", True, Rows),
    "rows": ("gaussian", False, Rows),
    "sums": ("gaussian", False, Sums),
    "yes and no": ("probit", False, Rows),
}
NO_ROWS = Moments(np.zeros((6, 6)), np.zeros(6), 0.0, 0.0, 0.0)
SIZES = {"more rows than columns": (24, 6), "more columns than rows": (8, 20)}


def some_rows(rng, n=24, p=6, family="gaussian", known=False):
    X = rng.standard_normal((n, p))
    y = X @ rng.standard_normal(p) + rng.standard_normal(n)
    if family == "probit":
        y = (y > 0).astype(float)
    # The first grouping is nested in the second, which leaves some rows out; the third crosses.
    company, crossed = np.arange(n) // 3, np.arange(n) % 4
    table = np.where(company % 4 == 3, -1, company // 2)
    return Rows(X, y, (company, table, crossed), rng.uniform(0.1, 0.5, n) if known else None)


def two_blocks(p=6, family="gaussian"):
    blocks = (
        Block("a", slice(0, 2), Scale(0.7, 0.6, 0.3)),
        Block("b", slice(2, p), Scale(0.4, 0.6, 0.2)),
    )
    groups = {"company": Scale(0.5, 0.5), "table": Scale(0.3, 0.5), "crossed": Scale(0.4, 0.5)}
    return Prior(np.linspace(-1, 1, p), blocks, groups, Scale(0.6, 0.4), family)


def source_of(rows, kind):
    return Sums.of(rows.X, rows.y, rows.groups) if kind is Sums else rows


def moments_of(rows, scales):
    """Return moments by the definition: the inverse of V itself."""
    V = np.diag(np.full(len(rows.y), scales.noise**2))
    for labels, one in zip(rows.groups, scales.groups.values(), strict=True):
        V += one**2 * ((labels[:, None] == labels) & (labels >= 0))
    W = np.linalg.inv(V)
    return Moments(
        rows.X.T @ W @ rows.X,
        rows.X.T @ W @ rows.y,
        rows.y @ W @ rows.y,
        len(rows.y),
        np.linalg.slogdet(V)[1],
    )


def test_posterior_by_hand():
    """Prior 1, noise 1, outcomes 2 and 4 at x = 1: precision 1 + 2, mean 6 / 3."""
    prior = Prior(np.zeros(1), (Block("all", slice(0, 1), Scale(1.0)),))
    posterior = condition_on(
        Moments(np.eye(1) * 2, np.array([6.0]), 20.0, 2, 0.0), prior, prior.medians
    )
    assert posterior.mean[0] == pytest.approx(2)
    assert posterior.variance(np.ones((1, 1)))[0] == pytest.approx(1 / 3)
    expected = multivariate_normal(np.zeros(2), [[2, 1], [1, 2]]).logpdf([2, 4])
    assert posterior.log_evidence == pytest.approx(expected)


def test_a_group_effect_by_hand():
    """Two rows at x = 1 in one group, all SDs 1: V = [[2, 1], [1, 2]], so X' V^-1 X = 2 / 3."""
    sums = Sums.of(np.ones((2, 1)), np.array([2.0, 4.0]), (np.array(["a", "a"]),))
    moments = sums.grouped().integrate(1.0)
    assert moments.precision[0, 0] == pytest.approx(2 / 3)
    assert moments.pull[0] == pytest.approx(2)
    assert moments.energy == pytest.approx((2 * 4 - 2 * 8 + 2 * 16) / 3)
    assert moments.log_det == pytest.approx(np.log(3))


@pytest.mark.parametrize(("n", "p"), SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize(("family", "known", "kind"), FORMS.values(), ids=FORMS.keys())
def test_weight_form_equals_kernel_form(family, known, kind, n, p):
    rng = np.random.default_rng(1)
    rows, prior = some_rows(rng, n, p, family, known), two_blocks(p, family)
    scales = near_medians(prior, rng)
    by_rows, by_weights = (
        condition(rows, prior, scales),
        condition_by_weights(source_of(rows, kind), prior, scales),
    )
    X = rng.standard_normal((5, p))
    np.testing.assert_allclose(by_weights.mean, by_rows.mean, atol=1e-8)
    np.testing.assert_allclose(by_weights.variance(X), by_rows.variance(X), atol=1e-8)
    assert by_weights.log_evidence == pytest.approx(by_rows.log_evidence, abs=1e-8)


@pytest.mark.parametrize(("n", "p"), SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize(("family", "known", "kind"), FORMS.values(), ids=FORMS.keys())
def test_weight_form_finds_the_scales_of_the_kernel_form(family, known, kind, n, p):
    """Both stop where the slope is small; the kernel form's own slope says how small."""
    rows = some_rows(np.random.default_rng(2), n, p, family, known)
    prior = two_blocks(p, family)
    sharp = learn_scales(evidence_of(source_of(rows, kind), prior), sharpen=True)
    kernel = KernelEvidence(rows, prior)
    np.testing.assert_allclose(log_posterior(kernel, sharp)[1], 0, atol=1e-7)
    np.testing.assert_allclose(listed(sharp), listed(learn_scales(kernel)), rtol=2e-3)


def test_moments_and_sums_give_the_same_posterior():
    rng = np.random.default_rng(3)
    rows, prior = some_rows(rng), two_blocks()
    from_sums = condition_by_weights(source_of(rows, Sums), prior, prior.medians)
    posterior = condition_on(moments_of(rows, prior.medians), prior, prior.medians)
    np.testing.assert_allclose(posterior.mean, from_sums.mean, atol=1e-8)
    X = np.eye(6)
    np.testing.assert_allclose(posterior.variance(X), from_sums.variance(X), atol=1e-8)
    assert posterior.log_evidence == pytest.approx(from_sums.log_evidence, abs=1e-8)


def test_block_scales_from_moments_are_those_at_settled_noise_and_groups():
    rows, prior = some_rows(np.random.default_rng(4)), two_blocks()
    settled = replace(
        prior,
        groups={name: Scale(scale.median) for name, scale in prior.groups.items()},
        noise=Scale(prior.noise.median),
    )
    moments = MomentEvidence(moments_of(rows, prior.medians), prior)
    found = learn_scales(moments, sharpen=True)
    expected = learn_scales(evidence_of(source_of(rows, Sums), settled), sharpen=True)
    assert found.blocks == pytest.approx(expected.blocks, rel=1e-7)
    assert learn_scales(moments, found, sharpen=True).blocks == pytest.approx(
        found.blocks, rel=1e-7
    )


@pytest.mark.parametrize("gone", ["a", "company", "table", "crossed"])
def test_a_scale_of_zero_takes_its_effects_away(gone):
    rows, prior = some_rows(np.random.default_rng(5)), two_blocks()
    scales = prior.medians
    for part in (scales.blocks, scales.groups):
        part.update((name, 0.0) for name in part if name == gone)
    by_rows = condition(rows, prior, scales)
    by_weights = condition_by_weights(source_of(rows, Sums), prior, scales)
    np.testing.assert_allclose(by_weights.mean, by_rows.mean, atol=1e-8)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.integers(0, 2), min_size=24, max_size=24),
    st.permutations([0, 1, 2]),
)
def test_any_split_of_the_rows_gives_the_same_posterior(seed, part, order):
    """Groups are split over parts too, and parts may be empty."""
    rows, prior = some_rows(np.random.default_rng(seed)), two_blocks()
    part = np.array(part)
    first, second, third = (source_of(rows.of(part == one), Sums) for one in order)
    whole = condition_by_weights(source_of(rows, Sums), prior, prior.medians)
    for merged in ((first + second) + third, first + (second + third), third + (first + second)):
        posterior = condition_by_weights(merged, prior, prior.medians)
        np.testing.assert_allclose(posterior.mean, whole.mean, atol=1e-8)
        np.testing.assert_allclose(
            posterior.variance(np.eye(6)), whole.variance(np.eye(6)), atol=1e-8
        )
        assert posterior.log_evidence == pytest.approx(whole.log_evidence, abs=1e-8)


def test_scales_learned_from_parts_are_the_same_too():
    rows, prior = some_rows(np.random.default_rng(6)), two_blocks()
    odd = np.arange(24) % 2 == 1
    parts = source_of(rows.of(odd), Sums) + source_of(rows.of(~odd), Sums)
    found, whole = (
        listed(learn_scales(evidence_of(sums, prior), sharpen=True))
        for sums in (parts, source_of(rows, Sums))
    )
    np.testing.assert_allclose(found, whole, rtol=1e-8)


def test_a_row_that_counts_three_times_is_three_rows():
    rows, prior = some_rows(np.random.default_rng(8)), two_blocks()
    weight = np.random.default_rng(9).integers(0, 4, 24)
    counted = Sums.of(rows.X, rows.y, rows.groups, weight.astype(float))
    repeated = np.repeat(np.arange(24), weight)
    spelt = Rows(rows.X[repeated], rows.y[repeated], tuple(g[repeated] for g in rows.groups))
    by_weights = condition_by_weights(counted, prior, prior.medians)
    by_rows = condition(spelt, prior, prior.medians)
    np.testing.assert_allclose(by_weights.mean, by_rows.mean, atol=1e-8)
    assert by_weights.log_evidence == pytest.approx(by_rows.log_evidence, abs=1e-8)


def test_an_answer_that_counts_three_times_is_three_answers():
    rng = np.random.default_rng(10)
    rows, prior = some_rows(rng, family="probit"), two_blocks(family="probit")
    weight = rng.integers(1, 4, 24)
    repeated = np.repeat(np.arange(24), weight)
    spelt = Rows(rows.X[repeated], rows.y[repeated], tuple(g[repeated] for g in rows.groups))
    by_weights = condition_by_weights(rows, prior, prior.medians, weight.astype(float))
    by_rows = condition(spelt, prior, prior.medians)
    np.testing.assert_allclose(by_weights.mean, by_rows.mean, atol=1e-7)
    assert by_weights.log_evidence == pytest.approx(by_rows.log_evidence, abs=1e-7)


@pytest.mark.parametrize(("n_yes", "slack"), [(0, 0.13), (1, 0.02), (3, 0.02), (6, 0.13)])
def test_yes_and_no_against_quadrature(n_yes, slack):
    """Six answers about one coefficient; when all agree EP is an eighth too narrow in variance."""
    y = np.repeat([1.0, 0.0], [n_yes, 6 - n_yes])
    prior = Prior(np.zeros(1), (Block("all", slice(0, 1), Scale(1.5)),), {}, Scale(1.0), "probit")
    posterior = condition_by_weights(Rows(np.ones((6, 1)), y), prior, prior.medians)

    def density(f, power):
        return f**power * norm.pdf(f, scale=1.5) * np.prod(norm.cdf((2 * y - 1) * f))

    evidence, first, second = (integrate.quad(density, -12, 12, args=(k,))[0] for k in range(3))
    assert posterior.mean[0] == pytest.approx(first / evidence, abs=0.01)
    variance = second / evidence - (first / evidence) ** 2
    assert posterior.variance(np.ones((1, 1)))[0] == pytest.approx(variance, rel=slack)
    assert posterior.log_evidence == pytest.approx(np.log(evidence), abs=0.03)


def test_yes_and_no_of_many_rows_against_a_long_chain():
    """Two coefficients, 400 answers in 40 groups: a Gibbs sampler with the latent f drawn.

    J. H. Albert and S. Chib, Journal of the American Statistical Association 88, 1993.
    """
    rng = np.random.default_rng(11)
    n, n_groups, sd = 400, 40, np.array([1.0, 1.0, 0.5])
    X, group = rng.standard_normal((n, 2)), np.arange(n) % n_groups
    f = X @ [0.8, -0.4] + rng.normal(0, 0.5, n_groups)[group]
    y = (f + rng.standard_normal(n) > 0).astype(float)
    blocks = (Block("all", slice(0, 2), Scale(1.0)),)
    prior = Prior(np.zeros(2), blocks, {"group": Scale(0.5)}, family="probit")
    posterior = condition_by_weights(Rows(X, y, (group,)), prior, prior.medians)

    Z = np.hstack((X, group[:, None] == np.arange(n_groups)))
    scale = np.concatenate((sd[:2], np.full(n_groups, 0.5)))
    covariance = np.linalg.inv(Z.T @ Z + np.diag(scale**-2.0))
    root, project = np.linalg.cholesky(covariance), covariance @ Z.T
    u, kept = np.zeros(len(scale)), []
    for step in range(2500):
        centre = Z @ u
        below = norm.cdf(-centre)
        share = rng.uniform(size=n)
        latent = centre + norm.ppf(np.where(y == 1, below + share * (1 - below), share * below))
        u = project @ latent + root @ rng.standard_normal(len(scale))
        if step >= 200:
            kept.append(u[:2])
    chain = np.array(kept)
    # 2300 draws with an autocorrelation time of about 5 know their mean to .05 SD of .1.
    np.testing.assert_allclose(posterior.mean, chain.mean(0), atol=0.015)
    np.testing.assert_allclose(posterior.variance(np.eye(2)), chain.var(0), rtol=0.15)


def test_draws_have_the_posterior_moments():
    rows, prior = some_rows(np.random.default_rng(12)), two_blocks()
    posterior = condition_by_weights(rows, prior, prior.medians)
    draws = posterior.draw(40_000, np.random.default_rng(13))
    np.testing.assert_allclose(draws.mean(1), posterior.mean, atol=1e-9)  # mirrored pairs
    # The relative error of a variance from 20 000 independent pairs is sqrt(2 / 20 000) = .01.
    np.testing.assert_allclose(draws.var(1), posterior.variance(np.eye(6)), rtol=0.05)
    np.testing.assert_allclose(
        np.cov(draws)[0, 1:],
        [
            (
                posterior.variance(np.eye(6)[[0]] + np.eye(6)[[j]])
                - posterior.variance(np.eye(6)[[0]] - np.eye(6)[[j]])
            )[0]
            / 4
            for j in range(1, 6)
        ],
        atol=0.01,
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 24))
def test_more_rows_never_widen_the_posterior(seed, n_few):
    rows, prior = some_rows(np.random.default_rng(seed)), two_blocks()
    few = source_of(rows.of(np.arange(24) < n_few), Sums)
    many = few + source_of(rows.of(np.arange(24) >= n_few), Sums)
    before, after = (
        condition_by_weights(sums, prior, prior.medians).variance(np.eye(6)) for sums in (few, many)
    )
    assert np.all(after <= before + 1e-9)


def test_other_units_and_another_origin_are_a_matrix():
    rng = np.random.default_rng(14)
    X, y = rng.standard_normal((9, 2)), rng.standard_normal(9)
    groups = (np.arange(9) % 2,)
    ones = np.column_stack((np.ones(9), X))
    T = np.array([[1, -0.5, 2, -3], [0, 0.1, 0, 0], [0, 0, 4, 0], [0, 0, 0, 7.0]])
    there = np.column_stack((ones, y)) @ T
    expected = Sums.of(there[:, :-1], there[:, -1], groups)
    moved = Sums.of(ones, y, groups).transformed(T)
    np.testing.assert_allclose(moved.products, expected.products, atol=1e-9)
    np.testing.assert_allclose(moved.totals, expected.totals, atol=1e-9)


def test_without_rows_the_prior_stays():
    prior = two_blocks()
    posterior = condition_on(NO_ROWS, prior, prior.medians)
    np.testing.assert_array_equal(posterior.mean, prior.mean)
    np.testing.assert_allclose(posterior.variance(np.eye(6)), [0.49] * 2 + [0.16] * 4)
    assert learn_scales(MomentEvidence(NO_ROWS, prior)).blocks == prior.medians.blocks


ROWS = Rows(np.ones((2, 6)), np.zeros(2), (np.zeros(2, int),) * 3)
BAD = {
    "an outcome that is not finite": (replace(ROWS, y=np.array([0, np.inf])), "finite"),
    "too few columns": (replace(ROWS, X=np.ones((2, 5))), "do not fit"),
    "a missing grouping": (replace(ROWS, groups=()), "do not fit"),
    "error variances of other rows": (replace(ROWS, variance=np.ones(3)), "do not fit"),
    "what is added to rows": (replace(ROWS, offset=np.zeros(2)), "kernel form"),
    "sums of fewer columns": (Sums.of(np.ones((2, 5)), np.zeros(2), ROWS.groups), "do not fit"),
    "sums without the groupings": (Sums.of(np.ones((2, 6)), np.zeros(2)), "do not fit"),
    "sums that are not finite": (
        Sums.of(np.full((2, 6), np.nan), np.zeros(2), ROWS.groups),
        "finite",
    ),
}


@pytest.mark.parametrize(("source", "words"), BAD.values(), ids=BAD.keys())
def test_bad_sums_and_rows_are_refused(source, words):
    with pytest.raises(ValueError, match=words):
        condition_by_weights(source, two_blocks())


BAD_MOMENTS = {
    "of fewer columns": (Moments(np.zeros((5, 5)), np.zeros(5), 0.0, 0.0, 0.0), "do not fit"),
    "not finite": (replace(NO_ROWS, energy=float("nan")), "finite"),
}


@pytest.mark.parametrize(("moments", "words"), BAD_MOMENTS.values(), ids=BAD_MOMENTS.keys())
def test_bad_moments_are_refused(moments, words):
    with pytest.raises(ValueError, match=words):
        condition_on(moments, two_blocks(), two_blocks().medians)
    with pytest.raises(ValueError, match=words):
        MomentEvidence(moments, two_blocks())


def test_yes_and_no_need_their_rows_and_whole_counts():
    prior = two_blocks(family="probit")
    with pytest.raises(ValueError, match="give their rows"):
        condition_by_weights(Sums.of(ROWS.X, ROWS.y, ROWS.groups), prior)
    with pytest.raises(ValueError, match="at least once"):
        condition_by_weights(ROWS, prior, weight=np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match="error variance"):
        condition_by_weights(ROWS, two_blocks(), weight=np.ones(2))
    with pytest.raises(ValueError, match="0 or 1"):
        condition_by_weights(replace(ROWS, y=np.array([0.5, 1.0])), prior)


def test_precisions_scale_the_sums_of_a_grouping():
    """Doubling every precision halves V without effects: log |V| falls by n log 2."""
    grouped = Sums.of(ROWS.X, np.array([1.0, 3.0]), (np.zeros(2, int),)).grouped().scaled(2.0)
    assert isinstance(grouped, Grouped)
    assert grouped.moments.log_det == pytest.approx(-2 * np.log(2))
    assert grouped.moments.energy == pytest.approx(20)
    assert grouped.y[0] == pytest.approx(8)

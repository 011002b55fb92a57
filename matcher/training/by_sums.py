"""The fit of many trials: sums of short rows in place of a kernel over all trials.

The model is the one of ``by_rows``; serving sees no difference. What is done otherwise, from
``MOST_BY_ROWS`` trials on:

- Scales of companies, tables and noise are learned from whole companies drawn at random, some 500
  trials, and held. Those of the blocks are then learned from the sums of up to 20 000 trials, which
  costs a Cholesky factor of 1 700 columns for every step of the search, a dozen steps per question.
  Nothing is averaged over scales.
- Companies are integrated out exactly in the gain. Tables count as variance there, and both do in
  the chances.
- Chances are fitted by Newton's method (Laplace) in place of EP, from a start on some of the rows.

References
----------
C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006, section 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr

from matcher.arrays import Array, Bools
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.model.fitted import N_DRAWS, FittedHead, Model
from matcher.regression.evidence import MomentEvidence
from matcher.regression.kernel_form import KernelEvidence
from matcher.regression.prior import Prior, Scales
from matcher.regression.rows import LOG_2PI
from matcher.regression.scales import learn_scales
from matcher.regression.sums import Moments
from matcher.regression.weight_form import WeightPosterior, condition_on
from matcher.training.card_sums import CardRows, company_moments, weighed_moments
from matcher.training.evidence import Evidence, answered
from matcher.training.facts import model_of, stopped, stopped_share, without_differences
from matcher.training.questions import question, summed

N_FOR_SCALES = 500
"""Trials from which all scales are learned at first, row by row."""
N_FOR_BLOCKS = 20_000
"""Trials from whose sums the scales of the blocks are learned."""
N_FOR_START = 20_000
"""Trials on which Newton's method starts; from there two steps over all trials suffice."""


@dataclass(frozen=True)
class HeadFit:
    """One question, fitted."""

    posterior: WeightPosterior
    """Of the coefficients, and of the drift of a gain behind them."""
    moments: Moments
    """Of the same columns."""
    scales: Scales
    width: int
    """Number of coefficients, the drift left out."""

    @property
    def mean(self) -> Array:
        """Posterior mean of the coefficients (width,)."""
        return self.posterior.mean[: self.width]

    def halves(self, X: Array) -> Array:
        """Return H (p, m) of rows X: the posterior covariance of their answers is H' H.

        X (m, width) for what is expected, without drift, or with its columns for what was seen.
        """
        missing = len(self.posterior.mean) - X.shape[1]
        return self.posterior.halves(np.pad(X, ((0, 0), (0, missing))))


def fit_by_sums(
    evidence: Evidence,
    setup: Setup,
    *,
    seed: int = 0,
    start: Mapping[Head, Scales] | None = None,
    differences: bool = True,
) -> tuple[Model, Mapping[Head, Scales]]:
    """Return the model fitted to many trials, and the scales of each head; as ``fit.fit``.

    The profiles in ``evidence`` may be left out: they are read from its frame. With ``start`` only
    the scales of the blocks are learned, from there.
    """
    found = scales_of_some(evidence, setup, seed, start)
    profiles = Profiles(evidence.everyone())
    heads: dict[Head, FittedHead] = {}
    factor, share = 0.0, (0.0, 0.0)
    for i, head in enumerate(HEADS):
        rows = CardRows(setup, head, evidence, profiles)
        fit = fit_head(rows, found[head])
        # What trees add has its part in how cards differ.
        if differences and evidence.offsets is None:
            factor += _differences(fit, rows)
        if head == "gain":
            share = _stopped_share(fit, rows)
        draws = fit.posterior.draw(N_DRAWS, np.random.default_rng(3 * seed + i))
        # The drift stays with the companies that it was seen in.
        own = {name: fit.scales.blocks[name] for name in rows.layout.blocks}
        heads[head] = FittedHead.of(
            fit.mean,
            draws[: fit.width],
            replace(fit.scales, blocks=own),
            len(rows),
            fit.posterior.log_evidence,
        )
    return model_of(evidence, profiles, setup, heads, factor, share), found


def scales_of_some(
    evidence: Evidence,
    setup: Setup,
    seed: int,
    start: Mapping[Head, Scales] | None = None,
) -> Mapping[Head, Scales]:
    """Return the scales of each head, learned from whole companies drawn at random.

    Those of the blocks come from the sums of more trials than the others, which are those of
    ``start`` where it is given. In four worlds of 3 000 companies that brought the log score of a
    trial .003 to .022 higher than 500 trials alone; 1 500 cost five times as much and were better
    in one world of the four.
    """
    rng = np.random.default_rng(seed)
    if start is None:
        some = sample_of_companies(evidence, N_FOR_SCALES, rng)
        start = {h: learn_scales(KernelEvidence(*question(some, h, setup))) for h in HEADS}
    more = evidence
    if len(evidence) > N_FOR_BLOCKS:
        more = some_companies(evidence, N_FOR_BLOCKS, rng)
    profiles = Profiles(more.everyone())
    return {
        head: _with_blocks(fit_head(CardRows(setup, head, more, profiles), start[head]))
        for head in HEADS
    }


def _with_blocks(fit: HeadFit) -> Scales:
    """Return the scales of a fit, those of the blocks learned from its sums."""
    evidence = MomentEvidence(fit.moments, fit.posterior.prior)
    found = learn_scales(evidence, fit.posterior.scales).blocks
    return replace(fit.scales, blocks={name: found[name] for name in fit.scales.blocks})


def sample_of_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Evidence:
    """Return the trials of companies drawn at random, about n of them, with their profiles."""
    return some_companies(evidence, n, rng).with_profiles()


def some_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Evidence:
    """Return the trials of companies drawn at random, about n, and as large a part of controls."""
    drawn = drawn_companies(evidence, n, rng)
    part = evidence.of(drawn)
    n_controls = -(-len(evidence.controls) * len(part) // max(len(evidence), 1))
    kept = np.arange(len(evidence.controls)) < n_controls
    return replace(part, controls=evidence.controls.of(rng.permutation(kept)))


def drawn_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Bools:
    """Return which trials are those of companies drawn at random, about n trials (N,)."""
    n_companies = int(evidence.company.max(initial=-1)) + 1
    rank = rng.permutation(n_companies)[evidence.company]
    drawn = evidence.company[np.argsort(rank, kind="stable")[:n]]
    return np.isin(evidence.company, drawn)


def fit_head(rows: CardRows, scales: Scales) -> HeadFit:
    """Return one question fitted at given scales."""
    if rows.gains is None:
        moments, posterior = _Newton(rows, scales).run(rows.prior, scales)
    else:
        target = rows.gains.y - offset_of(rows)
        variance = spread_of(rows, scales)
        moments = company_moments(rows, target, variance, scales.groups["companies"])
        posterior = condition_on(moments, rows.prior, scales)
    return HeadFit(posterior, moments, scales, rows.layout.width)


def offset_of(rows: CardRows) -> Array:
    """Return what trees add to each row (n,); 0 without trees."""
    offsets = rows.evidence.offsets
    if offsets is None:
        return np.zeros(len(rows))
    each = offsets[rows.head]
    return each[rows.parts.place] if rows.gains is None else summed(rows.gains, each)


def spread_of(rows: CardRows, scales: Scales) -> Array:
    """Return the variance of each row about its mean and its company's level (n,).

    Of a gain; of a chance the variance of its latent answer, with the company's level in it.
    """
    tables = np.where(rows.table >= 0, scales.groups["tables"] ** 2, 0.0)
    if rows.gains is not None:
        return scales.noise**2 + rows.gains.variance + tables
    return 1.0 + np.where(rows.company >= 0, scales.groups["companies"] ** 2, 0.0) + tables


def shrink_of(rows: CardRows, scales: Scales) -> Array:
    """Return by how much a company's and table's own level shrink each latent answer (n,)."""
    shrink: Array = 1 / np.sqrt(spread_of(rows, scales))
    return shrink


def answers_of(rows: CardRows) -> Array:
    """Return yes or no of each row of a chance as 1 or -1 (n,)."""
    answer = answered(rows.evidence, rows.head)[1][rows.parts.place]
    return 2 * answer - 1


def stand_in(latent: Array, sign: Array, shrink: Array) -> tuple[Array, Array]:
    """Return weight and residual (n,) of the Gaussian observation that stands for each answer.

    That of Newton's method at the latent answers: what is observed is latent + residual.
    """
    z = sign * latent * shrink
    ratio = np.exp(-(z**2) / 2 - LOG_2PI / 2 - log_ndtr(z))
    weight = np.maximum(ratio * (ratio + z), 1e-12) * shrink**2
    return weight, sign * ratio * shrink / weight


class _Newton:
    """The mode of the coefficients of a chance, and the curvature there."""

    def __init__(self, rows: CardRows, scales: Scales) -> None:
        self.rows = rows
        self.shrink, self.offset = shrink_of(rows, scales), offset_of(rows)
        self.sign = answers_of(rows)

    def moments(self, w: Array, step: int) -> Moments:
        """Return the sums of the Gaussian observations that stand for each step-th answer at w."""
        every = slice(None, None, step)
        parts = self.rows.parts.of(np.arange(len(self.rows))[every])
        each = (x[every] for x in (self.shrink, self.offset, self.sign))
        shrink, offset, sign = each
        short = np.stack([M @ w for M in self.rows.maps])

        def weigh(some: slice, Z: Array) -> tuple[Array, Array]:
            latent = np.einsum("ij,ij->i", Z, short[parts.card[some]])
            weight, residual = stand_in(latent + offset[some], sign[some], shrink[some])
            return weight, latent + residual

        return weighed_moments(self.rows, parts, weigh)

    def run(self, prior: Prior, scales: Scales) -> tuple[Moments, WeightPosterior]:
        """Return the sums at the mode, and the posterior."""
        step = max(-(-len(self.rows) // N_FOR_START), 1)
        w = self._climb(prior, scales, prior.mean, step, 30)
        if step > 1:
            w = self._climb(prior, scales, w, 1, 2)
        moments = self.moments(w, 1)
        return moments, condition_on(moments, prior, scales)

    def _climb(self, prior: Prior, scales: Scales, w: Array, step: int, most: int) -> Array:
        for _ in range(most):
            change = condition_on(self.moments(w, step), prior, scales).mean - w
            w = w + change
            if np.abs(change).max() < 1e-6:
                break
        return w


def _differences(fit: HeadFit, rows: CardRows) -> float:
    """Return the log Bayes factor against a model in which cards do not differ.

    From the same sums; the hyperpriors of the scales, which many trials outweigh, are left out.
    """
    columns, alike = without_differences(rows.prior, rows.setup, rows.head)
    fewer = fit.moments.of(columns)
    scales = learn_scales(MomentEvidence(fewer, alike))
    return fit.posterior.log_evidence - condition_on(fewer, alike, scales).log_evidence


def _stopped_share(fit: HeadFit, rows: CardRows) -> tuple[float, float]:
    # What is not known of the expected gain is left out: it is far below the noise by now.
    evidence = rows.evidence
    places = stopped(evidence)
    parts = rows.trials(places)
    offset = 0.0 if evidence.offsets is None else evidence.offsets["gain"][places]
    alone = np.pad(fit.mean, (0, len(fit.posterior.mean) - fit.width))
    drift = rows.latent(fit.posterior.mean - alone, parts)
    expected = rows.latent(alone, parts) + offset
    seen = evidence.gains.change[places] - drift
    return stopped_share(evidence, rows.setup, fit.scales, expected, seen, 0.0)

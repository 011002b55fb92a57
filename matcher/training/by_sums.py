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

from matcher.arrays import Array, Bools, Ints
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.model.fitted import N_DRAWS, FittedHead, Model
from matcher.regression.evidence import MomentEvidence
from matcher.regression.kernel_form import KernelEvidence
from matcher.regression.prior import Block, Prior, Scale, Scales
from matcher.regression.rows import LOG_2PI
from matcher.regression.scales import learn_scales
from matcher.regression.sums import Moments
from matcher.regression.weight_form import WeightPosterior, condition_on
from matcher.training.card_sums import CardRows, company_moments, weighed_moments
from matcher.training.evidence import DRIFT, Evidence, answered, question
from matcher.training.facts import model_of, stopped, stopped_share, without_differences

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
    """Of the coefficients, and of the drift if there is one, as a last column."""
    moments: Moments
    """Of the same columns."""
    scales: Scales
    width: int
    """Number of coefficients, the drift left out."""
    n_rows: int

    @property
    def mean(self) -> Array:
        """Posterior mean of the coefficients (width,)."""
        return self.posterior.mean[: self.width]

    @property
    def drift(self) -> float:
        """Posterior mean of what all gains that were seen share; 0 of a chance."""
        return float(self.posterior.mean[self.width :].sum())

    def halves(self, X: Array, *, drift: float) -> Array:
        """Return H (p, m) of rows X (m, width): the posterior covariance of their answers is H' H.

        ``drift`` is 1 for trials that were seen, and 0 where none is expected.
        """
        more = np.full((len(X), len(self.posterior.mean) - self.width), drift)
        return self.posterior.halves(np.hstack((X, more)))


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
    profiles = Profiles(evidence.frame)
    heads: dict[Head, FittedHead] = {}
    factor, share = 0.0, (0.0, 0.0)
    for i, head in enumerate(HEADS):
        rows = CardRows(setup, head, profiles, evidence.cards)
        fit = fit_head(rows, evidence, found[head])
        if (
            differences and evidence.offsets is None
        ):  # what trees add has its part in how cards differ
            factor += _differences(fit, rows, evidence)
        if head == "gain":
            share = _stopped_share(evidence, fit, rows)
        draws = fit.posterior.draw(N_DRAWS, np.random.default_rng(3 * seed + i))
        # The drift stays with the trials it was seen in.
        heads[head] = FittedHead.of(
            fit.mean, draws[: fit.width], fit.scales, fit.n_rows, fit.posterior.log_evidence
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
        more = evidence.of(drawn_companies(evidence, N_FOR_BLOCKS, rng))
    profiles = Profiles(more.frame)
    found: dict[Head, Scales] = {}
    for head in HEADS:
        rows = CardRows(setup, head, profiles, more.cards)
        found[head] = _with_blocks(fit_head(rows, more, start[head]))
    return found


def _with_blocks(fit: HeadFit) -> Scales:
    """Return the scales of a fit, those of the blocks learned from its sums."""
    evidence = MomentEvidence(fit.moments, fit.posterior.prior)
    found = learn_scales(evidence, fit.posterior.scales).blocks
    return replace(fit.scales, blocks={name: found[name] for name in fit.scales.blocks})


def sample_of_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Evidence:
    """Return the trials of companies drawn at random, about n of them, with their profiles."""
    return evidence.of(drawn_companies(evidence, n, rng)).with_profiles()


def drawn_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Bools:
    """Return which trials are those of companies drawn at random, about n trials (N,)."""
    n_companies = int(evidence.company.max(initial=-1)) + 1
    rank = rng.permutation(n_companies)[evidence.company]
    drawn = evidence.company[np.argsort(rank, kind="stable")[:n]]
    return np.isin(evidence.company, drawn)


def fit_head(rows: CardRows, evidence: Evidence, scales: Scales) -> HeadFit:
    """Return one question fitted at given scales."""
    head = rows.head
    known, answer = answered(evidence, head)
    chosen = np.flatnonzero(known)
    prior = rows.setup.priors[head]
    offset = offset_of(evidence, head)
    if head == "gain":
        moments = company_moments(
            rows,
            chosen,
            evidence.company,
            np.where(known, answer - offset, 0.0),
            gain_variance(evidence, scales),
            scales.groups["companies"],
        )
        drift = evidence.gains.drift_sd
        moments, prior = _with_drift(moments, prior, drift)
        wide = replace(scales, blocks={**scales.blocks, DRIFT: drift})
        posterior = condition_on(moments, prior, wide)
    else:
        newton = _Newton(rows, chosen, answer, shrink_of(evidence, scales), offset)
        moments, posterior = newton.run(prior, scales)
    return HeadFit(posterior, moments, scales, rows.layout.width, len(chosen))


def offset_of(evidence: Evidence, head: Head) -> Array:
    """Return what trees add to each latent answer (n,); 0 without trees."""
    return np.zeros(len(evidence)) if evidence.offsets is None else evidence.offsets[head]


def gain_variance(evidence: Evidence, scales: Scales) -> Array:
    """Return the variance of each gain about its mean and its company's level (n,)."""
    noise = scales.noise**2 + evidence.gains.variance
    variance: Array = noise + np.where(evidence.table >= 0, scales.groups["tables"] ** 2, 0.0)
    return variance


def shrink_of(evidence: Evidence, scales: Scales) -> Array:
    """Return by how much a company's and table's own level shrink each latent answer (n,)."""
    spread = np.full(len(evidence), 1.0)
    spread += np.where(evidence.company >= 0, scales.groups["companies"] ** 2, 0.0)
    spread += np.where(evidence.table >= 0, scales.groups["tables"] ** 2, 0.0)
    shrink: Array = 1 / np.sqrt(spread)
    return shrink


def stand_in(latent: Array, sign: Array, shrink: Array) -> tuple[Array, Array]:
    """Return weight and residual (n,) of the Gaussian observation that stands for each answer.

    That of Newton's method at the latent answers: what is observed is latent + residual.
    """
    z = sign * latent * shrink
    ratio = np.exp(-(z**2) / 2 - LOG_2PI / 2 - log_ndtr(z))
    weight = np.maximum(ratio * (ratio + z), 1e-12) * shrink**2
    return weight, sign * ratio * shrink / weight


def _with_drift(moments: Moments, prior: Prior, drift_sd: float) -> tuple[Moments, Prior]:
    """Give what all gains share a column of its own: the level's once more, with its own SD."""
    level = next(block.columns.start for block in prior.blocks if block.name == "level")
    last = len(prior.mean)
    drift = Block(DRIFT, slice(last, last + 1), Scale(max(drift_sd, 1e-9)))
    return moments.of([*range(last), level]), replace(
        prior, mean=np.append(prior.mean, 0.0), blocks=(*prior.blocks, drift), groups={}
    )


class _Newton:
    """The mode of the coefficients of a chance, and the curvature there."""

    def __init__(
        self, rows: CardRows, chosen: Ints, answer: Array, shrink: Array, offset: Array
    ) -> None:
        self.rows, self.chosen, self.shrink, self.offset = rows, chosen, shrink, offset
        self.sign = 2 * answer - 1

    def moments(self, w: Array, chosen: Ints) -> Moments:
        """Return the sums of the Gaussian observations that stand for the answers at w."""
        short = np.stack([M @ w for M in self.rows.maps])

        def weigh(block: Ints, Z: Array) -> tuple[Array, Array]:
            latent = np.einsum("ij,ij->i", Z, short[self.rows.chosen[block]])
            weight, residual = stand_in(
                latent + self.offset[block], self.sign[block], self.shrink[block]
            )
            return weight, latent + residual

        return weighed_moments(self.rows, chosen, weigh)

    def run(self, prior: Prior, scales: Scales) -> tuple[Moments, WeightPosterior]:
        """Return the sums at the mode, and the posterior."""
        few = self.chosen
        if len(few) > N_FOR_START:
            few = few[:: -(-len(few) // N_FOR_START)]
        w = self._climb(prior, scales, prior.mean, few, 30)
        if len(few) < len(self.chosen):
            w = self._climb(prior, scales, w, self.chosen, 2)
        moments = self.moments(w, self.chosen)
        return moments, condition_on(moments, prior, scales)

    def _climb(self, prior: Prior, scales: Scales, w: Array, chosen: Ints, most: int) -> Array:
        for _ in range(most):
            step = condition_on(self.moments(w, chosen), prior, scales).mean - w
            w = w + step
            if np.abs(step).max() < 1e-6:
                break
        return w


def _differences(fit: HeadFit, rows: CardRows, evidence: Evidence) -> float:
    """Return the log Bayes factor against a model in which cards do not differ.

    From the same sums; the hyperpriors of the scales, which many trials outweigh, are left out.
    """
    prior = rows.setup.priors[rows.head]
    columns, alike = without_differences(prior, rows.setup, rows.head)
    fewer = fit.moments.of(columns)
    if rows.head == "gain":
        fewer, alike = _with_drift(fewer, alike, evidence.gains.drift_sd)
    scales = learn_scales(MomentEvidence(fewer, alike))
    return fit.posterior.log_evidence - condition_on(fewer, alike, scales).log_evidence


def _stopped_share(evidence: Evidence, gain: HeadFit, rows: CardRows) -> tuple[float, float]:
    # What is not known of the expected gain is left out: it is far below the noise by now.
    places = stopped(evidence)
    expected = rows.latent(gain.mean, places) + offset_of(evidence, "gain")[places]
    return stopped_share(evidence, rows.setup, gain.scales, expected, 0.0)

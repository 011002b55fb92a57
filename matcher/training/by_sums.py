"""The fit for many trials: sums of short rows in place of a kernel over all trials.

The model is the one of ``training.fit``; serving sees no difference. What is done otherwise, from
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
from numpy.typing import NDArray
from scipy.special import log_ndtr

from matcher.design.cards import Cards, cards_of
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.terms import N_SECTORS, layout_of, prior_of
from matcher.menu.card import Menu
from matcher.model.fitted import N_DRAWS, FittedHead, Model, empty_support
from matcher.profile.schema import PROFILE_FIELDS
from matcher.regression.kernel_form import learn_scales
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Array
from matcher.regression.sums import Moments, WeightPosterior, condition_on
from matcher.regression.weight_form import learn_scales_by_weights
from matcher.training.by_rows import (
    Bools,
    Evidence,
    answered,
    facts_of,
    question,
    without_differences,
)
from matcher.training.card_sums import CardRows, Ints, company_moments, weighed_moments

N_FOR_SCALES = 500
"""Trials from which all scales are learned at first, row by row."""
N_FOR_BLOCKS = 20_000
"""Trials from whose sums the scales of the blocks are learned."""
N_FOR_START = 20_000
"""Trials on which Newton's method starts; from there two steps over all trials suffice."""
_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class HeadFit:
    """One question, fitted."""

    posterior: WeightPosterior
    moments: Moments
    prior: Prior
    """Of the coefficients, and of the drift if there is one, as a last column."""
    sd: Array
    """Scales in the order of the prior of ``question``."""
    n_rows: int


def fit_many(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    *,
    expert_text: str = "",
    simulated: bool = False,
    seed: int = 0,
    start: Mapping[Head, Array] | None = None,
) -> tuple[Model, Mapping[Head, Array]]:
    """Return the model fitted to many trials, and the scales of each head, as ``fit`` does.

    The profiles in ``evidence`` may be left out: they are read from its frame. With ``start`` only
    the scales of the blocks are learned, from there.
    """
    cards = cards_of(menu)
    profiles = Profiles(evidence.frame[list(PROFILE_FIELDS)])
    found = scales_of_some(evidence, expert, cards, seed, start)
    fits: dict[Head, HeadFit] = {}
    factor = 0.0
    for head in HEADS:
        layout = layout_of(head, expert, cards)
        rows = CardRows(layout, expert, cards, profiles, evidence.cards)
        fits[head] = fit_head(rows, evidence, head, found[head])
        if evidence.offsets is None:  # what trees add has its part in how cards differ
            factor += _differences(fits[head], rows)
    gain = fits["gain"]
    rows = CardRows(layout_of("gain", expert, cards), expert, cards, profiles, evidence.cards)
    share = _stopped_share(evidence, gain, rows)
    support, companies = _support(profiles, evidence, cards)
    facts = facts_of(evidence, factor, share, simulated=simulated)
    heads = {head: _fitted(fits[head], head, 3 * seed + i) for i, head in enumerate(HEADS)}
    model = Model(menu, expert, expert_text, heads, support, companies, facts)
    return model, {head: fits[head].sd for head in HEADS}


def scales_of_some(
    evidence: Evidence,
    expert: Expert,
    cards: Cards,
    seed: int,
    start: Mapping[Head, Array] | None = None,
) -> Mapping[Head, Array]:
    """Return the scales of each head, learned from whole companies drawn at random.

    Those of the blocks come from the sums of more trials than the others, which are those of
    ``start`` where it is given. In four worlds of 3 000 companies that brought the log score of a
    trial .003 to .022 higher than 500 trials alone; 1 500 cost five times as much and were better
    in one world of the four.
    """
    rng = np.random.default_rng(seed)
    if start is None:
        some = sample_of_companies(evidence, N_FOR_SCALES, rng)
        start = {head: learn_scales(*question(some, head, expert, cards)) for head in HEADS}
    more = evidence
    if len(evidence) > N_FOR_BLOCKS:
        more = evidence.of(drawn_companies(evidence, N_FOR_BLOCKS, rng))
    profiles = Profiles(more.frame[list(PROFILE_FIELDS)])
    found: dict[Head, Array] = {}
    for head in HEADS:
        layout = layout_of(head, expert, cards)
        rows = CardRows(layout, expert, cards, profiles, more.cards)
        found[head] = _with_blocks(start[head], fit_head(rows, more, head, start[head]))
    return found


def _with_blocks(scales: Array, fit: HeadFit) -> Array:
    """Return scales with those of the blocks learned from the sums of a fit at these scales."""
    n_blocks = len(fit.prior.blocks) - (fit.prior.blocks[-1].name == "drift")
    medians = fit.prior.medians[: len(fit.prior.blocks)]
    start = np.concatenate((scales[:n_blocks], medians[n_blocks:]))
    blocks = learn_scales_by_weights(fit.moments, fit.prior, start)[:n_blocks]
    return np.concatenate((blocks, scales[n_blocks:]))


def sample_of_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Evidence:
    """Return the trials of companies drawn at random, about n of them, with their profiles."""
    return evidence.of(drawn_companies(evidence, n, rng)).with_profiles()


def drawn_companies(evidence: Evidence, n: int, rng: np.random.Generator) -> Bools:
    """Return which trials are those of companies drawn at random, about n trials (N,)."""
    n_companies = int(evidence.company.max(initial=-1)) + 1
    rank = rng.permutation(n_companies)[evidence.company]
    drawn = evidence.company[np.argsort(rank, kind="stable")[:n]]
    return np.isin(evidence.company, drawn)


def fit_head(rows: CardRows, evidence: Evidence, head: Head, scales: Array) -> HeadFit:
    """Return one question fitted at given scales, in the order of the prior of ``question``."""
    known, answer = answered(evidence, head)
    chosen = np.flatnonzero(known)
    prior = prior_of(rows.layout, rows.expert)
    offset = offset_of(evidence, head)
    n_blocks = len(prior.blocks)
    if head == "gain":
        company_sd, variance = scales[n_blocks], gain_variance(evidence, scales, n_blocks)
        moments = company_moments(
            rows,
            chosen,
            evidence.company,
            np.where(known, answer - offset, 0.0),
            variance,
            company_sd,
        )
        moments, prior = _with_drift(moments, prior, evidence.gains.drift_sd)
        block_sd = np.append(scales[:n_blocks], evidence.gains.drift_sd)
        posterior = condition_on(moments, prior, block_sd)
    else:
        shrink = shrink_of(evidence, scales, n_blocks)
        newton = _Newton(rows, chosen, answer, shrink, offset)
        moments, posterior = newton.run(prior, scales[:n_blocks])
    return HeadFit(posterior, moments, prior, scales, len(chosen))


def offset_of(evidence: Evidence, head: Head) -> Array:
    """Return what trees add to each latent answer (n,); 0 without trees."""
    return np.zeros(len(evidence)) if evidence.offsets is None else evidence.offsets[head]


def gain_variance(evidence: Evidence, scales: Array, n_blocks: int) -> Array:
    """Return the variance of each gain about its mean and its company's level (n,)."""
    noise = scales[-1] ** 2 + evidence.gains.variance
    variance: Array = noise + np.where(evidence.table >= 0, scales[n_blocks + 1] ** 2, 0.0)
    return variance


def shrink_of(evidence: Evidence, scales: Array, n_blocks: int) -> Array:
    """Return by how much a company's and table's own level shrink each latent answer (n,)."""
    company_sd, table_sd = scales[n_blocks], scales[n_blocks + 1]
    spread = np.full(len(evidence), 1.0)
    spread += np.where(evidence.company >= 0, company_sd**2, 0.0)
    spread += np.where(evidence.table >= 0, table_sd**2, 0.0)
    shrink: Array = 1 / np.sqrt(spread)
    return shrink


def stand_in(latent: Array, sign: Array, shrink: Array) -> tuple[Array, Array]:
    """Return weight and residual (n,) of the Gaussian observation that stands for each answer.

    That of Newton's method at the latent answers: what is observed is latent + residual.
    """
    z = sign * latent * shrink
    ratio = np.exp(-(z**2) / 2 - _LOG_2PI / 2 - log_ndtr(z))
    weight = np.maximum(ratio * (ratio + z), 1e-12) * shrink**2
    return weight, sign * ratio * shrink / weight


def _with_drift(moments: Moments, prior: Prior, drift_sd: float) -> tuple[Moments, Prior]:
    """Give what all gains share a column of its own: the level's once more, with its own SD."""
    level = next(block.columns.start for block in prior.blocks if block.name == "level")
    twice = [*range(len(prior.mean)), level]
    wide = replace(
        moments, precision=moments.precision[np.ix_(twice, twice)], pull=moments.pull[twice]
    )
    last = len(prior.mean)
    drift = Block("drift", slice(last, last + 1), Scale(max(drift_sd, 1e-9)))
    return wide, replace(
        prior, mean=np.append(prior.mean, 0.0), blocks=(*prior.blocks, drift), groups=()
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

    def run(self, prior: Prior, block_sd: Array) -> tuple[Moments, WeightPosterior]:
        """Return the sums at the mode, and the posterior."""
        prior = replace(prior, groups=(), noise=Scale(1.0), family="gaussian")
        few = self.chosen
        if len(few) > N_FOR_START:
            few = few[:: -(-len(few) // N_FOR_START)]
        w = self._climb(prior, block_sd, prior.mean, few, 30)
        if len(few) < len(self.chosen):
            w = self._climb(prior, block_sd, w, self.chosen, 2)
        moments = self.moments(w, self.chosen)
        return moments, condition_on(moments, prior, block_sd)

    def _climb(self, prior: Prior, sd: Array, w: Array, chosen: Ints, most: int) -> Array:
        for _ in range(most):
            step = condition_on(self.moments(w, chosen), prior, sd).mean - w
            w = w + step
            if np.abs(step).max() < 1e-6:
                break
        return w


def _differences(fit: HeadFit, rows: CardRows) -> float:
    """Return the log Bayes factor against a model in which cards do not differ, as ``fit`` has it.

    From the same sums; the hyperpriors of the scales, which many trials outweigh, are left out.
    """
    prior = prior_of(rows.layout, rows.expert)
    columns, alike = without_differences(prior, rows.layout, rows.expert)
    moments = fit.moments
    if len(fit.prior.mean) > len(prior.mean):  # the drift is in both
        columns = [*columns, len(prior.mean)]
        last = len(alike.mean)
        drift = replace(fit.prior.blocks[-1], columns=slice(last, last + 1))
        alike = replace(alike, mean=np.append(alike.mean, 0.0), blocks=(*alike.blocks, drift))
    alike = replace(alike, groups=(), noise=Scale(1.0), family="gaussian")
    fewer = replace(
        moments, precision=moments.precision[np.ix_(columns, columns)], pull=moments.pull[columns]
    )
    sd = learn_scales_by_weights(fewer, alike)
    return fit.posterior.log_evidence - condition_on(fewer, alike, sd).log_evidence


def _fitted(fit: HeadFit, head: Head, seed: int) -> FittedHead:
    """Return a fit as plain values. The drift stays with the trials it was seen in."""
    groups = fit.prior.blocks[-1].name == "drift"
    width = len(fit.prior.mean) - groups
    draws = fit.posterior.draw(N_DRAWS, np.random.default_rng(seed))[:width]
    blocks = [block for block in fit.prior.blocks if block.name != "drift"]
    own = fit.sd[len(blocks) :]
    return FittedHead(
        mean=fit.posterior.mean[:width],
        draws=draws.astype(np.float32),
        block_sd={b.name: float(sd) for b, sd in zip(blocks, fit.sd, strict=False)},
        group_sd=tuple(float(sd) for sd in (own[:-1] if head == "gain" else own)),
        noise_sd=float(own[-1]) if head == "gain" else 0.0,
        n_rows=fit.n_rows,
        log_evidence=fit.posterior.log_evidence,
    )


def _stopped_share(evidence: Evidence, gain: HeadFit, rows: CardRows) -> tuple[float, float]:
    """Return the share of the gain that stays when a company stops, mean and SD, as ``fit`` does.

    What is not known of the expected gain is left out: with many trials it is far below the noise.
    """
    prior = rows.expert.stopped
    gains = evidence.gains
    stopped = np.flatnonzero((evidence.state == "stopped") & ~np.isnan(gains.gain))
    if not len(stopped):
        return prior.share, prior.sd
    expected = rows.latent(gain.posterior.mean[: rows.layout.width], stopped)
    expected = expected + offset_of(evidence, "gain")[stopped]
    own = gain.sd[len(prior_of(rows.layout, rows.expert).blocks) :]
    noise = gains.variance[stopped] + float(np.sum(own**2))
    precision = prior.sd**-2 + np.sum(expected**2 / noise)
    pull = prior.share * prior.sd**-2 + np.sum(expected * gains.gain[stopped] / noise)
    return float(np.clip(pull / precision, 0.0, 1.0)), float(precision**-0.5)


def _support(
    profiles: Profiles, evidence: Evidence, cards: Cards
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    support, companies = empty_support(cards.n)
    cells = profiles.cells(N_SECTORS)
    np.add.at(support, (*cells, evidence.cards), 1)
    _, first = np.unique(evidence.company, return_index=True)
    np.add.at(companies, tuple(places[first] for places in cells), 1)
    return support, companies

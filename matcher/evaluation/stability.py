"""Whether one company decides: the ranking of the reference companies with each left out.

The others are conditioned anew, exactly, with the rest as it was found among all: the best scales
(no average over scales, as in the folds), the gains as they were measured, and the share of them
that stays when a company stops. Of many trials, one step of Newton's method stands for the chances
conditioned anew (``leave_out``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from matcher.arrays import Array, Bools, Ints
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.evaluation.findings import Stability
from matcher.evaluation.intervals import company_weights, share_of
from matcher.evaluation.stability_by_sums import StandingBySums, at_reference, standing_by_sums
from matcher.menu.card import Menu
from matcher.model.fitted import Model
from matcher.profile.reference import reference_companies
from matcher.profile.schema import NO_CONSTRAINTS
from matcher.ranking.conditions import judge
from matcher.regression.kernel_form import condition
from matcher.regression.prior import Block, Prior, Scale, Scales
from matcher.regression.rows import Rows
from matcher.training.evidence import Evidence
from matcher.training.fit import MOST_BY_ROWS
from matcher.training.parallel import spread
from matcher.training.questions import question

MOST_LEFT_OUT = 100
"""Above this number of companies a sample of them is left out, one at a time."""
N_INFLUENTIAL = 5
N_FIRST = 3


def leave_one_out(
    evidence: Evidence, model: Model, scales: Mapping[Head, Scales], *, seed: int = 0
) -> Stability:
    """Return how much the first three of the reference companies hang on one company.

    Parameters
    ----------
    evidence : Evidence
        All trials.
    model : Model
        Fitted to them: what it was fitted with counts, the trees, and the share of the gain that a
        stopped trial keeps.
    scales : mapping
        Scales of each head, as ``fit`` found them with it.
    seed : int
        Seed of the sample and of the bootstrap over the companies left out.
    """
    # Two streams: the choice of companies does not move when the bootstrap's size does.
    sample, draws = np.random.default_rng(seed).spawn(2)
    known = np.unique(evidence.company)
    if len(known) > MOST_LEFT_OUT:
        known = np.sort(sample.choice(known, MOST_LEFT_OUT, replace=False))
    suits, share = _suitable(model.menu), model.facts.stopped_share
    standing: Mapping[Head, Standing | StandingBySums]
    if len(evidence) > MOST_BY_ROWS:
        standing = standing_by_sums(evidence, model, scales)
    else:
        standing = standing_of(evidence, model.setup, scales)
    whole = _first_three(expected_gains(standing, share), suits)
    without = list(spread(_first_without, known.tolist(), standing, share, suits))
    sets = np.array([(np.sort(whole) != np.sort(order)).any(axis=1) for order in without])
    firsts = np.array([whole[:, 0] != order[:, 0] for order in without])
    weights = company_weights(np.arange(len(known)), draws)
    changed = sets.mean(axis=1)
    return Stability(
        n_left_out=len(known),
        n_profiles=len(whole),
        top3_changed=share_of(changed, weights),
        first_changed=share_of(firsts.mean(axis=1), weights),
        most_influential=_influential(evidence, known, changed),
    )


@dataclass(frozen=True)
class Standing:
    """One question in as few dimensions as it has rows, and the reference companies in the same.

    At fixed scales a row leaves the prior as it was outside the span of the rows, so that columns
    are exchanged for an orthonormal basis of that span: some hundred in place of 1 500. The scales
    are those of the prior.
    """

    rows: Rows
    prior: Prior
    at: Array
    """Reference companies with every card in that basis (n_profiles * n_cards, n_rows)."""
    offset: Array
    """What the prior expects of them outside the span (n_profiles * n_cards,)."""
    variance: Array
    """The prior's variance outside the span, likewise."""

    def without(self, company: int) -> Standing:
        """Return the same without the rows of one company."""
        return replace(self, rows=self.rows.of(self.rows.groups[0] != company))

    def predict(self) -> tuple[Array, Array]:
        """Return mean and variance of the latent answer, a company's own level in the latter."""
        scales = self.prior.medians
        posterior = condition(self.rows, self.prior, scales)
        mean = self.offset + self.at @ posterior.mean
        return mean, posterior.variance(self.at) + self.variance + scales.group_variance


def standing_of(
    evidence: Evidence, setup: Setup, scales: Mapping[Head, Scales]
) -> Mapping[Head, Standing]:
    """Return every question in the fewest dimensions."""
    found = {}
    for head in HEADS:
        observed, prior = question(evidence, head, setup)
        at = at_reference(setup, head)
        # Nothing of the drift is expected of a company that asks: its columns are 0 there.
        at = np.pad(at, ((0, 0), (0, len(prior.mean) - at.shape[1])))
        found[head] = reduced(observed, prior, scales[head], at)
    return found


def reduced(observed: Rows, prior: Prior, scales: Scales, at: Array) -> Standing:
    """Return a regression at fixed scales in an orthonormal basis of its rows' span.

    Parameters
    ----------
    observed : Rows
        Design (n, p) and outcomes.
    prior : Prior
        Of p coefficients, each with a scale above 0.
    scales : Scales
        Those of the prior.
    at : ndarray of shape (m, p)
        Where to predict.
    """
    column = scales.column_sd(prior)
    basis, _ = np.linalg.qr((observed.X * column).T)
    X, Z = (observed.X * column) @ basis, (at * column) @ basis
    centre = basis.T @ (prior.mean / column)
    whole = Block("all", slice(0, basis.shape[1]), Scale(1.0))
    groups = {name: Scale(sd) for name, sd in scales.groups.items()}
    plain = Prior(centre, (whole,), groups, Scale(scales.noise), prior.family)
    return Standing(
        rows=replace(observed, X=X),
        prior=plain,
        at=Z,
        offset=at @ prior.mean - Z @ centre,
        variance=np.maximum(np.sum((at * column) ** 2, axis=1) - np.sum(Z**2, axis=1), 0.0),
    )


def expected_gains(standing: Mapping[Head, Standing | StandingBySums], share: float) -> Array:
    """Return what is expected of every card at the reference companies (n_profiles, n_cards).

    As the served model has it, but with exact variances of the chances in place of those of draws.
    """
    chance: dict[Head, Array] = {}
    for head in ("started", "completed"):
        mean, variance = standing[head].predict()
        chance[head] = ndtr(mean / np.sqrt(1 + variance))
    gain, _ = standing["gain"].predict()
    expected: Array = chance["started"] * (share + (1 - share) * chance["completed"]) * gain
    return expected.reshape(len(reference_companies()), -1)


def _suitable(menu: Menu) -> Bools:
    """Return which cards may be ranked for each reference company (n_profiles, n_cards)."""
    suits = [judge(menu, c.profile, NO_CONSTRAINTS).suitable for c in reference_companies()]
    return np.array(suits) & menu.is_rankable


def _first_without(
    company: int, standing: Mapping[Head, Standing | StandingBySums], share: float, suits: Bools
) -> Ints:
    left = {head: part.without(company) for head, part in standing.items()}
    return _first_three(expected_gains(left, share), suits)


def _first_three(gains: Array, suits: Bools) -> Ints:
    """Return the first three cards of each company (n_profiles, 3); -1 for none."""
    first = np.full((len(gains), N_FIRST), -1, dtype=np.int64)
    for i, gain in enumerate(gains):
        open_cards = np.flatnonzero(suits[i])
        order = open_cards[np.argsort(-gain[open_cards], kind="stable")[:N_FIRST]]
        first[i, : len(order)] = order
    return first


def _influential(evidence: Evidence, known: Ints, share: Array) -> tuple[tuple[str, float], ...]:
    order = [i for i in np.argsort(-share, kind="stable")[:N_INFLUENTIAL] if share[i] > 0]
    names = dict(zip(evidence.company.tolist(), evidence.frame["company"].tolist(), strict=True))
    return tuple((str(names[int(known[i])]), float(share[i])) for i in order)

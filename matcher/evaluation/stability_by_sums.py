"""The reference companies under a fit by sums, and with one company left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Array
from matcher.design.cards import Cards
from matcher.design.encoding import Encoded, reference_profiles
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Head
from matcher.design.pairs import need_match, pair_features
from matcher.design.setup import Setup
from matcher.design.terms import company_rows, short_rows
from matcher.design.unknown import unknown_of
from matcher.model.fitted import N_DRAWS, Model
from matcher.model.trees import Trees
from matcher.ranking.tree_terms import TreeTerms
from matcher.regression.prior import Scales
from matcher.training.by_sums import HeadFit, fit_head
from matcher.training.card_sums import CardRows
from matcher.training.evidence import Evidence
from matcher.training.leave_out import Residuals, residuals, shift_without


@dataclass(frozen=True)
class StandingBySums:
    """One question at the reference companies with every card (m of them)."""

    rows: CardRows
    fit: HeadFit
    found: Residuals
    half: Array
    """(p, m): the posterior covariance is half' half."""
    mean: Array
    spread: Array
    """Variance with a company's own level in it (m,); one company hardly moves it."""

    def without(self, company: int) -> StandingBySums:
        """Return the same without the rows of one company; trees stay as they were grown."""
        shift = shift_without(self.rows, self.fit, self.found, company, self.half)
        return replace(self, mean=self.mean + shift)

    def predict(self) -> tuple[Array, Array]:
        """Return mean and variance of the latent answer, a company's own level in the latter."""
        return self.mean, self.spread


def standing_by_sums(
    evidence: Evidence, model: Model, scales: Mapping[Head, Scales]
) -> Mapping[Head, StandingBySums]:
    """Return every question at the reference companies, from a fit at the given scales."""
    profiles, setup = Profiles(evidence.everyone()), model.setup
    added = _added(setup.cards, model.trees)
    found: dict[Head, StandingBySums] = {}
    for i, head in enumerate(HEADS):
        short = CardRows(setup, head, evidence, profiles)
        fit = fit_head(short, scales[head])
        at = at_reference(setup, head)
        half = fit.halves(at)
        found[head] = StandingBySums(
            rows=short,
            fit=fit,
            found=residuals(short, fit),
            half=half,
            mean=at @ fit.mean + added[i],
            spread=np.einsum("ij,ij->j", half, half) + fit.scales.group_variance,
        )
    return found


def at_reference(setup: Setup, head: Head) -> Array:
    """Return the rows of the design of every reference company with every card (m, width).

    What a company did not answer is averaged over, as a ranking does.
    """
    n_cards, reference = setup.cards.n, reference_profiles()
    short = np.concatenate([averaged_rows(profile, setup.cards) for profile in reference])
    return setup.layouts[head].rows(short, np.tile(np.arange(n_cards), len(reference)))


def averaged_rows(profile: Encoded, cards: Cards) -> Array:
    """Return the short rows of a profile with every card, at the means of unknown answers."""
    unknown = unknown_of(profile, N_DRAWS)
    if unknown is None:
        return company_rows(profile, cards)
    averaged = unknown.averaged(profile)
    features = unknown.met(averaged, pair_features(cards), need_match(profile, cards))
    return short_rows(features, averaged.values[:, None], averaged.sector)


def _added(cards: Cards, trees: Mapping[Head, Trees] | None) -> Array:
    """Return what trees add (n_heads, n_reference * n_cards)."""
    reference = reference_profiles()
    if trees is None:
        return np.zeros((len(HEADS), len(reference) * cards.n))
    terms, pairs = TreeTerms(trees, cards), pair_features(cards)
    each = [terms.latent(one, pairs.of(one, need_match(one, cards))) for one in reference]
    return np.concatenate(each, axis=1)

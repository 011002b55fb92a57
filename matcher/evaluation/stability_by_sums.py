"""The reference companies under a fit by sums, and with one company left out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Array
from matcher.design.cards import Cards
from matcher.design.encoding import Encoded
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.pairs import need_match, pair_features
from matcher.design.terms import layout_of, rows
from matcher.model.trees import Trees
from matcher.profile.schema import PROFILE_FIELDS
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
    evidence: Evidence,
    expert: Expert,
    cards: Cards,
    scales: Mapping[Head, Scales],
    reference: Sequence[Encoded],
    trees: Mapping[Head, Trees] | None,
) -> Mapping[Head, StandingBySums]:
    """Return every question at the reference companies, from a fit at the given scales."""
    profiles = Profiles(evidence.frame[list(PROFILE_FIELDS)])
    repeated = [profile for profile in reference for _ in range(cards.n)]
    each = np.tile(np.arange(cards.n), len(reference))
    added = _added(reference, cards, trees)
    found: dict[Head, StandingBySums] = {}
    for i, head in enumerate(HEADS):
        layout = layout_of(head, expert, cards)
        short = CardRows(layout, expert, cards, profiles, evidence.cards)
        fit = fit_head(short, evidence, head, scales[head])
        at = rows(layout, expert, repeated, cards, each)
        half = fit.halves(at, drift=0.0)
        found[head] = StandingBySums(
            rows=short,
            fit=fit,
            found=residuals(short, evidence, head, fit),
            half=half,
            mean=at @ fit.mean + added[i],
            spread=np.einsum("ij,ij->j", half, half) + fit.scales.group_variance,
        )
    return found


def _added(reference: Sequence[Encoded], cards: Cards, trees: Mapping[Head, Trees] | None) -> Array:
    """Return what trees add (n_heads, n_reference * n_cards)."""
    if trees is None:
        return np.zeros((len(HEADS), len(reference) * cards.n))
    terms, pairs = TreeTerms(trees, cards), pair_features(cards)
    each = [terms.latent(one, pairs.of(one, need_match(one, cards))) for one in reference]
    return np.concatenate(each, axis=1)

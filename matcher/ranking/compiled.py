"""A fitted model as a few matrices: one profile against the menu, all heads at once.

A mean is a sum of terms, in float64, so that reasons can take it apart; draws are summed without
that (``drawn``). What else moves a latent answer joins the terms of its head: reasons and means
then follow; and the draws in ``drawn``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.design.cards import Cards, cards_of
from matcher.design.encoding import Encoded
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.pairs import EXPERT_NAMES, N_FIT, need_match, pair_features
from matcher.design.terms import FIT_SCALE, layout_of
from matcher.model.fitted import Model
from matcher.ranking.coefficients import gather, part_lines, trust_in_parts
from matcher.ranking.draws import Draws, LatentDraws
from matcher.ranking.reasons import OWN_TERMS, Apart
from matcher.ranking.tree_terms import TreeTerms
from matcher.regression.probit import STEP

Array = NDArray[np.float64]

CHANCES: tuple[Head, ...] = ("started", "completed")
"""The heads whose answer is a chance, first among HEADS."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One profile as the matrices need it."""

    profile: Encoded
    need_match: Array
    """(n_cards,)."""
    features: Array
    """(n_pair, n_cards) pair features, in the order of PAIR_NAMES."""
    trees: Array | None
    """(n_heads, n_cards) what boosted trees add to the latent answers, if there are any."""


class Compiled:
    """The model's numbers for its menu."""

    def __init__(self, model: Model) -> None:
        self.cards: Cards = cards_of(model.menu)
        self._pairs = pair_features(self.cards)
        self._trees = None if model.trees is None else TreeTerms(model.trees, self.cards)
        self._means = _TermMeans(model, self.cards, self._trees)
        self.level: Array = self._means.level
        """(n_heads,) latent answers of an ordinary card at an ordinary company."""
        widths = [np.sqrt(1 + model.heads[head].nuisance_variance) for head in CHANCES]
        self.steps: Array = np.array(widths)[:, None] * STEP
        """(2, 1): how much of each chance's latent answer is one step in the table of chances."""
        per_step = {h: 1 / s for h, s in zip(CHANCES, self.steps[:, 0].tolist(), strict=True)}
        draws = {h: model.heads[h].draws * np.float32(per_step.get(h, 1.0)) for h in HEADS}
        self._draws = LatentDraws(gather(draws, model.expert, self.cards), self._pairs)

    def ask(self, profile: Encoded) -> Asked:
        """Return a profile as the matrices need it."""
        match = need_match(profile, self.cards)
        features = self._pairs.of(profile, match)
        added = None if self._trees is None else self._trees.latent(profile, features)
        return Asked(profile, match, features, added)

    def terms(self, asked: Asked) -> Array:
        """Return the terms of every head's latent answer (n_terms, n_cards), heads in order."""
        return self._means.terms(asked)

    def latent(self, terms: Array) -> Array:
        """Return the posterior mean of each latent answer (n_heads, n_cards) from its terms."""
        means = self._means
        latent: Array = means.level[:, None] + means.of_head @ terms
        return latent

    def drawn(self, asked: Asked) -> Draws:
        """Return the draws of each latent answer (n_heads, n_cards, n_draws).

        Those of a chance are in steps of the table of chances, over the width that averages a new
        company's own level out: one step is ``steps``.
        """
        drawn = self._draws.of(asked.profile, asked.features)
        if asked.trees is not None:
            added = asked.trees.copy()
            added[: len(CHANCES)] /= self.steps
            drawn += added.astype(np.float32)[:, :, None]
        return drawn

    def apart(self, asked: Asked, terms: Array, chosen: NDArray[np.intp]) -> Apart:
        """Return the latent answers of some cards taken apart."""
        means = self._means
        given = asked.features[means.rows][:, chosen] * means.given_slopes + means.given_shifts
        return Apart(terms[:, chosen], given)


class _TermMeans:
    """Posterior means by term: each is a pair feature times a slope, and what is added to it.

    What trees add joins the terms: its share that is a card's to that of the card, and likewise.
    """

    def __init__(self, model: Model, cards: Cards, trees: TreeTerms | None) -> None:
        values = {head: model.heads[head].mean[:, None] for head in HEADS}
        mean, expert = gather(values, model.expert, cards), model.expert
        self.level: Array = np.array([values[head][0, 0] for head in HEADS])
        """(n_heads,) latent answer of an ordinary card at an ordinary company."""
        lines = [_lines(head, values[head], expert, cards) for head in HEADS]
        self.rows: NDArray[np.intp] = np.concatenate([line.rows for line in lines])
        """(n_terms,) the pair feature of a term; any of them when its slope is 0."""
        self._slopes, shifts, self.given_slopes, self.given_shifts = (
            np.concatenate([getattr(line, name) for line in lines])[:, None]
            for name in ("slopes", "shifts", "given_slopes", "given_shifts")
        )
        stops = np.cumsum([len(line.rows) for line in lines])
        own = stops - len(OWN_TERMS)
        self._shifts = np.repeat(shifts, cards.n, axis=1)
        self._shifts[own + OWN_TERMS.index("card")] = mean.cards[:, :, 0]
        self._company, self._sector, self._profile = (
            own + OWN_TERMS.index(name) for name in ("company", "sector", "profile")
        )
        heads = np.repeat(np.arange(len(HEADS)), [len(line.rows) for line in lines])
        self.of_head: Array = (np.arange(len(HEADS))[:, None] == heads).astype(np.float64)
        """(n_heads, n_terms) 1 where a term is of a head."""
        self._of_company = mean.company[:, :, 0]
        self._of_sector, self._of_sector_cards = mean.sector[:, :, 0], mean.sector_cards[..., 0]
        self._changes = mean.changes.reshape(len(mean.changes), -1)
        self._trees = trees
        if trees is not None:
            self.level = self.level + trees.level
            self._shifts[own + OWN_TERMS.index("card")] += trees.card

    def terms(self, asked: Asked) -> Array:
        """Return the terms (n_terms, n_cards) of a profile, heads in order."""
        profile = asked.profile
        terms: Array = asked.features[self.rows] * self._slopes
        terms += self._shifts
        company = profile.values @ self._of_company + self._of_sector[profile.sector]
        terms[self._company] = company[:, None]
        terms[self._sector] = self._of_sector_cards[profile.sector]
        terms[self._profile] = (profile.values @ self._changes).reshape(len(HEADS), -1)
        if self._trees is not None and asked.trees is not None:
            parts = self._trees.parts(asked.trees)
            terms[self._company] += parts.company[:, None]
            terms[self._profile] += parts.profile
        return terms


@dataclass(frozen=True)
class _Lines:
    """The terms of one head as lines in a pair feature (n_terms,) each; own terms have slope 0."""

    rows: NDArray[np.intp]
    slopes: Array
    shifts: Array
    given_slopes: Array
    """As the experts gave them; 0 where they were silent."""
    given_shifts: Array


def _lines(head: Head, value: Array, expert: Expert, cards: Cards) -> _Lines:
    parts = expert.head(head).part
    trust = trust_in_parts(head, value, expert, cards)
    slopes, shifts = part_lines(head, trust, expert)
    given_slopes, given_shifts = part_lines(head, np.full_like(trust, expert.trust.mean), expert)
    fit = value[layout_of(head, expert, cards).terms["fit"], 0] * FIT_SCALE
    rest, own = np.zeros(N_FIT + len(OWN_TERMS)), np.zeros(len(OWN_TERMS))
    said = [N_FIT + EXPERT_NAMES.index(part.feature) for part in parts]
    return _Lines(
        rows=np.array([*said, *range(N_FIT), *[0] * len(OWN_TERMS)]),
        slopes=np.concatenate((slopes[:, 0], fit, own)),
        shifts=np.concatenate((shifts[:, 0], rest)),
        given_slopes=np.concatenate((given_slopes[:, 0], rest)),
        given_shifts=np.concatenate((given_shifts[:, 0], rest)),
    )

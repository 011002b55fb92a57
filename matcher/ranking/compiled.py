"""A fitted model as a few matrices: one profile against the menu, all heads at once.

A mean is a sum of terms, in float64, so that reasons can take it apart; draws are summed without
that (``draws``). What else moves a latent answer joins the terms of its head: reasons and means
then follow; and the draws in ``draws``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array
from matcher.design.encoding import Encoded
from matcher.design.expert import HEADS, Head
from matcher.design.pairs import need_match, pair_features
from matcher.design.terms import N_SHORT, ONE, PAIRS, PROFILE, SECTOR, Layout, Values
from matcher.design.unknown import Unknown, unknown_of
from matcher.model.fitted import Model
from matcher.ranking.draws import Draws, LatentDraws
from matcher.ranking.reasons import Apart
from matcher.ranking.tree_terms import TreeTerms
from matcher.regression.probit import STEP

CHANCES: tuple[Head, ...] = ("started", "completed")
"""The heads whose answer is a chance, first among HEADS."""
N_ANSWERS = 64
"""Draws of unknown answers over which the mean of a product is taken."""


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
    unknown: Unknown | None = None
    """What may be answered where nobody did; ``profile`` and ``features`` hold the means of it."""


class Compiled:
    """The model's numbers for its menu."""

    def __init__(self, model: Model) -> None:
        self.cards, self.layouts = model.setup.cards, model.setup.layouts
        self._pairs = pair_features(self.cards)
        self._trees = None if model.trees is None else TreeTerms(model.trees, self.cards)
        self._means = _TermMeans(model, self.layouts, self._trees)
        self.level: Array = self._means.level
        """(n_heads,) latent answers of an ordinary card at an ordinary company."""
        widths = [np.sqrt(1 + model.heads[head].nuisance_variance) for head in CHANCES]
        self.steps: Array = np.array(widths)[:, None] * STEP
        """(2, 1): how much of each chance's latent answer is one step in the table of chances."""
        per_step = {h: 1 / s for h, s in zip(CHANCES, self.steps[:, 0].tolist(), strict=True)}
        draws = {h: model.heads[h].draws * np.float32(per_step.get(h, 1.0)) for h in HEADS}
        effects = effects_of(self.layouts, draws, self.cards.n)
        self._draws = LatentDraws(effects.astype(np.float32), self._pairs)
        self._n_draws = effects.shape[-1]
        means = {h: model.heads[h].mean[:, None] * per_step.get(h, 1.0) for h in HEADS}
        effects = effects_of(self.layouts, means, self.cards.n)
        self._mean = LatentDraws(effects.astype(np.float32), self._pairs)

    def ask(self, profile: Encoded) -> Asked:
        """Return a profile as the matrices need it."""
        match = need_match(profile, self.cards)
        unknown = unknown_of(profile, self._n_draws)
        if unknown is None:
            mean, features = profile, self._pairs.of(profile, match)
        else:
            mean = unknown.averaged(profile)
            features = unknown.met(mean, self._pairs, match)
        added = None
        if self._trees is not None:
            # To trees an unknown answer is one of its own, as it was when they grew.
            asked = features if unknown is None else self._pairs.of(profile, match)
            added = self._trees.latent(profile, asked)
        return Asked(mean, match, features, added, unknown)

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
        if asked.unknown is not None:
            drawn += self._draws.shifts(asked.unknown, self._n_draws)
        if asked.trees is not None:
            added = asked.trees.copy()
            added[: len(CHANCES)] /= self.steps
            drawn += added.astype(np.float32)[:, :, None]
        return drawn

    def shifts(self, asked: Asked) -> Draws | None:
        """Return what the unknown answers do to the means (n_heads, n_cards, N_ANSWERS), if any.

        In the units of ``drawn``.
        """
        if asked.unknown is None:
            return None
        return self._mean.shifts(asked.unknown, min(N_ANSWERS, self._n_draws))

    def apart(self, asked: Asked, terms: Array, chosen: NDArray[np.intp]) -> Apart:
        """Return the latent answers of some cards taken apart."""
        return Apart(terms[:, chosen], self._means.given(asked.features[:, chosen]))


def effects_of(
    layouts: Mapping[Head, Layout],
    values: Mapping[Head, Values],
    n_cards: int,
    told_as: str | None = None,
) -> Values:
    """Return what each number of a short row does (N_SHORT, n_heads, n_cards, n_draws).

    ``values`` are the coefficients of each head (width, n_draws); ``told_as`` leaves only the terms
    that are told under that reason.
    """
    effects = np.zeros((N_SHORT, len(HEADS), n_cards, values[HEADS[0]].shape[1]))
    for at, head in enumerate(HEADS):
        for term in layouts[head].table.values():
            if told_as is None or term.reason == told_as:
                term.add_effects(values[head], effects[:, at])
    return effects


class _TermMeans:
    """Posterior means by line, as ``Layout.lines`` has them.

    What trees add joins the lines: its share that is a card's to that of the card, and likewise.
    """

    def __init__(
        self, model: Model, layouts: Mapping[Head, Layout], trees: TreeTerms | None
    ) -> None:
        values = {head: model.heads[head].mean[:, None] for head in HEADS}
        n_cards = len(model.menu.ids)
        self.level: Array = np.array([values[head][0, 0] for head in HEADS])
        """(n_heads,) latent answer of an ordinary card at an ordinary company."""
        lines = [(head, name) for head in HEADS for name, _ in layouts[head].lines]
        heads, names = (np.array(each, object) for each in zip(*lines, strict=True))
        self.of_head: Array = (np.array(HEADS, object)[:, None] == heads).astype(np.float64)
        """(n_heads, n_terms) 1 where a term is of a head."""
        self._given = np.concatenate(
            [_lines(layouts[head], model.expert.trust.mean, 0.0) for head in HEADS]
        )
        self._lines = np.concatenate([_learned(layouts[head], values[head]) for head in HEADS])
        card, company, sector, profile = (
            effects_of(layouts, values, n_cards, code)[..., 0]
            for code in ("card", "company", "sector", "profile")
        )
        self._card, self._company, self._sector, self._profile = (
            np.flatnonzero(names == code) for code in ("card", "company", "sector", "profile")
        )
        self._shifts = np.repeat(self._lines[:, :1], n_cards, axis=1)
        self._shifts[self._card] = card[ONE]
        unknown = np.zeros((1, len(HEADS), n_cards))
        self._of_company = company[PROFILE, :, 0]
        self._of_sector = np.concatenate((company[SECTOR], unknown))[:, :, 0]
        self._of_sector_cards = np.concatenate((sector[SECTOR], unknown))
        self._changes = profile[PROFILE].reshape(len(profile[PROFILE]), -1)
        self._trees = trees
        if trees is not None:
            self.level = self.level + trees.level
            self._shifts[self._card] += trees.card

    def terms(self, asked: Asked) -> Array:
        """Return the terms (n_terms, n_cards) of a profile, heads in order."""
        profile = asked.profile
        terms: Array = self._lines[:, 1:] @ asked.features
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

    def given(self, features: Array) -> Array:
        """Return the terms (n_terms, n_cards) as experts gave them; 0 where they were silent."""
        given: Array = self._given[:, 1:] @ features + self._given[:, :1]
        return given


def _learned(layout: Layout, value: Array) -> Array:
    return _lines(layout, layout.trust(value)[:, 0], value[layout.table["fit"].columns, 0])


def _lines(layout: Layout, trust: Array | float, fit: Array | float) -> Array:
    """Return each line of a head in a one and the pair features (n_lines, 1 + n_pair).

    Own effects of card, company, sector and profile are no such line: they stay 0.
    """
    found = np.zeros((len(layout.lines), PAIRS.stop))
    said = (layout.parts * trust, layout.table["fit"].company * fit)
    met = np.hstack(said)[: PAIRS.stop].T
    found[: len(met)] = met
    return found

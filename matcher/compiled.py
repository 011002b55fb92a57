"""A fitted model as a few matrices: one profile against the menu, all heads and draws at once.

The latent answers of the three heads stand side by side in the columns, ``head x draw``, so that a
profile costs three matrix products for the draws and three for the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.card_features import Cards, cards_of
from matcher.design import (
    ATTRIBUTE_SCALE,
    COMPANY_SCALE,
    CROSS_SCALE,
    DEVIATION_SCALE,
    FIT_SCALE,
    N_SECTORS,
    layout_of,
    part_effects,
    sector_indicator,
)
from matcher.encoding import N_CROSSED, Encoded
from matcher.expert import HEADS, Head
from matcher.features import expert_features, fit_features
from matcher.model import Model
from matcher.reasons import HeadParts

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One profile as the matrices need it."""

    pairs: Array
    """(n_cards, n_pair): shared trust and expert parts of each head, then the pair features."""
    company: Array
    """(1 + n_profile + n_sectors,): a one for the level, the profile, its sector."""
    sector: int
    features: Array
    """The features of the company that are known and may change what a card does."""
    known: NDArray[np.intp]
    """Which of them these are; an unknown one is 0 and costs nothing."""


@dataclass(frozen=True)
class _Weights:
    """Coefficients by term, the columns ``head x draw``; a posterior mean is a single draw."""

    pairs: Array
    cards: Array
    """(n_cards, columns): what a card does by itself and through its attributes."""
    company: Array
    sector: Array
    """(n_sectors, n_cards, columns)."""
    profile: Array
    """(n_deviating, n_cards * columns)."""

    def latent(self, asked: Asked) -> Array:
        """Return the latent answer of each card (n_cards, n_heads, n_draws)."""
        kind = self.pairs.dtype
        total: Array = asked.pairs.astype(kind) @ self.pairs
        total += self.cards
        total += asked.company.astype(kind) @ self.company
        if asked.sector >= 0:
            total += self.sector[asked.sector]
        total += (asked.features.astype(kind) @ self.profile[asked.known]).reshape(total.shape)
        return total.reshape(len(total), len(HEADS), -1)


class Compiled:
    """The model's numbers for its menu."""

    def __init__(self, model: Model) -> None:
        self.cards: Cards = cards_of(model.menu)
        expert = model.expert
        parts = {head: expert.head(head).part for head in HEADS}
        self._features = [part.feature for head in HEADS for part in parts[head]]
        self._centres = np.array([part.centre for head in HEADS for part in parts[head]])
        self._effects = np.concatenate([part_effects(head, expert) for head in HEADS])
        stops = np.cumsum([0, *(len(parts[head]) for head in HEADS)]).tolist()
        self._part_columns = {
            head: slice(start, stop)
            for head, start, stop in zip(HEADS, stops, stops[1:], strict=False)
        }
        self._trust = expert.trust.mean
        self._mean = self._weights(model, mean=True)
        self._draws = self._weights(model, mean=False)

    def ask(self, profile: Encoded) -> Asked:
        """Return a profile as the matrices need it."""
        said = expert_features(profile, self.cards)
        parts = np.array([said[feature] for feature in self._features]).reshape(-1, self.cards.n)
        parts = (parts - self._centres[:, None]) * self._effects[:, None]
        shared = [parts[self._part_columns[head]].sum(axis=0) for head in HEADS]
        fit = fit_features(profile, self.cards).T * FIT_SCALE
        features = np.concatenate((profile.values[:N_CROSSED], profile.needs))
        known = np.flatnonzero(features)
        return Asked(
            pairs=np.concatenate((shared, parts, fit)).T,
            company=np.concatenate(
                ([1.0], profile.values * COMPANY_SCALE, sector_indicator(profile))
            ),
            sector=profile.sector,
            features=features[known],
            known=known,
        )

    def latent(self, asked: Asked) -> Mapping[Head, Array]:
        """Return the posterior mean of each head's latent answer (n_cards,)."""
        latent = self._mean.latent(asked)
        return {head: latent[:, i, 0] for i, head in enumerate(HEADS)}

    def drawn(self, asked: Asked) -> Mapping[Head, Array]:
        """Return the draws of each head's latent answer (n_cards, n_draws)."""
        drawn = self._draws.latent(asked)
        return {head: drawn[:, i] for i, head in enumerate(HEADS)}

    def parts(self, asked: Asked, chosen: NDArray[np.intp]) -> Mapping[Head, HeadParts]:
        """Return the latent answers of some cards taken apart, in the order of ``Terms``."""
        weights, n = self._mean, len(chosen)
        shape = (self.cards.n, len(HEADS))
        company = asked.company[1:] @ weights.company[1:]
        profile = (asked.features @ weights.profile[asked.known]).reshape(shape)[chosen]
        sector = weights.sector[asked.sector][chosen] if asked.sector >= 0 else 0.0 * profile
        pairs = asked.pairs[chosen].T
        n_parts = len(self._features)
        said, fit = pairs[len(HEADS) : len(HEADS) + n_parts], pairs[len(HEADS) + n_parts :]
        taken = {}
        for i, head in enumerate(HEADS):
            mine = self._part_columns[head]
            # Trust in a part is its own coefficient and the shared one together.
            rows = slice(len(HEADS) + mine.start, len(HEADS) + mine.stop)
            trust = weights.pairs[rows, i] + weights.pairs[i, i]
            own = (weights.cards[chosen, i], np.full(n, company[i]), sector[:, i], profile[:, i])
            fitted = fit * weights.pairs[len(HEADS) + n_parts :, i, None]
            now = np.concatenate((said[mine] * trust[:, None], fitted, own))
            given = np.zeros_like(now)
            given[: mine.stop - mine.start] = said[mine] * self._trust
            taken[head] = HeadParts(float(weights.company[0, i]), now, given)
        return taken

    def _weights(self, model: Model, *, mean: bool) -> _Weights:
        """Gather the coefficients of all heads by term."""
        n, cards = self.cards.n, self.cards
        values = {h: model.heads[h].mean[:, None] if mean else model.heads[h].draws for h in HEADS}
        kind, n_draws = values["gain"].dtype, values["gain"].shape[1]
        n_parts = len(self._features)
        by_head: dict[str, list[NDArray[Any]]] = {
            "cards": [],
            "company": [],
            "sector": [],
            "profile": [],
        }
        pairs = np.zeros((len(HEADS) + n_parts, len(HEADS), n_draws), kind)
        fit = []
        for i, head in enumerate(HEADS):
            terms, value = layout_of(head, model.expert, cards).terms, values[head]
            mine = self._part_columns[head]
            if mine.stop > mine.start:
                pairs[i, i] = value[terms["shared trust"]]
                pairs[len(HEADS) + mine.start : len(HEADS) + mine.stop, i] = value[terms["expert"]]
            fit.append(value[terms["fit"]])
            by_head["cards"].append(
                cards.attributes * ATTRIBUTE_SCALE @ value[terms["attributes"]]
                + value[terms["cards"]] * cards.prior_sd[:, None]
            )
            level = value[terms["level"]]
            by_head["company"].append(np.concatenate((level, value[terms["company"]])))
            by_head["sector"].append(value[terms["sector x card"]].reshape(N_SECTORS, n, -1))
            by_head["profile"].append(self._changes(terms, value))
        stacked = {name: np.stack(arrays, axis=-2) for name, arrays in by_head.items()}
        columns = len(HEADS) * n_draws
        whole = np.concatenate((pairs, np.stack(fit, axis=1)))
        return _Weights(
            pairs=whole.reshape(len(whole), columns),
            cards=stacked["cards"].reshape(n, columns).astype(kind),
            company=stacked["company"].reshape(-1, columns),
            sector=stacked["sector"].reshape(N_SECTORS, n, columns),
            profile=stacked["profile"].reshape(-1, n * columns).astype(kind),
        )

    def _changes(self, terms: Mapping[str, slice], value: NDArray[Any]) -> NDArray[Any]:
        """Return what a company's features change in each card (n_deviating, n_cards, n_draws).

        A crossed feature changes a card through its attributes and by itself: one matrix.
        """
        attributes = self.cards.attributes
        crossed = value[terms["profile x attribute"]]
        crossed = crossed.reshape(N_CROSSED, attributes.shape[1], -1)
        own = value[terms["profile x card"]].reshape(-1, self.cards.n, value.shape[1])
        changes: NDArray[Any] = own * DEVIATION_SCALE
        changes[:N_CROSSED] += attributes @ (crossed * CROSS_SCALE[:, None, None])
        return changes

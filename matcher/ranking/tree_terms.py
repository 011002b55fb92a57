"""What boosted trees add to the latent answers of one profile with every card, and under what name.

Nodes that ask about the card are answered once for a menu, those about the company once for a
profile; only those about how the two meet are asked for every card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Bools
from matcher.design.cards import Cards
from matcher.design.encoding import Encoded, reference_profiles
from matcher.design.expert import HEADS, Head
from matcher.design.pairs import N_FIT, need_match, pair_features
from matcher.design.terms import N_SECTORS
from matcher.design.tree_columns import N_COMPANY, N_COMPANY_AND_CARD
from matcher.model.trees import ALL_LEAVES, LEFTMOST, N_LEAVES, Trees, joined

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Parts:
    """What trees add to the latent answers (n_heads, n_cards), taken apart."""

    company: Array
    """(n_heads,) the same for every card."""
    profile: Array
    """(n_heads, n_cards) what this company changes in this card."""


class TreeTerms:
    """Trees of all heads, ready for one menu.

    Parameters
    ----------
    trees : mapping
        Head -> trees, of every head.
    cards : Cards
        The menu.
    """

    def __init__(self, trees: Mapping[Head, Trees], cards: Cards) -> None:
        own = [trees[head] for head in HEADS]
        every = joined(own)
        stops = np.cumsum([part.n for part in own])
        self._heads = [slice(stop - part.n, stop) for stop, part in zip(stops, own, strict=True)]
        self._starts = [part.start for part in own]
        self._values = every.value.reshape(-1)
        self._first_leaf = np.arange(0, self._values.size, N_LEAVES)[:, None]
        kind = np.searchsorted((N_COMPANY, N_COMPANY_AND_CARD), every.feature, side="right")
        self._company, of_card, self._pair = (_Nodes(every, kind == k, k) for k in range(3))
        self._of_card = of_card.remain(cards.attributes.T)
        pairs = pair_features(cards)
        asked = [(one, pairs.of(one, need_match(one, cards))) for one in reference_profiles()]
        usual = np.mean([self.latent(*one) for one in asked], axis=0)
        self.level: Array = usual.mean(axis=1)
        """(n_heads,) what trees add on average over the reference companies and the cards."""
        self.card: Array = usual - self.level[:, None]
        """(n_heads, n_cards) what they add to a card, on average over the reference companies."""

    def latent(self, profile: Encoded, features: Array) -> Array:
        """Return what is added (n_heads, n_cards), given the pair features (n_pair, n_cards)."""
        company = np.concatenate((profile.values, np.arange(N_SECTORS) == profile.sector))
        remain = self._of_card & self._company.remain(company[:, None])
        remain &= self._pair.remain(features[:N_FIT])
        values = self._values[LEFTMOST[remain] + self._first_leaf]
        return np.array(
            [
                np.add.reduce(values[head], axis=0, initial=start)
                for head, start in zip(self._heads, self._starts, strict=True)
            ]
        )

    def parts(self, latent: Array) -> Parts:
        """Return what is added beyond level and card, by whether all cards share it."""
        rest = latent - self.level[:, None] - self.card
        company = rest.mean(axis=1)
        return Parts(company, rest - company[:, None])


class _Nodes:
    """The nodes that ask about one kind of feature."""

    def __init__(self, trees: Trees, chosen: Bools, kind: int) -> None:
        node, tree = np.nonzero(chosen)
        order = np.argsort(tree, kind="stable")
        node, tree = node[order], tree[order]
        first = (0, N_COMPANY, N_COMPANY_AND_CARD)[kind]
        self._feature = trees.feature[node, tree] - first
        self._threshold = trees.threshold[node, tree][:, None]
        self._kept = trees.kept[node, tree][:, None]
        self._trees, self._start = np.unique(tree, return_index=True)
        self._n_trees = trees.n

    def remain(self, X: Array) -> Bytes:
        """Return the leaves that answers X (n_features, n) leave of each tree (n_trees, n)."""
        remain: Bytes = np.full((self._n_trees, X.shape[1]), ALL_LEAVES, np.uint8)
        if len(self._start):
            yes = (X[self._feature] <= self._threshold).view(np.uint8)
            left = self._kept | -yes
            remain[self._trees] = np.bitwise_and.reduceat(left, self._start, axis=0)
        return remain

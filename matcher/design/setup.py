"""What every regression is made with: a menu, an expert prior, and what both come to, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from matcher.arrays import Array, Ints
from matcher.design.cards import Cards, cards_of
from matcher.design.encoding import Encoded
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.terms import Layout, layout_of, prior_of, rows
from matcher.menu.card import Menu
from matcher.regression.prior import Prior, Scale


@dataclass(frozen=True, eq=False)
class Setup:
    """A menu and an expert prior; told apart by identity."""

    menu: Menu
    expert: Expert
    size_of_gains: float = 1.0
    """How large gains are expected to be, in times what the domain expects: see ``sized``."""

    @cached_property
    def cards(self) -> Cards:
        """The cards of the menu as numbers."""
        return cards_of(self.menu)

    @cached_property
    def layouts(self) -> Mapping[Head, Layout]:
        """The terms of each head."""
        return {head: layout_of(head, self.expert, self.cards) for head in HEADS}

    @cached_property
    def priors(self) -> Mapping[Head, Prior]:
        """What is believed of the coefficients of each head before any outcome."""
        priors = {head: prior_of(layout, self.expert) for head, layout in self.layouts.items()}
        return priors | {"gain": sized(priors["gain"], self.size_of_gains)}

    def rows(self, head: Head, profiles: Sequence[Encoded], chosen: Ints) -> Array:
        """Return the design (n, width) of pairs of a profile and the place of a card."""
        return rows(self.layouts[head], profiles, self.cards, chosen)


def sized(prior: Prior, times: float) -> Prior:
    """Return a prior whose effects are expected to be so many times as large.

    Those are the medians of all scales that are learned, but for the noise, and the SD of the
    level. Trust in the experts has no size, and stays.

    >>> import numpy as np
    >>> from matcher.regression.prior import Block
    >>> blocks = (Block("level", slice(0, 1), Scale(0.1)), Block("expert", slice(1, 2), Scale(0.5)))
    >>> [b.scale.median for b in sized(Prior(np.zeros(2), blocks), 2.0).blocks]
    [0.2, 0.5]
    """

    def larger(scale: Scale) -> Scale:
        return replace(scale, median=times * scale.median)

    return replace(
        prior,
        blocks=tuple(
            replace(block, scale=larger(block.scale))
            if block.scale.spread > 0 or block.name == "level"
            else block
            for block in prior.blocks
        ),
        groups={name: larger(scale) for name, scale in prior.groups.items()},
    )

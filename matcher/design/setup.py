"""What every regression is made with: a menu, an expert prior, and what both come to, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from matcher.arrays import Array, Ints
from matcher.design.cards import Cards, cards_of
from matcher.design.encoding import Encoded
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.terms import Layout, layout_of, prior_of, rows
from matcher.menu.card import Menu
from matcher.regression.prior import Prior


@dataclass(frozen=True, eq=False)
class Setup:
    """A menu and an expert prior; told apart by identity."""

    menu: Menu
    expert: Expert

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
        return {head: prior_of(layout, self.expert) for head, layout in self.layouts.items()}

    def rows(self, head: Head, profiles: Sequence[Encoded], chosen: Ints) -> Array:
        """Return the design (n, width) of pairs of a profile and the place of a card."""
        return rows(self.layouts[head], profiles, self.cards, chosen)

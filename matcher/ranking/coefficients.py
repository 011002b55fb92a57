"""The coefficients of all heads by what they multiply, so that a profile need not be written out.

``latent = constant + pairs . features + cards + (company + changes) . profile + sector``, for every
head, card and draw. A posterior mean is a single draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.design.cards import Cards
from matcher.design.encoding import N_CROSSED, PROFILE_NAMES
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.pairs import EXPERT_NAMES, N_FIT, PAIR_NAMES
from matcher.design.terms import (
    ATTRIBUTE_SCALE,
    COMPANY_SCALE,
    CROSS_SCALE,
    DEVIATION_SCALE,
    FIT_SCALE,
    N_NEEDS,
    N_SECTORS,
    layout_of,
    part_effects,
    telling,
)

Values = NDArray[Any]
"""Coefficients: float64 for a mean, float32 for draws."""
N_PROFILE = len(PROFILE_NAMES)


@dataclass(frozen=True)
class Coefficients:
    """Coefficients by what they multiply; the last axes are the card, if any, and the draw."""

    constant: Values
    """(n_heads, n_draws)."""
    pairs: Values
    """(n_pair, n_heads, n_draws), in the order of PAIR_NAMES."""
    cards: Values
    """(n_heads, n_cards, n_draws): what a card does by itself and through its attributes."""
    company: Values
    """(n_profile, n_heads, n_draws): the same for every card."""
    sector: Values
    """(n_sectors + 1, n_heads, n_draws): the same for every card; the last: unknown."""
    sector_cards: Values
    """(n_sectors + 1, n_heads, n_cards, n_draws)."""
    changes: Values
    """(n_profile, n_heads, n_cards, n_draws): what a feature of the company changes in a card."""


def gather(values: Mapping[Head, Values], expert: Expert, cards: Cards) -> Coefficients:
    """Return the coefficients (width, n_draws) of each head by what they multiply."""
    heads = [_of_head(head, values[head], expert, cards) for head in HEADS]
    return Coefficients(
        **{
            name: np.stack([head[name] for head in heads], axis=axis)
            for name, axis in (
                ("constant", 0),
                ("pairs", 1),
                ("cards", 0),
                ("company", 1),
                ("sector", 1),
                ("sector_cards", 1),
                ("changes", 1),
            )
        }
    )


def _of_head(head: Head, value: Values, expert: Expert, cards: Cards) -> dict[str, Values]:
    terms, kind, n_draws = layout_of(head, expert, cards).terms, value.dtype, value.shape[1]
    pairs = np.zeros((len(PAIR_NAMES), n_draws))
    pairs[:N_FIT] = value[terms["fit"]] * FIT_SCALE
    constant = value[terms["level"]][0].astype(np.float64)
    slopes, shifts = part_lines(head, trust_in_parts(head, value, expert, cards), expert)
    for part, slope, shift in zip(expert.head(head).part, slopes, shifts, strict=True):
        pairs[N_FIT + EXPERT_NAMES.index(part.feature)] += slope
        constant += shift
    by_attributes = cards.attributes * ATTRIBUTE_SCALE @ value[terms["attributes"]]
    company = value[terms["company"]]
    unknown = np.zeros((1, n_draws))
    sector_cards = value[terms["sector x card"]].reshape(N_SECTORS, cards.n, n_draws)
    gathered = {
        "constant": constant,
        "pairs": pairs,
        "cards": by_attributes + value[terms["cards"]] * cards.prior_sd[:, None],
        "company": company[:N_PROFILE] * COMPANY_SCALE,
        "sector": np.concatenate((company[N_PROFILE:], unknown)),
        "sector_cards": np.concatenate((sector_cards, np.zeros((1, cards.n, n_draws)))),
        "changes": _changes(terms, value, cards),
    }
    return {name: array.astype(kind) for name, array in gathered.items()}


def trust_in_parts(head: Head, value: Values, expert: Expert, cards: Cards) -> Values:
    """Return the trust in each expert part (n_parts, n_draws): its own and the shared together."""
    terms = layout_of(head, expert, cards).terms
    own: Values = value[terms["expert"]]
    # Without parts there is no shared trust either.
    in_common = telling(head, expert)[:, None]
    return own + in_common * value[terms["shared trust"]] if len(own) else own


def part_lines(head: Head, trust: Values, expert: Expert) -> tuple[Values, Values]:
    """Return slope and intercept of each expert part in its feature (n_parts, n_draws) each."""
    slopes = trust * part_effects(head, expert)[:, None]
    return slopes, slopes * -np.array([part.centre for part in expert.head(head).part])[:, None]


def _changes(terms: Mapping[str, slice], value: Values, cards: Cards) -> Values:
    """Return what each feature of a profile changes in each card (n_profile, n_cards, n_draws).

    A crossed feature changes a card through its attributes and by itself: one matrix.
    """
    n_draws = value.shape[1]
    crossed = value[terms["profile x attribute"]].reshape(N_CROSSED, -1, n_draws)
    own = value[terms["profile x card"]].reshape(-1, cards.n, n_draws) * DEVIATION_SCALE
    changes = np.zeros((N_PROFILE, cards.n, n_draws))
    changes[:N_CROSSED] = own[:N_CROSSED]
    changes[:N_CROSSED] += cards.attributes @ (crossed * CROSS_SCALE[:, None, None])
    changes[-N_NEEDS:] = own[N_CROSSED:]
    return changes

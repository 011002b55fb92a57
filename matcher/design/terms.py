"""The columns of the three regressions, and what is believed of their coefficients beforehand.

``Layout`` says which columns carry which term. A term pairs a profile part z with a card part a;
its coefficients form a matrix, so that one profile against the menu is ``z @ W @ a`` per term, and
the long row of the design is only ever written out for training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.design.cards import CARD_NAMES, Cards
from matcher.design.encoding import N_BY_PRESSURE, N_BY_SIZE, N_CROSSED, PROFILE_NAMES, Encoded
from matcher.design.expert import COMPANY_FEATURES, Expert, Head, ReasonCode
from matcher.design.pairs import FIT_NAMES, expert_features, fit_features
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.probit import ndtri
from matcher.vocabulary import NEEDS, SECTOR_GROUPS

Array = NDArray[np.float64]

N_NEEDS, N_SECTORS = len(NEEDS), len(SECTOR_GROUPS)
N_DEVIATING = N_CROSSED + N_NEEDS
"""Profile features that may change what one card does: the crossed ones and the needs."""

# Each block is scaled to about one unit of variance, so that its standard deviation is the size of
# its contribution to an answer. Divisors are square roots of the columns' summed mean squares.
FIT_SCALE = 1 / np.sqrt(len(FIT_NAMES))
ATTRIBUTE_SCALE = 1 / np.sqrt(len(CARD_NAMES))
COMPANY_SCALE = 1 / np.sqrt(10.0)
_CROSSED_GROUPS = (N_BY_SIZE, N_BY_PRESSURE, N_CROSSED - N_BY_SIZE - N_BY_PRESSURE)
CROSS_SCALE: Array = np.repeat(
    1 / np.sqrt(np.array(_CROSSED_GROUPS) * len(CARD_NAMES) / 3), _CROSSED_GROUPS
)
"""(N_CROSSED,) scale of each crossed feature's products with the attributes."""
DEVIATION_SCALE = 1 / np.sqrt(6.0)

_SPREAD, _SHARED = 0.5, 1.0
"""SDs of the log of each scale by itself, and of what all scales of a head have in common.

In worlds with effects from a half to three times those the domain expects, a shared factor lowered
regret by .04 at 50 companies and .03 at 100, and raised coverage of the 80 % intervals from .5 to
.8 where effects are large (4 seeds, 8 worlds).
"""


def _scales(medians: Mapping[str, float], **own: Scale) -> Mapping[str, Scale]:
    learned = {name: Scale(median, _SPREAD, _SHARED) for name, median in medians.items()}
    return learned | own


GAIN_SCALES: Mapping[str, Scale] = _scales(
    # On the scale of plausible gains: SD .06-.10 point across cards (domain section 5), shared out
    # over the blocks. Noise of .4-.6 point per measured gain must not buy structure.
    {
        "fit": 0.03,
        "attributes": 0.03,
        "cards": 0.05,
        "company": 0.04,
        "sector x card": 0.02,
        "size x attribute": 0.01,
        "pressure x attribute": 0.01,
        "profile x attribute": 0.012,
        "profile x card": 0.02,
        "companies": 0.06,
        "tables": 0.04,
    },
    noise=Scale(0.15, _SPREAD),
)
CHANCE_SCALES: Mapping[str, Scale] = _scales(
    # On the probit scale, where .3 is about a tenth in probability around .75.
    {
        "fit": 0.12,
        "attributes": 0.2,
        "cards": 0.2,
        "company": 0.2,
        "sector x card": 0.1,
        "size x attribute": 0.06,
        "pressure x attribute": 0.06,
        "profile x attribute": 0.08,
        "profile x card": 0.1,
        "companies": 0.35,
        "tables": 0.25,
    }
)
BLOCK_NAMES = (
    "fit",
    "attributes",
    "cards",
    "company",
    "sector x card",
    "size x attribute",
    "pressure x attribute",
    "profile x attribute",
    "profile x card",
)
_BY_SIZE = N_BY_SIZE * len(CARD_NAMES)
_BY_BOTH = _BY_SIZE + N_BY_PRESSURE * len(CARD_NAMES)
_CROSSES: Mapping[str, slice] = {
    "size x attribute": slice(0, _BY_SIZE),
    "pressure x attribute": slice(_BY_SIZE, _BY_BOTH),
    "profile x attribute": slice(_BY_BOTH, N_CROSSED * len(CARD_NAMES)),
}
"""Blocks of the term ``profile x attribute``, each with a scale of its own: columns within it."""

FIT_REASONS: Mapping[str, ReasonCode] = {
    "need_match": "need_match",
    "first_need": "need_match",
    "hours_pressure": "hours_pressure",
    "hours_very_tight": "hours_pressure",
    "hours_size": "size",
    "lead_pressure": "lead_time",
    "cost_budget": "form",
    "formality_hr": "form",
    "shift_group": "form",
    "formality_practical": "form",
    "coach_owner": "form",
    "min_size": "size",
}
"""Pair feature -> the reason its share is told under."""


@dataclass(frozen=True)
class Layout:
    """Where each term of one head stands in the row of its design."""

    head: Head
    n_cards: int
    n_parts: int

    @property
    def terms(self) -> Mapping[str, slice]:
        """Term -> its columns."""
        return _terms(self.n_cards, self.n_parts)

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.terms["profile x card"].stop)


@cache
def _terms(n_cards: int, n_parts: int) -> Mapping[str, slice]:
    widths = {
        "level": 1,
        "shared trust": 1 if n_parts else 0,
        "expert": n_parts,
        "fit": len(FIT_NAMES),
        "attributes": len(CARD_NAMES),
        "cards": n_cards,
        "company": len(PROFILE_NAMES) + N_SECTORS,
        "sector x card": N_SECTORS * n_cards,
        "profile x attribute": N_CROSSED * len(CARD_NAMES),
        "profile x card": N_DEVIATING * n_cards,
    }
    terms, start = {}, 0
    for name, width in widths.items():
        terms[name] = slice(start, start + width)
        start += width
    return terms


def layout_of(head: Head, expert: Expert, cards: Cards) -> Layout:
    """Return the layout of a head for a menu and an expert prior."""
    return Layout(head, cards.n, len(expert.head(head).part))


def latent_scale(head: Head) -> float:
    """Return how far a probability's z-score is stretched, so that it holds on average.

    A company's own level and what is not yet known of it spread the answer: P = Phi(m / sqrt(1 +
    v)), with v at the medians of the hyperpriors.
    """
    if head == "gain":
        return 1.0
    return float(np.sqrt(1 + sum(scale.median**2 for scale in CHANCE_SCALES.values())))


def level_prior(head: Head, expert: Expert) -> tuple[float, float]:
    """Return mean and SD of an ordinary answer: in points, or on the probit scale."""
    prior = expert.head(head)
    if head == "gain":
        return prior.base, prior.base_sd
    z, stretch = ndtri(prior.base), latent_scale(head)
    density = float(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
    return z * stretch, prior.base_sd / density * stretch


def part_effects(head: Head, expert: Expert) -> Array:
    """Return the effect of each part of the expert prior per unit of its feature, as a latent.

    For a probability: the step on the probit scale that the part alone would make from the base.
    """
    prior = expert.head(head)
    effects = np.array([part.effect for part in prior.part])
    if head == "gain" or not len(effects):
        return effects
    moved = np.clip(prior.base + effects, 0.02, 0.98)
    steps = np.array([ndtri(one) for one in moved.tolist()]) - ndtri(prior.base)
    return steps * latent_scale(head)


def telling(head: Head, expert: Expert) -> Array:
    """Return for each part of the expert prior whether it tells cards apart (n_parts,): 1 or 0.

    Only those have part of their trust in common. What experts say of companies is easier to learn
    and is often right where what they say of cards is wrong; it must not vouch for the latter.
    """
    return np.array([float(p.feature not in COMPANY_FEATURES) for p in expert.head(head).part])


def expert_columns(head: Head, expert: Expert, profile: Encoded, cards: Cards) -> Array:
    """Return what each part of the expert prior adds for each card (n_cards, n_parts), latent."""
    features = expert_features(profile, cards)
    parts = expert.head(head).part
    if not parts:
        return np.zeros((cards.n, 0))
    columns = np.stack([features[part.feature] - part.centre for part in parts], axis=1)
    scaled: Array = columns * part_effects(head, expert)
    return scaled


def sector_indicator(profile: Encoded) -> Array:
    """Return the sector group as indicators (9,); all 0 when it is unknown."""
    indicator = np.zeros(N_SECTORS)
    if profile.sector >= 0:
        indicator[profile.sector] = 1.0
    return indicator


def deviating(profile: Encoded) -> Array:
    """Return the profile features that may change what one card does (28,)."""
    features: Array = np.concatenate((profile.values[:N_CROSSED], profile.needs)) * DEVIATION_SCALE
    return features


def row(layout: Layout, expert: Expert, profile: Encoded, cards: Cards, card: int) -> Array:
    """Return the row of the design for one profile and one card (width,)."""
    values = np.zeros(layout.width)
    terms, own = layout.terms, np.zeros(cards.n)
    own[card] = 1.0
    parts = expert_columns(layout.head, expert, profile, cards)[card]
    attributes = cards.attributes[card]
    values[terms["level"]] = 1.0
    values[terms["shared trust"]] = parts @ telling(layout.head, expert)
    values[terms["expert"]] = parts
    values[terms["fit"]] = fit_features(profile, cards)[card] * FIT_SCALE
    values[terms["attributes"]] = attributes * ATTRIBUTE_SCALE
    values[terms["cards"]] = own * cards.prior_sd
    sector = sector_indicator(profile)
    values[terms["company"]] = np.concatenate((profile.values * COMPANY_SCALE, sector))
    values[terms["sector x card"]] = np.outer(sector, own).ravel()
    crossed = profile.values[:N_CROSSED] * CROSS_SCALE
    values[terms["profile x attribute"]] = np.outer(crossed, attributes).ravel()
    values[terms["profile x card"]] = np.outer(deviating(profile), own).ravel()
    return values


def rows(
    layout: Layout,
    expert: Expert,
    profiles: Sequence[Encoded],
    cards: Cards,
    chosen: NDArray[np.int64],
) -> Array:
    """Return the design (n, width) of pairs of a profile and the place of a card in the menu."""
    X = np.zeros((len(profiles), layout.width))
    for i, (profile, card) in enumerate(zip(profiles, chosen, strict=True)):
        X[i] = row(layout, expert, profile, cards, int(card))
    return X


def prior_of(layout: Layout, expert: Expert) -> Prior:
    """Return what is believed of the coefficients of a head before any outcome."""
    head, terms, trust = layout.head, layout.terms, expert.trust
    level, level_sd = level_prior(head, expert)
    mean = np.zeros(layout.width)
    mean[terms["level"]] = level
    mean[terms["shared trust"]] = trust.mean * trust.shared
    mean[terms["expert"]] = trust.mean * (1 - trust.shared * telling(head, expert))
    scales = GAIN_SCALES if head == "gain" else CHANCE_SCALES
    blocks = (
        Block("level", terms["level"], Scale(level_sd)),
        Block("shared trust", terms["shared trust"], Scale(trust.sd * np.sqrt(trust.shared))),
        Block("expert", terms["expert"], Scale(trust.sd * np.sqrt(1 - trust.shared))),
        *(Block(name, _columns(terms, name), scales[name]) for name in BLOCK_NAMES),
    )
    return Prior(
        mean,
        blocks,
        {name: scales[name] for name in ("companies", "tables")},
        scales.get("noise", Scale(1.0)),
        "gaussian" if head == "gain" else "probit",
    )


def _columns(terms: Mapping[str, slice], block: str) -> slice:
    """Return the columns of a block: those of its term, or a part of them."""
    if block not in _CROSSES:
        return terms[block]
    within, start = _CROSSES[block], terms["profile x attribute"].start
    return slice(start + within.start, start + within.stop)

"""The terms of a latent answer: one table from which all that is done with them is made.

What is known of a company and a card is a short row of numbers, the same for every head: a one,
the pair features, the profile, the sector. A term pairs some columns made of it with columns of
the card; its coefficients form a matrix. So the long row of the design (training), sums over many
trials, what each number of a company does for each card (means and draws) and the reasons all
follow from the same two matrices per term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Ints
from matcher.design.cards import CARD_NAMES, Cards
from matcher.design.encoding import N_BY_PRESSURE, N_BY_SIZE, N_CROSSED, PROFILE_NAMES, Encoded
from matcher.design.expert import COMPANY_FEATURES, Expert, Head, ReasonCode
from matcher.design.hyperpriors import latent_scale, scales_of
from matcher.design.pairs import EXPERT_NAMES, FITS, N_FIT, PAIR_NAMES, features_of
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.probit import ndtri
from matcher.vocabulary import NEEDS, SECTOR_GROUPS

Values = NDArray[Any]
"""Coefficients (width, n_draws): float64 for a mean, float32 for draws."""

N_NEEDS, N_SECTORS = len(NEEDS), len(SECTOR_GROUPS)

ONE = 0
PAIRS = slice(1, 1 + len(PAIR_NAMES))
PROFILE = slice(PAIRS.stop, PAIRS.stop + len(PROFILE_NAMES))
SECTOR = slice(PROFILE.stop, PROFILE.stop + N_SECTORS)
N_SHORT = SECTOR.stop
"""Width of a short row; the others are the places in it."""

# Each block is scaled to about one unit of variance, so that its standard deviation is the size of
# its contribution to an answer. Divisors are square roots of the columns' summed mean squares.
FIT_SCALE = 1 / np.sqrt(N_FIT)
ATTRIBUTE_SCALE = 1 / np.sqrt(len(CARD_NAMES))
COMPANY_SCALE = 1 / np.sqrt(10.0)
_CROSSED_GROUPS = (N_BY_SIZE, N_BY_PRESSURE, N_CROSSED - N_BY_SIZE - N_BY_PRESSURE)
CROSS_SCALE: Array = np.repeat(
    1 / np.sqrt(np.array(_CROSSED_GROUPS) * len(CARD_NAMES) / 3), _CROSSED_GROUPS
)
"""(N_CROSSED,) scale of each crossed feature's products with the attributes."""
DEVIATION_SCALE = 1 / np.sqrt(6.0)

_TOLD_AS: Mapping[str, ReasonCode] = {
    "attributes": "card",
    "cards": "card",
    "company": "company",
    "sector x card": "sector",
    "profile x attribute": "profile",
    "profile x card": "profile",
}
"""Term that is told as a whole -> the reason it is told under."""
_CROSSES = (
    ("size x attribute", N_BY_SIZE),
    ("pressure x attribute", N_BY_PRESSURE),
    ("profile x attribute", N_CROSSED - N_BY_SIZE - N_BY_PRESSURE),
)
"""Blocks of the term ``profile x attribute``: how many of the crossed features each has."""


@dataclass(frozen=True, eq=False)
class Term:
    """One term: its columns are the products of a company column and a card column."""

    name: str
    company: Array
    """(N_SHORT, a): the company columns of a short row are ``short @ company``."""
    card: Array
    """(n_cards, b) the columns of each card, or (1, b) where all cards are alike."""
    first: int
    """Where its a * b columns begin in the row of the design."""
    lines: tuple[tuple[str, ReasonCode], ...] = ()
    """Name and reason of each company column that is told by itself; else it is told as a whole."""
    reason: ReasonCode | None = None
    blocks: tuple[tuple[str, int], ...] = ()
    """Parts with a scale of their own and their number of company columns; by default one."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.company.shape[1] * self.card.shape[1])

    @property
    def columns(self) -> slice:
        """Its columns in the row of the design."""
        return slice(self.first, self.first + self.width)

    def of(self, card: int | Ints) -> Array:
        """Return the card columns of one card (b,) or of several (n, b)."""
        chosen: Array = self.card[card if len(self.card) > 1 else np.zeros_like(card)]
        return chosen

    def add_effects(self, values: Values, effects: Array) -> None:
        """Add what each number of a short row does to ``effects`` (N_SHORT, n_cards, n_draws)."""
        own = values[self.columns].reshape(
            self.company.shape[1], self.card.shape[1], values.shape[1]
        )
        of_column = self.card @ own
        # One or two numbers of a short row make a column: a product of matrices takes 4 times as
        # long as adding each where it counts.
        for number, column in zip(*self.company.nonzero(), strict=True):
            effects[number] += self.company[number, column] * of_column[column]


@dataclass(frozen=True, eq=False)
class Layout:
    """The terms of one head, in the order of the row of its design."""

    head: Head
    table: Mapping[str, Term]
    parts: Array
    """(N_SHORT, n_parts): what each part of the expert prior adds is ``short @ parts``, latent."""
    in_common: Array
    """(n_parts,) 1 for a part that shares its trust with others."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.table["profile x card"].columns.stop)

    @property
    def columns(self) -> Mapping[str, slice]:
        """Term -> its columns."""
        return {name: term.columns for name, term in self.table.items()}

    @property
    def blocks(self) -> Mapping[str, slice]:
        """Block of columns with a scale of its own -> its columns."""
        found = {}
        for term in self.table.values():
            start, b = term.first, term.card.shape[1]
            for name, a in term.blocks or ((term.name, term.company.shape[1]),):
                found[name] = slice(start, start + a * b)
                start += a * b
        return found

    @property
    def lines(self) -> tuple[tuple[str, ReasonCode], ...]:
        """Name and reason of all that an answer is told as, in the order of the terms."""
        apart = [line for term in self.table.values() for line in term.lines]
        whole = [term.reason for term in self.table.values() if term.reason is not None]
        return (*apart, *((reason, reason) for reason in dict.fromkeys(whole)))

    def rows(self, short: Array, cards: Ints) -> Array:
        """Return the rows of the design (n, width) of short rows (n, N_SHORT) and their cards."""
        X = np.empty((len(short), self.width))
        for term in self.table.values():
            company, card = short @ term.company, term.of(cards)
            X[:, term.columns] = np.einsum("na,nb->nab", company, card).reshape(
                len(short), term.width
            )
        return X

    def map(self, card: int) -> Array:
        """Return the matrix by which a short row becomes the row of one card (N_SHORT, width)."""
        return np.hstack([np.kron(t.company, t.of(card)) for t in self.table.values()])

    def trust(self, values: Values) -> Values:
        """Return the trust in each expert part (n_parts, n_draws): its own and the shared."""
        own: Values = values[self.table["expert"].columns]
        # Without parts there is no shared trust either.
        shared = values[self.table["shared trust"].columns]
        return own + self.in_common[:, None] * shared if len(own) else own


def layout_of(head: Head, expert: Expert, cards: Cards) -> Layout:
    """Return the terms of a head for a menu and an expert prior."""
    said = expert.head(head).part
    short, own = np.eye(N_SHORT), np.eye(cards.n)
    one, fit, profile, sector = short[:, :1], short[:, PAIRS][:, :N_FIT], PROFILE, SECTOR
    named = [PAIRS.start + N_FIT + EXPERT_NAMES.index(part.feature) for part in said]
    centres = np.array([part.centre for part in said])
    parts = (short[:, named] - one * centres) * part_effects(head, expert)
    in_common = telling(head, expert)
    crossed, needs = short[:, profile][:, :N_CROSSED], short[:, profile][:, -N_NEEDS:]
    alike = np.ones((1, 1))
    columns = {
        "level": (one, alike),
        "shared trust": (parts @ in_common[:, None] if said else parts, alike),
        "expert": (parts, alike),
        "fit": (fit * FIT_SCALE, alike),
        "attributes": (one, cards.attributes * ATTRIBUTE_SCALE),
        "cards": (one, np.diag(cards.prior_sd)),
        "company": (np.hstack((short[:, profile] * COMPANY_SCALE, short[:, sector])), alike),
        "sector x card": (short[:, sector], own),
        "profile x attribute": (crossed * CROSS_SCALE, cards.attributes),
        "profile x card": (np.hstack((crossed, needs)) * DEVIATION_SCALE, own),
    }
    widths = [company.shape[1] * card.shape[1] for company, card in columns.values()]
    starts = accumulate(widths, initial=0)
    lines: Mapping[str, tuple[tuple[str, ReasonCode], ...]] = {
        "expert": tuple((part.feature, part.reason) for part in said),
        "fit": tuple((name, reason) for name, (reason, _) in FITS.items()),
    }
    table = {
        name: Term(
            name,
            company,
            card,
            start,
            lines.get(name, ()),
            _TOLD_AS.get(name),
            _CROSSES if name == "profile x attribute" else (),
        )
        for (name, (company, card)), start in zip(columns.items(), starts, strict=False)
    }
    return Layout(head, table, parts, in_common)


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


def short_rows(features: Array, values: Array, sector: Ints | int) -> Array:
    """Return short rows (n, N_SHORT).

    Parameters
    ----------
    features : ndarray of shape (n_pair, n)
        Pair features, in the order of PAIR_NAMES.
    values : ndarray of shape (n_profile, n) or (n_profile, 1)
        Numbers of the profiles; one for all rows, where they are of one company.
    sector : ndarray of shape (n,) or int
        Place in SECTOR_GROUPS, -1 when it is unknown, which says nothing.
    """
    short = np.empty((features.shape[1], N_SHORT))
    short[:, ONE] = 1.0
    short[:, PAIRS], short[:, PROFILE] = features.T, values.T
    short[:, SECTOR] = np.arange(N_SECTORS) == np.reshape(sector, (-1, 1))
    return short


def company_rows(profile: Encoded, cards: Cards) -> Array:
    """Return the short row of one company with every card (n_cards, N_SHORT)."""
    return short_rows(features_of(profile, cards), profile.values[:, None], profile.sector)


def rows(layout: Layout, profiles: Sequence[Encoded], cards: Cards, chosen: Ints) -> Array:
    """Return the design (n, width) of pairs of a profile and the place of a card in the menu."""
    each = {id(profile): company_rows(profile, cards) for profile in profiles}
    short = [each[id(profile)][card] for profile, card in zip(profiles, chosen, strict=True)]
    return layout.rows(np.array(short).reshape(-1, N_SHORT), np.asarray(chosen))


def prior_of(layout: Layout, expert: Expert) -> Prior:
    """Return what is believed of the coefficients of a head before any outcome."""
    head, trust, columns = layout.head, expert.trust, layout.columns
    level, level_sd = level_prior(head, expert)
    mean = np.zeros(layout.width)
    mean[columns["level"]] = level
    mean[columns["shared trust"]] = trust.mean * trust.shared
    mean[columns["expert"]] = trust.mean * (1 - trust.shared * layout.in_common)
    scales = {
        **scales_of(head),
        "level": Scale(level_sd),
        "shared trust": Scale(trust.sd * np.sqrt(trust.shared)),
        "expert": Scale(trust.sd * np.sqrt(1 - trust.shared)),
    }
    return Prior(
        mean,
        tuple(Block(name, at, scales[name]) for name, at in layout.blocks.items()),
        {name: scales[name] for name in ("companies", "tables")},
        scales.get("noise", Scale(1.0)),
        "gaussian" if head == "gain" else "probit",
    )

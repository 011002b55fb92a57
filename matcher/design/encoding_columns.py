"""Numbers for many profiles at once: exactly those of ``encode``, field by field.

Every number of a profile comes from one field. So each field's distinct answers are encoded once,
and a trial keeps the place of its answer: some 2 bytes per field in place of 300 for the numbers.
The means of answers, of which nearly every company has one of its own, are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Array, Ints
from matcher.design.cards import Cards
from matcher.design.encoding import (
    MEANS,
    PROFILE_NAMES,
    Encoded,
    encode,
    place_of_pressure,
    place_of_size,
)
from matcher.design.pairs import EXPERT_NAMES, FIT_NAMES, N_FIT, company_side, pair_features
from matcher.profile.schema import PROFILE_FIELDS
from matcher.vocabulary import NEEDS

Codes = NDArray[np.unsignedinteger[Any]]

_NEUTRAL: Mapping[str, Any] = {"employees": 25, "needs": (NEEDS[0],)}
_TOGETHER = ("sector", "sbi_version")
_MEANS = {
    field: (PROFILE_NAMES.index(name), *MEANS[name])
    for field, name in (("owner_support", "owner_support"), ("culture_baseline", "baseline"))
}
"""Field that is a mean -> which of the values it is, its centre and its scale."""
_ALONE = tuple(name for name in PROFILE_FIELDS if name not in (*_TOGETHER, *_MEANS))


@dataclass(frozen=True)
class EncodedBlock:
    """Profiles as numbers, the shape of ``Encoded`` with one more axis."""

    values: Array
    """(n_profile, n)."""
    needs: Array
    """(n, 14)."""
    first_need: Ints
    """(n,) place in NEEDS, -1 when unknown."""
    sector: Ints
    """(n,) place in SECTOR_GROUPS, -1 when unknown."""
    employees: Array
    """(n,) NaN when unknown."""


@dataclass(frozen=True)
class _Field:
    """What the distinct answers of one field are encoded as, and which one each trial gave."""

    codes: Codes
    encoded: tuple[Encoded, ...]

    @staticmethod
    def of(codes: NDArray[Any], answers: Sequence[Mapping[str, Any]]) -> _Field:
        smallest = codes.astype(np.min_scalar_type(len(answers)))
        return _Field(smallest, tuple(encode({**_NEUTRAL, **answer}) for answer in answers))

    def table(self) -> tuple[NDArray[np.intp], Array]:
        """Return which of the values are this field's, and those of each answer (., n_distinct)."""
        values = np.array([one.values for one in self.encoded])
        own = np.flatnonzero((values != encode(_NEUTRAL).values).any(axis=0))
        return own, values[:, own].T


class Profiles:
    """The profiles of many trials."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._n = len(frame)
        self._fields = {name: _alone(frame[name], name) for name in _ALONE}
        self._fields["sector"] = _together(*(frame[name] for name in _TOGETHER))
        self._means = {
            at: np.nan_to_num((frame[name].to_numpy(float) - centre) / scale)
            for name, (at, centre, scale) in _MEANS.items()
        }
        self._tables = {name: field.table() for name, field in self._fields.items()}

    def __len__(self) -> int:
        return self._n

    def of(self, chosen: NDArray[Any] | slice) -> EncodedBlock:
        """Return the numbers of some profiles."""
        codes = {name: field.codes[chosen] for name, field in self._fields.items()}
        n = len(codes["needs"])
        values = np.repeat(encode(_NEUTRAL).values[:, None], n, axis=1)
        for name, (own, table) in self._tables.items():
            values[own] = table[:, codes[name]]
        for at, mean in self._means.items():
            values[at] = mean[chosen]
        needs, sector = (self._fields[name].encoded for name in ("needs", "sector"))
        size = self._fields["employees"].encoded
        return EncodedBlock(
            values=values,
            needs=np.array([one.needs for one in needs])[codes["needs"]],
            first_need=np.array([one.first_need for one in needs])[codes["needs"]],
            sector=np.array([one.sector for one in sector])[codes["sector"]],
            employees=np.array([one.employees for one in size])[codes["employees"]],
        )

    def cells(self, n_sectors: int) -> tuple[Ints, ...]:
        """Return the cell of the support of each profile: sector, size and pressure (n,) each.

        The last of each is the unknown one.
        """
        size = [place_of_size(one.employees) for one in self["employees"]]
        sector = [one.sector if one.sector >= 0 else n_sectors for one in self["sector"]]
        pressure = [
            place_of_pressure(one.answers["staffing_pressure"]) for one in self["staffing_pressure"]
        ]
        return tuple(
            np.array(places)[self._fields[name].codes]
            for name, places in (
                ("sector", sector),
                ("employees", size),
                ("staffing_pressure", pressure),
            )
        )

    def __getitem__(self, name: str) -> tuple[Encoded, ...]:
        return self._fields[name].encoded


def _alone(column: pd.Series[Any], name: str) -> _Field:
    distinct, codes = _distinct(column)
    # NaN, as tables have it, is unknown.
    answers = [{name: None if one != one else one} for one in distinct]
    return _Field.of(codes, answers)


def _together(sector: pd.Series[Any], version: pd.Series[Any]) -> _Field:
    """Return the field of the sector, whose letter means something in its version only."""
    (letters, letter), (versions, scheme) = _distinct(sector), _distinct(version)
    pairs, codes = np.unique(letter * len(versions) + scheme, return_inverse=True)
    known = [(letters[pair // len(versions)], versions[pair % len(versions)]) for pair in pairs]
    return _Field.of(
        codes, [dict(zip(_TOGETHER, pair, strict=True)) if pair[0] else {} for pair in known]
    )


def _distinct(column: pd.Series[Any]) -> tuple[list[Any], Ints]:
    """Return the distinct answers of a column, None for unknown, and the place of each row's."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        answers, codes = column.cat.categories, column.cat.codes.to_numpy()
    else:
        codes, answers = pd.factorize(column)
    unknown = codes < 0
    if not unknown.any():
        return list(answers), codes.astype(np.int64)
    return [*answers, None], np.where(unknown, len(answers), codes)


def pairs_of(block: EncodedBlock, cards: Cards, chosen: Ints) -> Array:
    """Return the pair features (n_pair, n) of each profile and its own card, as of one.

    ``chosen`` (n,) is the place of each profile's card in the menu.
    """
    menu = pair_features(cards)
    needs = cards.needs[chosen]
    match = 1 - (1 - needs * block.needs).prod(axis=1)
    match = match / (1 - (1 - block.needs).prod(axis=1))
    company = np.array(np.broadcast_arrays(*company_side(list(block.values))))
    features: Array = menu.card_side[:, chosen] * company
    features[FIT_NAMES.index("need_match")] = (match - 0.35) / 0.35
    small = np.log(cards.min_employees[chosen] * 2.0) - np.log(block.employees)
    small, first = np.maximum(small, 0.0), menu.first_need[block.first_need, chosen]
    if (open_needs := block.first_need < 0).any():
        match[open_needs] = menu.usual_match[chosen[open_needs]]
        first[open_needs] = menu.usual_first[chosen[open_needs]]
        features[FIT_NAMES.index("need_match")] = (match - 0.35) / 0.35
    if (no_size := np.isnan(block.employees)).any():
        small[no_size] = menu.usual_small[chosen[no_size]]
    features[FIT_NAMES.index("first_need")] = first
    features[FIT_NAMES.index("min_size")] = small
    features[N_FIT + EXPERT_NAMES.index("need_match")] = match
    return features

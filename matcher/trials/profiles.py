"""What a company seldom changes, and where two profiles of one pseudonym differ in it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from matcher.tables.sizes import Size
from matcher.vocabulary import SbiVersion, sector_group, size_class

GROWTH = 1.5
"""A company of another size class that is no more than so many times larger has grown [J]."""


class Known(NamedTuple):
    """What one row or one conversation says of a company; None is unknown."""

    row: int
    employees: int | None
    """Of a size class its first number."""
    sector: tuple[SbiVersion, str] | None
    """Version of the SBI and letter."""
    province: str | None
    at_most: int | None = None
    """The last number of a size class; None where the employees are counted."""

    @property
    def size(self) -> str:
        """The employees as they are written: 12, or 10-19, or 250+."""
        if self.at_most is None:
            return str(self.employees)
        return str(Size(self.employees or 1, None if self.at_most == NO_END else self.at_most))


NO_END = 2**31 - 1
"""The last number of a size class without end."""


class Difference(NamedTuple):
    """Two of them between which a fact differs that a company seldom changes."""

    one: Known
    other: Known
    words: str
    """The fact and its two values: ``employees 12 / 380``."""


def known_of(profile: Mapping[str, Any]) -> Known:
    """Return what a profile says, as JSON has it."""
    sector = profile.get("sector")
    section = (profile["sbi_version"], sector) if sector else None
    return Known(0, profile["employees"], section, profile.get("province"))


def differences(group: Sequence[Known]) -> Iterator[Difference]:
    """Yield the facts in which what is said of one pseudonym differs; each once.

    >>> bakery = Known(2, 12, ("2008", "C"), "drenthe")
    >>> [d.words for d in differences([bakery, bakery._replace(row=3, employees=15)])]
    []
    >>> [d.words for d in differences([bakery, Known(3, 380, ("2008", "Q"), None)])]
    ['employees 12 / 380', 'sector C / Q']
    """
    sized = [each for each in group if each.employees is not None]
    if sized:
        # Of a size class the end that is nearest to the other company.
        least, most = min(sized, key=_largest), max(sized, key=lambda each: each.employees or 0)
        few, many = _largest(least), most.employees or 0
        if many > GROWTH * few and size_class(few) != size_class(many):
            yield Difference(least, most, f"employees {least.size} / {most.size}")
    for one, other in _first_two(group, lambda each: each.sector, _other_sector):
        assert one.sector and other.sector
        yield Difference(one, other, f"sector {one.sector[1]} / {other.sector[1]}")
    for one, other in _first_two(group, lambda each: each.province, operator.ne):
        yield Difference(one, other, f"province {one.province} / {other.province}")


def _largest(known: Known) -> int:
    return known.at_most or known.employees or 0


def _first_two(
    group: Sequence[Known], value: Callable[[Known], Any], differ: Callable[[Any, Any], bool]
) -> list[tuple[Known, Known]]:
    """Return the first of which a value is known with the first that has another, if any."""
    known = [each for each in group if value(each) is not None]
    return [(known[0], each) for each in known[1:] if differ(value(known[0]), value(each))][:1]


def _other_sector(one: tuple[SbiVersion, str], other: tuple[SbiVersion, str]) -> bool:
    """Return whether two sections are not one; those of two versions by their group only."""
    if one[0] == other[0]:
        return one != other
    return sector_group(one[1], one[0]) != sector_group(other[1], other[0])

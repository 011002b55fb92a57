"""What may be told of a count: of 1 to 4 companies, trials, conversations or people nothing.

Nor may such a count follow from what is told beside it. A reader knows totals and may know this
rule, so whoever tells the parts of a whole asks ``beside_total`` and tells no more than it returns;
parts of parts are told by ``by_part``. Whatever is computed from what was told is safe as well. The
rule holds for one table at a time: what changed between two versions it does not hide. It holds
nothing but numbers: the words are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

FEWEST = 5
"""The least count that may be told, and the fewest people of whom a mean or an SD may be."""


class Told(NamedTuple):
    """What a reader learns of a count: its least, and its most where that is told."""

    least: int
    most: int | None

    @property
    def exact(self) -> int | None:
        """The count itself; None where it is hidden."""
        return self.least if self.least == self.most else None


FEW, SOME, NOTHING = Told(1, FEWEST - 1), Told(1, None), Told(0, None)


def is_few(n: int) -> bool:
    """Return whether a count is too small to be told.

    >>> [is_few(n) for n in (0, 1, 4, 5)]
    [False, True, True, False]
    """
    return 0 < n < FEWEST


def alone(n: int) -> Told:
    """Return what is told of a count that is part of no whole that is told.

    >>> alone(3), alone(7).exact
    (Told(least=1, most=4), 7)
    """
    return FEW if is_few(n) else Told(n, n)


def beside_total(counts: Sequence[int]) -> list[Told]:
    """Return what is told of the parts of a whole; the whole is told by ``alone``.

    Small counts read as a band while it stays open which is which and together they are 5 or more.
    Otherwise the smallest other count is hidden with them, and whatever equals it. Where there is
    none to hide, of counts that can only be ones nothing is told at all.

    >>> [told.exact for told in beside_total([60, 9, 3, 0])]
    [60, None, None, 0]
    >>> beside_total([60, 3, 2])[1:]
    [Told(least=1, most=4), Told(least=1, most=4)]
    >>> beside_total([38, 2])
    [Told(least=36, most=39), Told(least=1, most=4)]
    """
    total, few = sum(counts), [n for n in counts if is_few(n)]
    beside = min((n for n in counts if n >= FEWEST), default=None)
    band, hidden = FEW, beside
    if not few or (sum(few) >= FEWEST and len(few) < sum(few) < (FEWEST - 1) * len(few)):
        hidden = None
    elif beside is None and (total < FEWEST or total == len(few)):
        return [NOTHING] * len(counts)
    elif len(few) > 1 or total != few[0] + (beside or 0) or total in (6, 8):
        # Six is five and one, and eight must read alike as five and three and as four and four:
        # there it only stays open which is which, and so it does for those as small as each other.
        band = SOME
    many = SOME if band is SOME else Told(max(FEWEST, total - FEWEST + 1), total - 1)
    return [band if is_few(n) else many if n == hidden else Told(n, n) for n in counts]


def by_part(rows: Sequence[Sequence[int]]) -> tuple[list[Told], list[list[Told]]]:
    """Return what is told of the sums of rows, and of the counts within each.

    Of a row whose sum is hidden no count is told: the counts would give its sum away. Where several
    sums read as a band, which counts are 0 is told as long as the sums stay open.

    >>> [[told.exact for told in row] for row in by_part([[8, 6], [2, 1], [9, 0]])[1]]
    [[8, 6], [None, None], [None, None]]
    """
    sums = beside_total([sum(row) for row in rows])
    few = [row for told, row in zip(sums, rows, strict=True) if told == FEW]
    # Of three or four counts that are not 0 the sum is 3 or 4: those rows are not told apart. One
    # to spare at either end: else a pattern that is kept would tell that the sums are at it.
    least = [min(3, sum(n > 0 for n in row)) for row in few]
    free = sum(map(sum, few)) - sum(least)
    pattern = len(few) > 1 and 1 < free < (FEWEST - 1) * len(few) - sum(least) - 1

    def within(told: Told, row: Sequence[int]) -> list[Told]:
        if told.exact is not None:
            return beside_total(row)
        if told == FEW and pattern and sum(n > 0 for n in row) < 3:
            return [alone(n) for n in row]
        return [NOTHING] * len(row)

    return sums, [within(told, row) for told, row in zip(sums, rows, strict=True)]


def summed(parts: Iterable[Told]) -> Told:
    """Return what those who were told the parts know of their sum.

    >>> summed([Told(7, 7), FEW, NOTHING])
    Told(least=8, most=None)
    """
    least, most = zip(*parts, strict=True)
    return Told(sum(least), None if None in most else sum(most))


def of_too_few(values: Mapping[str, Any], people: Mapping[str, str]) -> frozenset[str]:
    """Return which means and SDs are of fewer than five people, or of nobody knows how many.

    ``people`` names for each of them the value that tells how many people it is of.

    >>> sorted(of_too_few({"mean": 3.4, "sd": 1.0, "n": 4}, {"mean": "n", "sd": "n", "other": "n"}))
    ['mean', 'sd']
    """
    return frozenset(
        name
        for name, n in people.items()
        if name in values and not _number(values.get(n)) >= FEWEST
    )


def counts_of_few(values: Mapping[str, Any], names: Iterable[str]) -> frozenset[str]:
    """Return which counts of people are 1 to 4.

    >>> sorted(counts_of_few({"before": 4, "after": 5, "took part": 0}, ("before", "after")))
    ['before']
    """
    return frozenset(name for name in names if 0 < _number(values.get(name)) < FEWEST)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0

"""Where the names of the columns stand: below a title, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

HEADING_ROWS = 25
"""So many rows that are not blank may hold a title before the names of the columns."""


def names_in(record: Iterable[str], known: Collection[str]) -> int:
    """Return how many cells of a record are names that a column may have."""
    names = {name.casefold() for name in known}
    return sum(cell.strip().strip("\ufeff").casefold() in names for cell in record)


def heading_at(records: Iterable[Sequence[str]], known: Collection[str]) -> int | None:
    """Return the place of the names of the columns among records; None if none is filled.

    That is the first record with two names, or with nothing else than one; where no record near the
    top is like that, the first that is not blank, so that its cells can be told. Where no name is
    known it is the first that is as wide as a table: titles are not.
    """
    filled = ((at, record) for at, record in enumerate(records) if any(map(str.strip, record)))
    if not known:
        return _wide_at(list(islice(filled, HEADING_ROWS)))
    first = None
    for at, record in islice(filled, HEADING_ROWS):
        first = at if first is None else first
        n_cells = sum(bool(cell.strip()) for cell in record)
        if names_in(record, known) >= min(2, n_cells):
            return at
    return first


def _wide_at(filled: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """Return the place of the first record with half as many different cells as the fullest has.

    Different ones: a title over merged cells fills them all.
    """
    widest = max((sum(map(bool, _cells(record))) for _, record in filled), default=0)
    wide = (at for at, record in filled if len(set(_cells(record)) - {""}) >= max(2, widest / 2))
    return next(wide, filled[0][0] if filled else None)


def _cells(record: Iterable[str]) -> list[str]:
    return [cell.strip() for cell in record]


def holds_table(records: Sequence[Sequence[str]], known: Collection[str]) -> bool:
    """Return whether names of columns stand near the top of some records.

    Where no name is known: whether two cells stand beside each other, and something below them.
    """
    at = heading_at(records, known)
    if at is None:
        return False
    if not known:
        below = any(any(map(str.strip, record)) for record in records[at + 1 :])
        return below and len(set(_cells(records[at])) - {""}) > 1
    return names_in(records[at], known) > 0

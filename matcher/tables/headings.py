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
    top is like that, the first that is not blank, so that its cells can be told.
    """
    filled = ((at, record) for at, record in enumerate(records) if any(map(str.strip, record)))
    first = None
    for at, record in islice(filled, HEADING_ROWS):
        first = at if first is None else first
        n_cells = sum(bool(cell.strip()) for cell in record)
        if names_in(record, known) >= min(2, n_cells):
            return at
    return first


def holds_table(records: Sequence[Sequence[str]], known: Collection[str]) -> bool:
    """Return whether names of columns stand near the top of some records."""
    at = heading_at(records, known)
    return at is not None and names_in(records[at], known) > 0

"""What people write in a cell, brought to one form: without capitals, accents and loose spaces."""

from __future__ import annotations

import unicodedata

from matcher.tables.cells import BLANK_WORDS

_SIGNS = str.maketrans({"&": " en ", "+": " en ", "ø": "o", "đ": "d", "ł": "l", "ß": "ss"})


def filled(cell: str) -> str:
    """Return the words in a cell, single spaced; nothing where they say that it is unknown."""
    words = " ".join((cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).split())
    return "" if words.casefold() in BLANK_WORDS else words


def plain(text: str) -> str:
    """Return a text in small letters without accents and marks on letters.

    Examples
    --------
    >>> plain("Café Thuis")
    'cafe thuis'
    """
    small = text.casefold().translate(_SIGNS)
    if small.isascii():
        return small
    # What NFKD takes apart may have a capital or a sign of its own in it.
    small = unicodedata.normalize("NFKD", small).casefold().translate(_SIGNS)
    return "".join(ch for ch in unicodedata.normalize("NFKD", small) if not _is_mark(ch))


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0

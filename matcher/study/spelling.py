"""Codes and names of companies, brought to one form where people write the same in many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from matcher.tables.cells import BLANK_WORDS, code_word

_LEGAL = frozenset(
    (
        *("bv", "nv", "vof", "cv", "bvio", "holding", "stichting", "vereniging", "maatschap"),
        *("eenmanszaak", "cooperatie", "ltd", "gmbh", "inc", "firma"),
    )
)
"""Words for a legal form: a company is often written without them."""
_ARTICLES = ("de", "het", "t", "the")
_SHORT: Mapping[str, str] = {
    **{"gebr": "gebroeders", "gebrs": "gebroeders", "fa": "firma", "st": "stichting"},
    **{"stg": "stichting", "zn": "zonen", "zoon": "zonen", "ver": "vereniging"},
    **{"coop": "cooperatie", "and": "en", "vd": "van der", "vdr": "van der"},
}
_FAMILY = ("en zonen", "en dochters", "en co", "en partners")
_SIGNS = str.maketrans({"&": " en ", "+": " en ", "ø": "o", "đ": "d", "ł": "l", "ß": "ss"})
_INITIALS = re.compile(r"(?<![a-z0-9])((?:[a-z]\.\s?){2,}|(?:[a-z]\.)+[a-z])(?![a-z0-9])")
_SPACED_FORM = re.compile(r"\b(b v|n v|c v|v o f)\b(?: i o\b)?|\bbv i ?o\b")
_OF_THE = re.compile(r"\bvan (?:der|den|de|t|het)\b|\bv d\b")
_TRADING_AS = re.compile(
    r"\s+(?:h\.?o\.?d\.?n\.?|t/a|t\.a\.|handelend onder(?: de naam)?)\s+", re.I
)
_NOT_OF_A_CODE = re.compile(r"[\W_]+")
_REGISTER = re.compile(
    r"(?:kvk|k\.v\.k\.|kamer van koophandel)?[-.:\s]*(?:nr|nummer)?[-.:\s]*", re.I
)
_FEWEST_DIGITS = 7


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


def code_form(code: str) -> str:
    """Return a code without case, spaces, hyphens, dots and the decimals of a data frame.

    Examples
    --------
    >>> code_form(" B-07 "), code_form("12.0")
    ('b07', '12')
    """
    return _NOT_OF_A_CODE.sub("", plain(code_word(code.strip())))


def loose_code(code: str) -> str:
    """Return a code in which O is 0, I and l are 1, and zeros that a sheet drops are left out.

    Two companies whose codes have one loose form cannot be told apart by what people type.

    Examples
    --------
    >>> loose_code("BO7"), loose_code("b 07"), loose_code("007"), loose_code("l00")
    ('b7', 'b7', '7', '100')
    """
    digits = code_form(code).translate(str.maketrans("oil", "011"))
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", digits)


@lru_cache(maxsize=1 << 16)
def name_words(name: str) -> str:
    """Return a name in small letters, words apart by one space, abbreviations written out.

    Examples
    --------
    >>> name_words("De Gebr. J.P. v.d. Bërg B.V.")
    'de gebroeders jp van der berg bv'
    """
    text = plain(name)
    text = text.replace("v/d", "vd ").replace("v.d.", "vd ")
    text = _INITIALS.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", text)
    text = re.sub(r"(?<=\w)['’`](?=s\b)", "", text)
    text = re.sub(r"[\W_]+", " ", text).strip()
    text = _SPACED_FORM.sub(lambda found: found[0].replace(" ", ""), text)
    text = " ".join(_SHORT.get(word, word) for word in text.split())
    return _OF_THE.sub("van der", text)


@lru_cache(maxsize=1 << 16)
def core_words(name: str) -> str:
    """Return the words of a name without its legal form, article and family: what is left of it.

    A name that has nothing else keeps them.

    Examples
    --------
    >>> core_words("De Vries & Zn. Holding B.V."), core_words("De Holding")
    ('vries', 'de holding')
    """
    words = name_words(name)
    while True:
        fewer = " ".join(word for word in words.split() if word not in _LEGAL)
        for family in _FAMILY:
            fewer = fewer.removesuffix(f" {family}")
        first, _, rest = fewer.partition(" ")
        fewer = rest if first in _ARTICLES and rest else fewer
        if not fewer or fewer in (words, *_ARTICLES):
            return words
        words = fewer


def glued(words: str) -> str:
    """Return words without the spaces between them: timmer bedrijf is timmerbedrijf."""
    return words.replace(" ", "")


def sorted_words(words: str) -> str:
    """Return words in the order of the alphabet: who writes a surname first means the same."""
    return " ".join(sorted(words.split()))


def trading_names(name: str) -> tuple[str, ...]:
    """Return a name, and its parts where it says under which other name a company trades.

    Examples
    --------
    >>> trading_names("Vos B.V. h.o.d.n. Bakkerij Vos")
    ('Vos B.V. h.o.d.n. Bakkerij Vos', 'Vos B.V.', 'Bakkerij Vos')
    """
    parts = [part.strip() for part in _TRADING_AS.split(filled(name))]
    return tuple(dict.fromkeys((filled(name), *filter(None, parts))))


def register_number(cell: str) -> str | None:
    """Return the eight digits of a register number in a cell; None if it holds another thing.

    A sheet drops a leading zero, so seven digits are eight. Dots and spaces may stand between.

    Examples
    --------
    >>> register_number("KVK 12.34.56.78"), register_number("1234567"), register_number("B-12")
    ('12345678', '01234567', None)
    """
    if len(cell) < _FEWEST_DIGITS:  # most codes, and there may be many
        return None
    bare = re.sub(r"[.\s-]", "", _REGISTER.sub("", code_word(filled(cell)), count=1))
    return bare.zfill(8) if re.fullmatch("[0-9]{7,8}", bare) else None

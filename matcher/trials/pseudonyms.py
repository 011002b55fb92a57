"""Names under which companies are known that may tell who they are."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from matcher.errors import Fault, Warned

Telling = Literal["register_number", "number_of_a_register", "name_of_a_company"]

_LEGAL = frozenset(
    (
        *("bv", "nv", "vof", "cv", "stichting", "vereniging", "holding", "maatschap"),
        *("eenmanszaak", "cooperatie", "beheer", "gmbh", "ltd", "zoon", "zonen", "gebroeders"),
    )
)
_SURELY = re.compile(
    r"(?:kvk|rsin|btw|vat|kamervankoophandel)(?:nr|nummer)?[0-9]{8,12}(?:b[0-9]{2})?"
    r"|nl[0-9]{9}b[0-9]{2}|nl[0-9]{2}[a-z]{4}[0-9]{10}"
)
"""A number with what it is before it, a VAT number, an IBAN; marks between are left out."""
_MAY_TELL = re.compile(
    "|".join(("[A-Z]", "^[0-9]+$", "kvk|rsin|btw|vat|kamer|^nl", *sorted(_LEGAL)))
)
"""In all that tells something, marks left out. Without this first look 300 000 companies that are
called by a word and numbers, as nearly all are, took 5 s more."""
_YEAR_AND_NUMBER = re.compile(r"(?:19|20)[0-9]{2}[-_][0-9]+")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_OF_A_NAME = re.compile(r"[A-Z][a-z]{2,}")


def telling(name: str) -> Telling | None:
    """Return why a pseudonym may tell who it stands for, or None.

    A register number that says so (``kvk-12345678``, a VAT number, an IBAN) cannot be a pseudonym.
    Eight digits are how a Dutch trade register numbers a company, 12 how it numbers a branch, and
    9 that pass the test of eleven how the tax office does; they may be a number of one's own.

    >>> telling("bak-07"), telling("12345678"), telling("Bakkerij-Jansen")
    (None, 'number_of_a_register', 'name_of_a_company')
    """
    bare = name.replace("-", "").replace("_", "")
    if not _MAY_TELL.search(bare):
        return None
    if bare.isdigit():
        return "number_of_a_register" if _like_a_register(name, bare) else None
    if _SURELY.fullmatch(bare.lower()):
        return "register_number"
    words = _WORDS.findall(name)
    if sum(_OF_A_NAME.fullmatch(word) is not None for word in words) > 1:
        return "name_of_a_company"
    small = [word.lower() for word in name.replace("_", "-").split("-")]
    spelt = {"".join(pair) for pair in pairwise(small)}  # B-V
    long = any(len(w) > 2 and w.isalpha() and w.lower() not in _LEGAL for w in words)
    ends = any(word in ("BV", "NV", "VOF", "CV") for word in words)  # BakkerijJansenBV
    return "name_of_a_company" if long and (ends or _LEGAL & ({*small} | spelt)) else None


def refusal_or_doubt(name: str, about: str) -> Fault | Warned | None:
    """Return what is wrong with, or odd about, a pseudonym that somebody types or sends."""
    why = telling(name)
    if about == "table" and why == "name_of_a_company":
        return None  # a learning table may bear the name of its place
    if why == "register_number":
        return Fault(f"/{about}", "trial_register_number", {"value": name})
    return None if why is None else Warned(about, why, {"value": name})


def _like_a_register(name: str, digits: str) -> bool:
    if len(digits) == 8:
        return not _YEAR_AND_NUMBER.fullmatch(name)
    if len(digits) == 12:
        return digits.startswith("0000")
    if len(digits) == 9:
        # The test of eleven of the tax office: 9 a + 8 b + ... + 2 h - i.
        weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
        return sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0
    return len(digits) == 10 and digits.startswith("06")


# A day as 06-03-2023 has a hyphen in its middle, and a telephone number has none there.
_PERSON = re.compile(
    r"[^\s@]+@[^\s@]+\.[a-z]{2,}"
    r"|(?<![0-9+])(?:(?:\+31|0031) ?(?:\(0\))?|0)(?=(?:[ -]?[0-9]){9}(?![0-9]))"
    r"(?:6[ -]?(?:[0-9]{2} ?){4}|[1-9][0-9]{1,2}[ -]?(?:[0-9] ?){6,7})(?![0-9])",
    re.IGNORECASE,
)


def names_a_person(text: str) -> bool:
    """Return whether a text holds an e-mail address or a Dutch telephone number.

    >>> [names_a_person(t) for t in ("bel 06-12345678", "a.b@c.nl", "gestopt op 06-03-2023")]
    [True, True, False]
    """
    return _PERSON.search(text) is not None

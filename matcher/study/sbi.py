"""From a code of the standard industrial classification, as people keep it, to its section.

The division, its first two digits, gives the letter in either scheme; what a spreadsheet dropped
in front of it decides which division that is. ``sbi2025.csv`` has the codes and titles of SBI 2025
(CBS, CC BY 4.0); which divisions a section has, and which codes are of one scheme only, is from CBS
and Eurostat's tables between NACE Rev. 2 and 2.1.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matcher.study.spelling import filled, name_words
from matcher.tables.cells import code_word
from matcher.vocabulary import SBI_VERSIONS, SECTORS, SbiVersion

_DIVISIONS: Mapping[SbiVersion, str] = {
    "2008": "A01-03 B05-09 C10-33 D35 E36-39 F41-43 G45-47 H49-53 I55-56 J58-63 K64-66 L68"
    " M69-75 N77-82 O84 P85 Q86-88 R90-93 S94-96 T97-98 U99",
    "2025": "A01-03 B05-09 C10-33 D35 E36-39 F41-43 G46-47 H49-53 I55-56 J58-60 K61-63 L64-66"
    " M68 N69-75 O77-82 P84 Q85 R86-88 S90-93 T94-96 U97-98 V99",
}
_NO_DIVISION = frozenset({"04", "34", "40", "44", "48", "54", "57", "67", "76", "83", "89"})
_ONLY_2025 = frozenset(
    (
        *("3540", "4360", "5231", "5232", "5540", "5640", "6210", "6812", "8240", "8697", "8791"),
        *("9531", "9532", "9540", "9640", "9691"),
    )
)
"""Classes that SBI 2008 does not have: work that moved, and intermediaries."""
_BOTH_BUT_OTHER = frozenset({"6391"})
"""Press agencies in 2008, now J; web portals in 2025, K."""
_SURE_SHARE = 0.1
"""From this share of codes of one scheme only on, a column without any of the other is of that."""
SAME_LETTER = frozenset("ABCDEFHI")
"""Mean the same in both schemes; G had the repair of cars in it, and from J on letters shifted."""

_CODE = r"[0-9]{1,2}[.,][0-9]{1,2}(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]{1,6}(?:\.0)?(?![0-9.,])"
_CODES = re.compile(rf"({_CODE})((?:\s*(?:[;,/|&+]|en|and)\s*(?:{_CODE}))*)(?![0-9])")
_SCHEME = re.compile(
    r"\(?\s*(?:sbi|nace)?[ -]*(?:code)?[ -]*(?<![0-9])(2008|2025)(?![0-9])\s*\)?[: -]*", re.I
)
_BEFORE = re.compile(r"^(?:sbi|nace|sectie|section|sector)[ -]*(?:codes?)?[ :.-]*", re.I)
_LETTER = re.compile(r"([A-Va-v])(?:[ .:()-]+(.*))?")


_WORDS = {
    **{"landbouw": "A", "agrarisch": "A", "bouw": "F", "construction": "F", "handel": "G"},
    **{"detailhandel": "G", "groothandel": "G", "winkel": "G", "retail": "G", "transport": "H"},
    **{"vervoer": "H", "logistiek": "H", "logistics": "H", "horeca": "I", "hospitality": "I"},
    **{"ict": "K", "onderwijs": "Q", "education": "Q", "zorg": "R", "zorg en welzijn": "R"},
    **{"health care": "R", "farming": "A", "agriculture": "A", "maakindustrie": "C"},
}
"""What people call a section; letters of SBI 2025, our own reading [J]."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section letter in its scheme."""

    letter: str
    sbi_version: SbiVersion


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says of a section."""

    section: Section | None
    doubt: str | None = None
    """Code of the fault or warning; None where nothing is to be said."""
    codes: tuple[str, ...] = ()
    """The codes that it may be, with their points, where that has to be asked or told."""


UNKNOWN = Reading(None)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a column writes its codes."""

    sbi_version: SbiVersion | None
    """The scheme, where the column is of one; None where nobody can tell."""
    zeros_kept: bool
    """Whether a code begins with a zero: then no zeros are lost."""
    lengths: frozenset[int]
    """Digits of the codes without points in which no zero can be lost."""


@cache
def titles() -> Mapping[str, str]:
    """Return the codes of SBI 2025, of digits alone, with their Dutch titles."""
    text = resources.files(__package__).joinpath("sbi2025.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    return {code: " ".join(title.split()) for code, title in rows[1:]}


@cache
def _letters() -> Mapping[SbiVersion, Mapping[str, str]]:
    """Return the letter of each division, by scheme."""
    found: dict[SbiVersion, dict[str, str]] = {}
    for scheme, row in _DIVISIONS.items():
        found[scheme] = {}
        for part in row.split():
            first, _, last = part[1:].partition("-")
            for division in range(int(first), int(last or first) + 1):
                if f"{division:02}" not in _NO_DIVISION:
                    found[scheme][f"{division:02}"] = part[0]
    return found


def habits(cells: Iterable[str], sbi_version: SbiVersion | None = None) -> Habits:
    """Return how a column writes its codes, and its scheme where its codes are of one only.

    Parameters
    ----------
    cells : iterable of str
        The different cells of the column.
    sbi_version : {"2008", "2025"}, optional
        The scheme, where somebody said so.
    """
    found: Counter[SbiVersion | None] = Counter()
    lengths, zeros = set(), False
    for cell in cells:
        _, _, codes = _taken_apart(cell)
        for code in codes:
            digits = _digits(code)
            zeros |= digits.startswith("0")
            if not _may_lack_zero(code):
                lengths |= {len(digits)} if code_word(code).isdigit() else set()
                found[_own_scheme(digits)] += 1
    own: list[SbiVersion] = [scheme for scheme in SBI_VERSIONS if found[scheme]]
    # One code that only the other scheme has may be a slip of the keyboard.
    sure = len(own) == 1 and found[own[0]] >= max(2, _SURE_SHARE * found.total())
    return Habits(sbi_version or (own[0] if sure else None), zeros, frozenset(lengths))


def read_section(cell: str, column: Habits) -> Reading:
    """Return the section that a cell of a column means, or what has to be asked.

    Doubts are ``sbi_zero_or_not`` (two readings, to choose from), ``sbi_zero_lost`` (read so, and
    told), ``sbi_scheme`` (the letter is another in the other scheme), ``sbi_not_in_2025``,
    ``sbi_no_such_code``, ``sbi_letter_differs``, ``sbi_codes_differ`` (the first is taken) and
    ``sbi_not_a_code``.

    Examples
    --------
    >>> column = habits(["43.21"])
    >>> read_section("62.01", column).section, read_section("1130", column).codes
    (Section(letter='J', sbi_version='2008'), ('01.13.0', '11.30'))
    """
    text = filled(cell)
    if not text:
        return UNKNOWN
    scheme, letter, codes = _taken_apart(text)
    scheme = scheme or column.sbi_version
    if codes:
        return _of_codes(codes, scheme, letter, column)
    if letter:
        return _of_letter(letter, scheme)
    return _of_title(text, scheme)


def _taken_apart(cell: str) -> tuple[SbiVersion | None, str, tuple[str, ...]]:
    """Return the scheme, letter and codes that a cell tells, as far as it tells them."""
    text, scheme = filled(cell), None
    if found := _SCHEME.search(text):
        rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
        if rest or not found[0].isdigit():
            scheme, text = next(each for each in SBI_VERSIONS if each == found[1]), rest
    text = code_word(_BEFORE.sub("", text).strip())
    letter = ""
    if start := _LETTER.fullmatch(text):
        letter, text = start[1].upper(), start[2] or ""
    elif re.match("[A-Va-v][0-9]", text):
        letter, text = text[0].upper(), text[1:]
    listed = _CODES.match(text)
    if listed is None:
        return scheme, letter, ()
    return scheme, letter, tuple(re.findall(_CODE, listed[0]))


def _digits(code: str) -> str:
    """Return the digits of a code; the zero that a point shows to be lost is put back."""
    parts = re.split("[.,]", code_word(code))
    if len(parts) > 1:
        parts[0] = parts[0].zfill(2)
    return "".join(parts)


def _may_lack_zero(code: str) -> bool:
    return not re.search("[.,]", code_word(code)) and f"0{code[:1]}" in _letters()["2008"]


def _own_scheme(digits: str) -> SbiVersion | None:
    """Return the scheme that alone has a code, as far as that is known."""
    if digits[:2] == "45":
        return "2008"
    if digits[:4] in _ONLY_2025:
        return "2025"
    whole = digits.rstrip("0") if len(digits) > 5 else digits
    known = len(digits) < 4 or whole in titles() or digits[:2] not in _letters()["2008"]
    return None if known else "2008"


def _dotted(digits: str) -> str:
    return ".".join(filter(None, (digits[:2], digits[2:4], digits[4:])))


def _of_codes(
    codes: tuple[str, ...], scheme: SbiVersion | None, letter: str, column: Habits
) -> Reading:
    first, *others = (_of_code(code, scheme, column) for code in codes)
    if first.section is None:
        return first
    if letter and letter not in {found[_digits(codes[0])[:2]] for found in _having(first, codes)}:
        return Reading(None, "sbi_letter_differs", (_dotted(_digits(codes[0])),))
    if any(each.section != first.section for each in others):
        # A trade register names the main activity first.
        return Reading(first.section, "sbi_codes_differ", (_dotted(_digits(codes[0])),))
    return first


def _having(reading: Reading, codes: Collection[str]) -> Iterator[Mapping[str, str]]:
    """Yield the schemes that have the division of the first code."""
    division = _digits(next(iter(codes)))[:2]
    yield from (letters for letters in _letters().values() if division in letters)


def _of_code(code: str, scheme: SbiVersion | None, column: Habits) -> Reading:
    digits = _digits(code)
    readings = [digits] if len(digits) > 1 else []
    lost = False
    # Two digits are a division, unless the others are groups of three.
    may_lack = _may_lack_zero(code) and (len(digits) != 2 or 3 in column.lengths)
    if may_lack and not column.zeros_kept and _is_known(f"0{digits}"):
        fits = {len(each) for each in (*readings, f"0{digits}")} & column.lengths
        if not readings or not _is_known(digits) or fits == {len(digits) + 1}:
            readings, lost = [f"0{digits}"], True
        elif fits != {len(digits)}:
            return Reading(None, "sbi_zero_or_not", (_dotted(f"0{digits}"), _dotted(digits)))
    if not readings:
        return Reading(None, "sbi_no_such_code", (code,))
    (digits,) = readings
    lost |= bool(re.match("[0-9][.,]", code))
    section, doubt = _section(digits, scheme)
    if section is not None and lost:
        doubt = "sbi_zero_lost"
    return Reading(section, doubt, (_dotted(digits),) if doubt else ())


def _is_known(digits: str) -> bool:
    """Whether there may be such a code, in either scheme."""
    if digits[0] != "0":
        return digits[:2] in _letters()["2008"]
    # In agriculture and mining both schemes have the same classes; elsewhere they came and went.
    return digits[:4] in titles()


def _section(digits: str, scheme: SbiVersion | None) -> tuple[Section | None, str | None]:
    division = digits[:2]
    if not any(division in letters for letters in _letters().values()):
        return None, "sbi_no_such_code"
    own = _own_scheme(digits)
    if scheme is None and digits[:4] in _BOTH_BUT_OTHER:
        return None, "sbi_scheme"
    # Without a scheme the letter of 2025 is that of the same work in either, but for those.
    told: SbiVersion = scheme or own or "2025"
    if told == "2025" and own == "2008":
        return None, "sbi_not_in_2025"
    return Section(_letters()[told][division], told), None


def _of_letter(letter: str, scheme: SbiVersion | None) -> Reading:
    if scheme is None and letter not in SAME_LETTER:
        return Reading(None, "sbi_scheme", (letter,))
    told: SbiVersion = scheme or "2025"
    if letter not in SECTORS[told]:
        return Reading(None, "sbi_no_such_code", (letter,))
    return Reading(Section(letter, told))


@cache
def _sections_by_title() -> Mapping[str, frozenset[Section]]:
    found: dict[str, set[Section]] = {}
    for scheme, sectors in SECTORS.items():
        for letter, sector in sectors.items():
            for title in (sector.nl, sector.en):
                found.setdefault(name_words(title), set()).add(Section(letter, scheme))
    for word, letter in _WORDS.items():
        found.setdefault(word, set()).add(Section(letter, "2025"))
    for code, title in titles().items():
        if code.isalpha():
            found.setdefault(name_words(title), set()).add(Section(code, "2025"))
    return {title: frozenset(sections) for title, sections in found.items()}


def _of_title(text: str, scheme: SbiVersion | None) -> Reading:
    sections = _sections_by_title().get(name_words(text), frozenset())
    fitting = {each for each in sections if each.sbi_version == (scheme or "2025")} or sections
    if not fitting:
        return Reading(None, "sbi_not_a_code")
    return Reading(min(fitting, key=lambda each: each.letter))

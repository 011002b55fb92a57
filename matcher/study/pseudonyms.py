"""Pseudonyms of companies, and the key file that alone says who they are.

A pseudonym is drawn, so that nothing can be read from it: eight consonants that nobody mixes up,
of which no spreadsheet makes a number or a day. The key file stands apart from everything else
that is made of a study; a later wave reads it, and every company keeps its pseudonym.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import Fault, Refused
from matcher.files import whole_file
from matcher.messages import say
from matcher.study.lookup import Listed
from matcher.study.spelling import code_form
from matcher.tables.cells import harmless, is_pseudonym
from matcher.tables.faults import shown
from matcher.trials.pseudonyms import telling
from matcher.vocabulary import Language

LETTERS = "bcdfghjkmnpqrstvwxz"
"""Without vowels no word comes about; without l nothing is taken for 1."""
_HALF = 4
"""Letters on each side of the hyphen: 17 thousand million pseudonyms."""
COLUMNS = ("pseudonym", "company", "name")
"""The names of the columns of a key file, below the warning."""


class BrokenKeys(Refused):
    """A key file that cannot be read as one; it is left as it was."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Who is behind each pseudonym, after a wave."""

    pseudonyms: Mapping[str, str]
    """Key of each company of the list -> its pseudonym."""
    n_made: int
    """How many were drawn now."""
    n_kept: int
    """How many the key file had, also of companies that are in the list no more."""


@dataclass(frozen=True, slots=True)
class _Kept:
    pseudonym: str
    company: str
    name: str


def keep_pseudonyms(
    path: Path,
    companies: Sequence[Listed],
    language: Language = "nl",
    choose: Callable[[str], str] = secrets.choice,
) -> Keys:
    """Return the pseudonym of each company; new ones are drawn and added to the key file.

    The file is for its owner only, and is written whole or not at all. Where nothing is new it is
    left as it is. It is in the order of the pseudonyms, which tells nothing.

    Parameters
    ----------
    path : Path
        The key file; it need not be there yet.
    companies : sequence of Listed
        The list; no two have one key.
    language : {"nl", "en"}
        Of the warning at its top.
    choose : callable
        Draws one of the characters of a text.

    Raises
    ------
    BrokenKeys
        If the file is no key file, or breaks a rule: all faults at once.
    OSError
        If it cannot be read or written.

    Notes
    -----
    A company is known again by its key, or by that but for case, spaces and signs where only one
    company is written so.
    """
    kept = _read(path) if path.exists() else []
    taken = {each.pseudonym for each in kept}
    exact = {each.company: each.pseudonym for each in kept}
    forms = Counter(code_form(company.key) for company in companies)
    alike = _by_form(kept)
    pseudonyms, added = {}, []
    for company in companies:
        form = code_form(company.key)
        name = exact.get(company.key) or (alike.get(form) if forms[form] == 1 else None)
        if name is None:
            name = _draw(taken, choose)
            taken.add(name)
            added.append(_Kept(name, company.key, company.names[0] if company.names else ""))
        pseudonyms[company.key] = name
    if added:
        _write(path, [*kept, *added], language)
    return Keys(pseudonyms, len(added), len(kept))


def warning(language: Language) -> str:
    """Return what stands above a key file, and is told when one is made."""
    return say(language, "study.key_file")


def _by_form(kept: Sequence[_Kept]) -> dict[str, str]:
    """Return the pseudonyms by how a company is written, where one company is written so."""
    forms = Counter(code_form(each.company) for each in kept)
    written = ((code_form(each.company), each.pseudonym) for each in kept)
    return {form: name for form, name in written if form and forms[form] == 1}


def _draw(taken: set[str], choose: Callable[[str], str]) -> str:
    while True:
        letters = "".join(choose(LETTERS) for _ in range(2 * _HALF))
        name = f"{letters[:_HALF]}-{letters[_HALF:]}"
        if name not in taken and is_pseudonym(name) and telling(name) is None:
            return name


def _write(path: Path, kept: Sequence[_Kept], language: Language) -> None:
    with whole_file(path, encoding="utf-8-sig") as file:  # a BOM: Excel takes it for UTF-8
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([warning(language)])
        writer.writerow(COLUMNS)
        for each in sorted(kept, key=lambda each: each.pseudonym):
            writer.writerow([each.pseudonym, harmless(each.company), harmless(each.name)])


def _read(path: Path) -> list[_Kept]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BrokenKeys([Fault(path.name, "keys_not_read", {"file": path.name})]) from None
    separator = ";" if f"{COLUMNS[0]};{COLUMNS[1]}" in text else ","  # saved by a Dutch Excel
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    heading = next((n for n, row in enumerate(rows) if _is_heading(row)), None)
    if heading is None:
        raise BrokenKeys([Fault(path.name, "keys_not_read", {"file": path.name})])
    kept: list[_Kept] = []
    faults: list[Fault] = []
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for number, row in enumerate(rows[heading + 1 :], start=heading + 2):
        cells = [*(cell.strip() for cell in row), "", "", ""][: len(COLUMNS)]
        if not any(cells):
            continue
        each = _Kept(cells[0], cells[1].removeprefix("'"), cells[2].removeprefix("'"))
        if not is_pseudonym(each.pseudonym) or not each.company:
            place = f"{path.name}, row {number}"
            faults.append(Fault(place, "keys_bad_row", {"value": shown(each.pseudonym)}))
            continue
        for column, form in (("pseudonym", each.pseudonym), ("company", each.company)):
            first = seen[column].setdefault(form, number)
            if first != number:
                place = f"{path.name}, row {number}, {column}"
                faults.append(Fault(place, "keys_twice", {"first_row": first}))
        kept.append(each)
    if faults:
        raise BrokenKeys(faults)
    return kept


def _is_heading(row: Sequence[str]) -> bool:
    return tuple(cell.strip().casefold() for cell in row[: len(COLUMNS)]) == COLUMNS

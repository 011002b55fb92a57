"""Who is who: what people typed for their company, beside the list of companies.

Each spelling is looked up once, however many rows have it. A code, then a name, that fits one
company of the list and can fit no other is taken; what is only near, and what fits more than one,
is for a person to decide. Their decisions come in as a mapping and are used from then on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Ints
from matcher.errors import Fault, Warned
from matcher.study.lookup import (
    MOST_COMPARED,
    Candidate,
    How,
    Listed,
    Lookup,
    core_of,
    places_by,
)
from matcher.study.spelling import (
    code_form,
    filled,
    glued,
    loose_code,
    name_words,
)
from matcher.tables.faults import FIRST_ROWS, shown

AUTOMATIC: tuple[How, ...] = ("code", "name")
LEAVE_OUT = "-"
"""The decision that a spelling is of no company of the list."""
WRONG_LIST = 0.3
"""From this share of spellings that are not in the list on, the list itself is in doubt."""
FEWEST_DOUBTED = 5
"""With fewer spellings than this not in the list, each is told."""


@dataclass(frozen=True, slots=True)
class Match:
    """One spelling and the company that it stands for."""

    code: str
    name: str
    """As most rows have it; case, spaces and signs may differ between them."""
    company: str | None
    """Key of the company; None if nobody knows, or a person decided that it is none."""
    how: How
    candidates: tuple[Candidate, ...] = ()
    """The likeliest first, where a person has to say."""
    doubt: str | None = None
    """Code of the fault that tells what a person has to decide; None where nothing is left."""
    rows: tuple[int, ...] = ()
    """The first rows that have it."""
    n_rows: int = 0

    @property
    def spelling(self) -> str:
        """What decisions call it: code and name as they were typed."""
        return spelled(self.code, self.name)


@dataclass(frozen=True, slots=True)
class Matching:
    """Every spelling of a file with its company, and what is left to decide."""

    matches: tuple[Match, ...]
    """In the order of how many rows have them, the most first."""
    match_of_row: Ints
    """Place in ``matches`` of each row; -1 where a row names no company."""
    faults: tuple[Fault, ...]
    warnings: tuple[Warned, ...]

    def companies(self) -> list[str | None]:
        """Return the key of the company of each row; None where there is none."""
        keys = [*(match.company for match in self.matches), None]
        return [keys[place] for place in self.match_of_row]

    @property
    def counts(self) -> dict[How, int]:
        """How many rows were told apart in each way."""
        told: Counter[How] = Counter()
        for match in self.matches:
            told[match.how] += match.n_rows
        return {how: told[how] for how in ("code", "name", "confirmed", "near", "none")}

    @property
    def n_without(self) -> int:
        """How many rows name no company."""
        return int((self.match_of_row < 0).sum())


def spelled(code: str, name: str) -> str:
    """Return what decisions call a code and a name that stand in one row."""
    return " / ".join(filter(None, (filled(code), filled(name))))


def check_list(file: str, companies: Sequence[Listed]) -> tuple[list[Fault], list[Warned]]:
    """Return what is wrong with, and what is odd about, a list of companies.

    Two with one key cannot be told apart. Codes that are alike but for case, O and 0 or zeros in
    front, and names that are alike but for a legal form, make people decide more.
    """
    faults, warnings = [], []
    by_key = places_by([(company.key.casefold(),) for company in companies])
    for rows in (places for places in by_key.values() if len(places) > 1):
        first, *more = (companies[place] for place in rows)
        for other in more:
            told = {"value": shown(other.key), "first_row": first.row}
            faults.append(Fault(f"{file}, row {other.row}", "list_company_twice", told))
    for about, code, keys in (
        ("code", "list_codes_alike", [(loose_code(c.code),) for c in companies]),
        ("name", "list_names_alike", [{core_of(name) for name in c.names} for c in companies]),
    ):
        for form, places in places_by(keys).items():
            rows = [companies[place].row for place in places]
            if form and len(places) > 1 and len({companies[p].key for p in places}) > 1:
                told = {"value": ", ".join(shown(companies[p].key) for p in places[:FIRST_ROWS])}
                warnings.append(Warned(about, code, told, tuple(rows[:FIRST_ROWS]), len(rows)))
    return faults, warnings


def match(
    file: str,
    codes: Sequence[str],
    names: Sequence[str],
    companies: Sequence[Listed],
    decisions: Mapping[str, str] | None = None,
    rows: Sequence[int] | None = None,
) -> Matching:
    """Return the company of every row of a file of respondents or a log.

    Parameters
    ----------
    file : str
        Its name, for faults.
    codes, names : sequence of str, one per row
        The cells; the columns that a file lacks are empty.
    companies : sequence of Listed
        The list; ``check_list`` found no two with one key.
    decisions : mapping, optional
        Spelling -> key of a company, or ``LEAVE_OUT``; those of other files may be among them.
    rows : sequence of int, optional
        Row of the file of each cell; by default the first is row 2.

    Notes
    -----
    The order of the rows and of the list changes nothing but which rows are named first.
    """
    codes, names = list(codes), list(names)
    numbers = range(2, len(codes) + 2) if rows is None else rows
    typed, place_of_row = _unique(codes, names)
    counts = np.bincount(place_of_row[place_of_row >= 0], minlength=len(typed))
    first: list[list[int]] = [[] for _ in typed]
    for row, place in zip(numbers, place_of_row.tolist(), strict=True):
        if place >= 0 and len(first[place]) < FIRST_ROWS:
            first[place].append(row)
    lookup = Lookup(companies)
    found = lookup.all(typed)
    decided, clashes = _by_form(decisions or {})
    faults, warnings = _blanks(file, place_of_row, numbers)
    faults += clashes
    matches: list[Match] = []
    told_of = map(lookup.tellable, typed)
    for (code, name), sure, seen, n_rows in zip(
        told_of, found, first, counts.tolist(), strict=True
    ):
        made = Match(code, name, *sure, rows=tuple(seen), n_rows=n_rows)
        told = decided.get(_decision_form(made.spelling)) if made.spelling else None
        if told is not None:
            made, problem = _decided(file, made, told, lookup)
            faults += [problem] if isinstance(problem, Fault) else []
            warnings += [problem] if isinstance(problem, Warned) else []
        matches.append(made)
    order = sorted(
        range(len(matches)), key=lambda at: (-matches[at].n_rows, typed[at][0], typed[at][1])
    )
    rank = np.empty(len(order) + 1, dtype=np.intp)
    rank[order], rank[-1] = np.arange(len(order)), -1
    ordered = tuple(matches[at] for at in order)
    doubts, odd = _doubts(file, ordered, lookup)
    faults += doubts
    warnings += odd
    return Matching(ordered, rank[place_of_row], tuple(faults), tuple(warnings))


def unused_decisions(decisions: Mapping[str, str], matchings: Sequence[Matching]) -> list[Warned]:
    """Return a warning per decision about a spelling that is in none of the files any more."""
    there = {_decision_form(m.spelling) for matching in matchings for m in matching.matches}
    return [
        Warned("companies", "who_decision_unused", {"value": shown(spelling)})
        for spelling in sorted(decisions)
        if _decision_form(spelling) not in there
    ]


def _by_form(decisions: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """Return the decisions by how a spelling is written, and those that contradict each other."""
    found: dict[str, tuple[str, str]] = {}
    clashes = []
    for spelling in sorted(decisions):
        first, told = found.setdefault(_decision_form(spelling), (spelling, decisions[spelling]))
        if told != decisions[spelling]:
            params = {"value": shown(spelling), "other": shown(first)}
            clashes.append(Fault("study.toml", "who_decisions_clash", params))
    return {form: told for form, (_, told) in found.items()}, clashes


def _unique(codes: list[str], names: list[str]) -> tuple[list[tuple[str, str]], Ints]:
    """Return the spellings that differ, and the place among them of each row; -1 of blank ones."""
    raw: dict[tuple[str, str], int] = {}
    raw_of_row = np.fromiter(
        (raw.setdefault(pair, len(raw)) for pair in zip(codes, names, strict=True)),
        dtype=np.intp,
        count=len(codes),
    )
    n_rows = np.bincount(raw_of_row, minlength=len(raw)).tolist()
    grouped: dict[tuple[str, ...], list[tuple[int, str, str]]] = {}
    groups = []
    for (code, name), n in zip(raw, n_rows, strict=True):
        code, name = filled(code), filled(name)
        written = _written(code, name)
        groups.append(written)
        grouped.setdefault(written, []).append((-n, code, name))
    # The spelling that most rows have stands for all that are written the same but for case,
    # spaces and signs: who is asked decides once.
    places = {written: at for at, written in enumerate(w for w in grouped if any(w))}
    typed = [min(grouped[written])[1:] for written in places]
    of_raw = np.array([places.get(written, -1) for written in groups], dtype=np.intp)
    return typed, of_raw[raw_of_row]


def _written(code: str, name: str) -> tuple[str, ...]:
    """Return what is the same for spellings that nobody would tell apart."""
    return code_form(code) or code, glued(name_words(code)), glued(name_words(name)) or name


def _decision_form(spelling: str) -> str:
    """Return what decisions are looked up by: case, spaces and signs make no difference."""
    return " / ".join(code_form(part) or part.strip() for part in spelling.split(" / "))


def _decided(
    file: str, found: Match, told: str, lookup: Lookup
) -> tuple[Match, Fault | Warned | None]:
    """Return a match as a person decided it, and what no longer fits."""
    told = told.strip()
    place = f"{file}, {_place(found)}"
    params = {"value": shown(found.spelling), "company": shown(told)}
    if told != LEAVE_OUT and not lookup.has(told):
        return found, Fault(place, "who_decision_gone", params)
    company = None if told == LEAVE_OUT else told
    odd = None
    if found.how in AUTOMATIC and found.company != company:
        params["found"] = shown(str(found.company))
        odd = Warned("company", "who_decision_differs", params, found.rows, found.n_rows)
    made = Match(
        found.code, found.name, company, "confirmed", found.candidates,
        rows=found.rows, n_rows=found.n_rows,
    )  # fmt: skip
    return made, odd


def _place(match: Match) -> str:
    return f"row {match.rows[0]}" if match.rows else "row 2"


def _blanks(file: str, place_of_row: Ints, rows: Sequence[int]) -> tuple[list[Fault], list[Warned]]:
    """Return the fault of a file in which no row names a company, or a warning about some."""
    (blank,) = np.nonzero(place_of_row < 0)
    if not len(blank):
        return [], []
    if len(blank) == len(place_of_row):
        return [Fault(file, "who_no_company", {"n": len(blank)})], []
    first = tuple(rows[at] for at in blank[:FIRST_ROWS].tolist())
    return [], [Warned("company", "who_rows_without", {"file": file}, first, len(blank))]


def _doubts(
    file: str, matches: Sequence[Match], lookup: Lookup
) -> tuple[list[Fault], list[Warned]]:
    """Return what is left to decide; where much is not in the list at all, that alone."""
    faults: list[Fault] = []
    warnings: list[Warned] = []
    if lookup.n_not_compared:
        params = {"n": lookup.n_not_compared, "most": MOST_COMPARED}
        return [Fault(file, "who_too_many", params)], []
    told: set[int] = set()
    for about in ("codes", "names"):
        asked = [
            m for m in matches if (bool(m.code) or m.doubt == "who_register") == (about == "codes")
        ]
        missing = [m for m in asked if m.doubt in ("who_near", "who_none", "who_register")]
        # A wrong code beside a right name is no decision, and tells of the list all the same.
        beside = [m for m in asked if m.how == "name" and m.code and m.name]
        n = len(missing) + len(beside)
        if n < FEWEST_DOUBTED or n < WRONG_LIST * len(asked):
            continue
        rows = sorted(m.rows[0] for m in (*missing, *beside) if m.rows)[:FIRST_ROWS]
        share: dict[str, object] = {
            "percent": round(100 * n / len(asked)),
            "n": n,
            "total": len(asked),
        }
        if missing:
            share["rows"] = ", ".join(map(str, rows))
            faults.append(Fault(file, f"who_{about}_of_another_list", share))
            told.update(map(id, missing))
        else:
            warnings.append(Warned("company", "who_codes_beside_names", share, tuple(rows), n))
    for match in matches:
        if match.doubt and id(match) not in told:
            decide = {
                "value": shown(match.spelling),
                "n": match.n_rows,
                "candidates": "; ".join(lookup.label(c.id) for c in match.candidates),
            }
            faults.append(Fault(f"{file}, {_place(match)}", match.doubt, decide))
    return faults, warnings

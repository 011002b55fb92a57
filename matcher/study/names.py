"""Who is who: what people typed for their company, beside the list of companies.

Each spelling is looked up once, however many rows have it. A code, then a name, that fits one
company of the list and can fit no other is taken; what is only near, and what fits more than one,
is for a person to decide. Their decisions come in as a mapping and are used from then on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from rapidfuzz import fuzz, process

from matcher.arrays import Ints
from matcher.errors import Fault, Warned
from matcher.study.spelling import (
    code_form,
    core_words,
    filled,
    glued,
    loose_code,
    register_number,
    sorted_words,
    trading_names,
)
from matcher.tables.faults import FIRST_ROWS, shown

How = Literal["code", "name", "confirmed", "near", "none"]
AUTOMATIC: tuple[How, ...] = ("code", "name")
LEAVE_OUT = "-"
"""The decision that a spelling is of no company of the list."""
WRONG_LIST = 0.3
"""From this share of spellings that are not in the list on, the list itself is in doubt."""
FEWEST_DOUBTED = 5
"""With fewer spellings than this not in the list, each is told."""
NEAR = 70.0
"""Likeness of 0 to 100 from which on a company may be meant."""
CLEARLY = 85.0
"""Likeness from which on a name speaks against the code beside it."""
MOST_CANDIDATES = 5

_BLOCK = 1_000
"""Spellings compared at once: with 5 000 companies 5 MB."""
_COMPARED = 20
"""So many of the likeliest names are compared word by word as well."""
_SHORTEST = 4
"""Shorter codes are one slip from too many others to say which was meant."""
_NONE: frozenset[int] = frozenset()
_RARE = 20
"""A word in the names of no more companies than this may be all that somebody typed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A company as the list has it."""

    key: str
    """What decisions and results call it; no two have the same, and it is no register number."""
    code: str = ""
    names: tuple[str, ...] = ()
    registers: tuple[str, ...] = field(default=(), repr=False)
    """Numbers of a register: looked up, and never told."""
    row: int = 0
    """Row of the file, from 1; told in faults."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company or card that may be meant, and how much its name is like what was typed."""

    id: str
    """Key of the company, or id of the card."""
    score: float
    """0 to 100."""


@dataclass(frozen=True, slots=True)
class Match:
    """One spelling and the company that it stands for."""

    code: str
    name: str
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
    by_key = _places([(company.key.casefold(),) for company in companies])
    for rows in (places for places in by_key.values() if len(places) > 1):
        first, *more = (companies[place] for place in rows)
        for other in more:
            told = {"value": shown(other.key), "first_row": first.row}
            faults.append(Fault(f"{file}, row {other.row}", "list_company_twice", told))
    for about, code, keys in (
        ("code", "list_codes_alike", [(loose_code(c.code),) for c in companies]),
        ("name", "list_names_alike", [{_core(name) for name in c.names} for c in companies]),
    ):
        for form, places in _places(keys).items():
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
    lookup = _Lookup(companies)
    found = lookup.all(typed)
    decided = dict(decisions or {})
    faults, warnings = _blanks(file, place_of_row, numbers)
    matches: list[Match] = []
    told_of = map(lookup.tellable, typed)
    for (code, name), sure, seen, n_rows in zip(
        told_of, found, first, counts.tolist(), strict=True
    ):
        made = Match(code, name, *sure, rows=tuple(seen), n_rows=n_rows)
        told = decided.get(made.spelling) if made.spelling else None
        if told is not None:
            made, problem = lookup.decide(file, made, told)
            faults += [problem] if isinstance(problem, Fault) else []
            warnings += [problem] if isinstance(problem, Warned) else []
        matches.append(made)
    order = sorted(
        range(len(matches)), key=lambda at: (-matches[at].n_rows, typed[at][0], typed[at][1])
    )
    rank = np.empty(len(order) + 1, dtype=np.intp)
    rank[order], rank[-1] = np.arange(len(order)), -1
    ordered = tuple(matches[at] for at in order)
    faults += _doubts(file, ordered, lookup)
    return Matching(ordered, rank[place_of_row], tuple(faults), tuple(warnings))


def unused_decisions(decisions: Mapping[str, str], matchings: Sequence[Matching]) -> list[Warned]:
    """Return a warning per decision about a spelling that is in none of the files any more."""
    there = {match.spelling for matching in matchings for match in matching.matches}
    return [
        Warned("companies", "who_decision_unused", {"value": shown(spelling)})
        for spelling in sorted(decisions)
        if spelling not in there
    ]


def _unique(codes: list[str], names: list[str]) -> tuple[list[tuple[str, str]], Ints]:
    """Return the spellings that differ, and the place among them of each row; -1 of blank ones."""
    raw: dict[tuple[str, str], int] = {}
    raw_of_row = np.fromiter(
        (raw.setdefault(pair, len(raw)) for pair in zip(codes, names, strict=True)),
        dtype=np.intp,
        count=len(codes),
    )
    tidy: dict[tuple[str, str], int] = {}
    places = []
    for code, name in raw:
        pair = filled(code), filled(name)
        places.append(tidy.setdefault(pair, len(tidy)) if any(pair) else -1)
    return list(tidy), np.array(places, dtype=np.intp)[raw_of_row]


def _core(name: str) -> str:
    return glued(core_words(name))


def _places(keys: Sequence[Sequence[str] | set[str]]) -> dict[str, list[int]]:
    """Return where each key is found, without those that are empty."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, several in enumerate(keys):
        for key in sorted(set(several)):
            if key:
                found[key].append(place)
    return found


def _one_less(form: str) -> set[str]:
    """Return a code and each form of it that lacks one character.

    Codes that share one are one character apart, or have two that are swapped.
    """
    if len(form) < _SHORTEST:
        return set()
    return {form, *(form[:at] + form[at + 1 :] for at in range(len(form)))}


Sure = tuple[str | None, How, tuple[Candidate, ...], str | None]
"""Company, how, candidates and doubt of a match."""


class _Lookup:
    """A list of companies by each form in which they may be typed."""

    def __init__(self, companies: Sequence[Listed]) -> None:
        self._companies = companies
        self._place_of_key = {company.key: place for place, company in enumerate(companies)}
        self._codes = _places([(code_form(c.code),) for c in companies])
        self._loose = _places([(loose_code(c.code),) for c in companies])
        self._registers = _places(
            [{number for n in c.registers if (number := register_number(n))} for c in companies]
        )
        self._one_less = _places([_one_less(loose_code(c.code)) for c in companies])
        names = [[n for whole in c.names for n in trading_names(whole)] for c in companies]
        self._core = _places([{_core(n) for n in told} for told in names])
        by_words = _places([{core_words(n) for n in told} for told in names])
        self._words = sorted(by_words)
        self._of_words = [by_words[words] for words in self._words]
        self._sorted = [sorted_words(words) for words in self._words]
        by_word = _places([words.split() for words in self._words])
        self._having = {word: frozenset(at) for word, at in by_word.items()}

    def is_register(self, code: str) -> bool:
        """Whether a cell holds a number of a register and no code of the list."""
        return register_number(code) is not None and not self._loose.get(loose_code(code))

    def tellable(self, typed: tuple[str, str]) -> tuple[str, str]:
        """Return code and name without the numbers of a register among them."""
        code, name = ("" if self.is_register(cell) else cell for cell in typed)
        return code, name

    def all(self, typed: Sequence[tuple[str, str]]) -> list[Sure]:
        """Return what is known of each spelling."""
        found: list[Sure | None] = [None] * len(typed)
        coded: list[set[int]] = []
        for at, (code, name) in enumerate(typed):
            by_name = self._by_name(name or code)
            # Some type their code where their name is asked.
            by_code = self._by_code(code or ("" if by_name else name))
            coded.append(by_code)
            found[at] = self._exact(by_code, by_name, bool(name))
        # What a name says against a code, and what is near, takes comparing.
        compared = []
        for at, ((_, name), sure) in enumerate(zip(typed, found, strict=True)):
            if sure is None or (sure[1] == "code" and name and not self._by_name(name)):
                compared.append(at)
        for at, near in zip(compared, self._near([typed[at] for at in compared]), strict=True):
            sure = found[at]
            if sure is None:
                found[at] = self._doubtful(near, coded[at], typed[at])
            elif self._speaks_against(sure[0], near):
                found[at] = self._choice(near, "who_differ", self._place_of_key[str(sure[0])])
        return [each for each in found if each is not None]

    def _by_code(self, code: str) -> set[int]:
        """Return the companies that a code can be of: one if it is sure."""
        if not code:
            return set()
        if (number := register_number(code)) and (places := self._registers.get(number)):
            return set(places)
        loose = self._loose.get(loose_code(code), [])
        exact = self._codes.get(code_form(code), [])
        return set(exact if len(exact) == 1 else loose)

    def _by_name(self, name: str) -> set[int]:
        """Return the companies that a name can be of: one if it is sure."""
        if not name:
            return set()
        core = core_words(name)
        # Also who types a legal form that only one of them has: people mix forms up. And who
        # types some words of a longer name may mean that company too.
        alike = set(self._core.get(glued(core), ()))
        return alike | self._longer(core) if alike else set()

    def _longer(self, core: str) -> set[int]:
        """Return the companies that have all these words in one of their names."""
        having = sorted((self._having.get(word, _NONE) for word in set(core.split())), key=len)
        names = having[0].intersection(*having[1:]) if having else _NONE
        return {place for at in names for place in self._of_words[at]}

    def _exact(self, by_code: set[int], by_name: set[int], both: bool) -> Sure | None:
        """Return what code and name say without comparing; None if they say nothing."""
        if by_code and by_name and both:
            together = by_code & by_name
            if len(together) == 1:
                return self._sure(together, "code" if len(by_code) == 1 else "name")
            doubt = "who_several" if together else "who_differ"
            return self._among(together or by_code | by_name, doubt)
        if len(by_code) == 1:
            return self._sure(by_code, "code")
        if by_code:
            return self._among(by_code, "who_several")
        if len(by_name) == 1:
            return self._sure(by_name, "name")
        return self._among(by_name, "who_several") if by_name else None

    def _sure(self, places: set[int], how: How) -> Sure:
        return self._companies[next(iter(places))].key, how, (), None

    def _among(self, places: set[int], doubt: str) -> Sure:
        keys = sorted(self._companies[place].key for place in places)
        return None, "near", tuple(Candidate(key, 100.0) for key in keys), doubt

    def _near(self, typed: Sequence[tuple[str, str]]) -> Iterator[dict[int, float]]:
        """Yield the companies whose names are near, each with its likeness."""
        cores = [core_words(name or code) for code, name in typed]
        for start in range(0, len(cores), _BLOCK):
            block = cores[start : start + _BLOCK]
            if not self._sorted:
                yield from ({} for _ in block)
                continue
            alike = process.cdist(
                [sorted_words(core) for core in block],
                self._sorted,
                scorer=fuzz.ratio,
                score_cutoff=NEAR,
                dtype=np.uint8,
            )
            for core, row in zip(block, alike, strict=True):
                (at,) = np.nonzero(row)
                best = at[np.argsort(row[at], kind="stable")[::-1][:_COMPARED]]
                near = set(best.tolist())
                for word in core.split():
                    if len(having := self._having.get(word, _NONE)) <= _RARE:
                        near |= having
                yield self._scored(core, near)

    def _scored(self, core: str, names: set[int]) -> dict[int, float]:
        scores: dict[int, float] = {}
        for name in names:
            words = self._words[name]
            # cdist rounds to whole numbers, and a name that is part of another counts in full.
            score = max(fuzz.token_ratio(core, words), fuzz.ratio(glued(core), glued(words)))
            for place in self._of_words[name] if score >= NEAR else ():
                scores[place] = max(score, scores.get(place, 0.0))
        return scores

    def _doubtful(self, near: dict[int, float], coded: set[int], typed: tuple[str, str]) -> Sure:
        near = {**dict.fromkeys(coded, 100.0), **near}
        if near:
            return self._choice(near, "who_near")
        if not any(self.tellable(typed)):
            return None, "none", (), "who_register"
        # One slip of the finger in a code: all that are that far, or it says nothing.
        form = loose_code(typed[0])
        slips = {
            place: fuzz.ratio(form, loose_code(self._companies[place].code))
            for shorter in _one_less(form)
            for place in self._one_less.get(shorter, ())
        }
        if 0 < len(slips) <= MOST_CANDIDATES:
            return self._choice(slips, "who_near")
        return None, "none", (), "who_none"

    def _choice(self, scores: Mapping[int, float], doubt: str, also: int | None = None) -> Sure:
        every = {**scores, **({} if also is None else {also: scores.get(also, 0.0)})}
        told = [Candidate(self._companies[at].key, round(each, 1)) for at, each in every.items()]
        told.sort(key=lambda each: (-each.score, each.id))
        kept = told[:MOST_CANDIDATES]
        if also is not None and (own := self._companies[also].key) not in {c.id for c in kept}:
            kept = [*kept[:-1], next(c for c in told if c.id == own)]
        return None, "near", tuple(kept), doubt

    def _speaks_against(self, company: str | None, near: dict[int, float]) -> bool:
        """Whether a name is clearly that of another company than its code says."""
        own = self._place_of_key[str(company)]
        others = [score for place, score in near.items() if place != own]
        return bool(others) and max(others) >= CLEARLY and max(others) > near.get(own, 0.0)

    def decide(self, file: str, found: Match, told: str) -> tuple[Match, Fault | Warned | None]:
        """Return a match as a person decided it, and what no longer fits."""
        told = told.strip()
        place = f"{file}, {_place(found)}"
        params = {"value": shown(found.spelling), "company": shown(told)}
        if told != LEAVE_OUT and told not in self._place_of_key:
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

    def label(self, key: str) -> str:
        """Return how a person knows a company: its key and its name."""
        names = self._companies[self._place_of_key[key]].names
        return shown(key if not names or names[0] == key else f"{key} ({names[0]})")


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


def _doubts(file: str, matches: Sequence[Match], lookup: _Lookup) -> Iterator[Fault]:
    """Yield what is left to decide; where much is not in the list at all, that alone."""
    doubtful = [match for match in matches if match.doubt]
    for kind, about in (("code", "codes"), ("name", "names")):
        coded = [bool(m.code) or m.doubt == "who_register" for m in matches]
        asked = [m for m, by in zip(matches, coded, strict=True) if by == (kind == "code")]
        missing = [m for m in asked if m.doubt in ("who_near", "who_none", "who_register")]
        if kind == "code":
            # A wrong code beside a right name is no decision, and tells of the list all the same.
            missing += [m for m in asked if m.how == "name"]
        if len(missing) >= FEWEST_DOUBTED and len(missing) >= WRONG_LIST * len(asked):
            told = [m for m in missing if m.spelling][:3]
            yield Fault(
                file,
                f"who_{about}_of_another_list",
                {
                    "percent": round(100 * len(missing) / len(asked)),
                    "n": len(missing),
                    "total": len(asked),
                    "examples": ", ".join(f"'{shown(m.spelling)}'" for m in told),
                },
            )
            doubtful = [m for m in doubtful if m not in missing]
    for match in doubtful:
        params = {
            "value": shown(match.spelling),
            "n": match.n_rows,
            "candidates": "; ".join(lookup.label(c.id) for c in match.candidates),
        }
        yield Fault(f"{file}, {_place(match)}", str(match.doubt), params)

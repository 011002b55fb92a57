"""A list of companies, looked up by what people type for them.

A code, then a name, that fits one company and can fit no other is sure. What is only near, and
what fits more than one, comes back with the companies that may be meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from rapidfuzz import fuzz, process

from matcher.study.spelling import (
    code_form,
    core_words,
    glued,
    loose_code,
    register_number,
    sorted_words,
    trading_names,
)
from matcher.tables.faults import shown

How = Literal["code", "name", "confirmed", "near", "none"]
NEAR = 70.0
"""Likeness of 0 to 100 from which on a company may be meant."""
CLEARLY = 85.0
"""Likeness from which on a name speaks against the code beside it."""
MOST_CANDIDATES = 5
MOST_COMPARED = 20_000
"""More spellings than this that are not in the list are a wrong list or column: with 5 000
companies it took 40 s to find for 200 000 of them that they are like nothing."""

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


def core_of(name: str) -> str:
    """Return what is left of a name without legal form and article, in one piece."""
    return glued(core_words(name))


def places_by(keys: Sequence[Sequence[str] | set[str]]) -> dict[str, list[int]]:
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


class Lookup:
    """A list of companies by each form in which they may be typed.

    Parameters
    ----------
    companies : sequence of Listed
        No two have one key.
    """

    def __init__(self, companies: Sequence[Listed]) -> None:
        self._companies = companies
        self._place_of_key = {company.key: place for place, company in enumerate(companies)}
        self._codes = places_by([(code_form(c.code),) for c in companies])
        self._loose = places_by([(loose_code(c.code),) for c in companies])
        self._registers = places_by(
            [{number for n in c.registers if (number := register_number(n))} for c in companies]
        )
        self._one_less = places_by([_one_less(loose_code(c.code)) for c in companies])
        names = [[n for whole in c.names for n in trading_names(whole)] for c in companies]
        self._core = places_by([{core_of(n) for n in told} for told in names])
        by_words = places_by([{core_words(n) for n in told} for told in names])
        self._words = sorted(by_words)
        self._of_words = [by_words[words] for words in self._words]
        self._sorted = [sorted_words(words) for words in self._words]
        by_word = places_by([words.split() for words in self._words])
        self._having = {word: frozenset(at) for word, at in by_word.items()}

        self.n_not_compared = 0
        """How many spellings were too many to compare, in the last call of ``all``."""

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
        compared = [
            at
            for at, ((_, name), sure) in enumerate(zip(typed, found, strict=True))
            if sure is None or (sure[1] == "code" and name and not self._by_name(name))
        ]
        cores = {at: core_words(typed[at][1] or typed[at][0]) for at in compared}
        differ = sorted(set(cores.values()))
        self.n_not_compared = len(differ) if len(differ) > MOST_COMPARED else 0
        near = dict(zip(differ, self._near([] if self.n_not_compared else differ), strict=False))
        for at in compared:
            sure, alike = found[at], near.get(cores[at], {})
            if sure is None and self.n_not_compared:
                found[at] = None, "none", (), "who_none"
            elif sure is None:
                found[at] = self._doubtful(alike, coded[at], typed[at])
            elif self._speaks_against(sure[0], alike):
                found[at] = self._choice(alike, "who_differ", self._place_of_key[str(sure[0])])
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

    def _near(self, cores: Sequence[str]) -> Iterator[dict[int, float]]:
        """Yield the companies whose names are near each core, with their likeness."""
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

    def has(self, key: str) -> bool:
        """Return whether the list has a company of this key."""
        return key in self._place_of_key

    def label(self, key: str) -> str:
        """Return how a person knows a company: its key and its name."""
        names = self._companies[self._place_of_key[key]].names
        return shown(key if not names or names[0] == key else f"{key} ({names[0]})")

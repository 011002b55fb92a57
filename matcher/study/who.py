"""The second step of a study: which company, card and state the words in its files stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

from matcher.errors import Fault, InvalidStudy, Refused, Warned
from matcher.messages import say
from matcher.places.lookup import Places
from matcher.study.cards import CardMatch, CardWords
from matcher.study.companies import CompanyList, read_companies
from matcher.study.log import Log, read_log
from matcher.study.lookup import How
from matcher.study.names import Matching, match, unused_decisions
from matcher.study.sources import Respondents, in_file, read_respondents, read_table
from matcher.study.study_file import (
    NAME,
    UNDECIDED,
    FileSettings,
    Pad,
    StudyFile,
    read_study_file,
)
from matcher.tables.faults import shown
from matcher.vocabulary import Language, SbiVersion

_CELL = ("sbi_zero_or_not", "sbi_no_such_code", "sbi_not_a_code", "size_not_read", "size_was_a_day")
_OF_CELLS = frozenset(
    (
        *_CELL,
        *("size_upside_down", "log_not_a_day", "log_state", "log_amount", "when_no_year"),
    )
)
"""Faults of a cell whose meaning a person can say in the study file."""
_OF_WHO = frozenset({"who_near", "who_several", "who_differ", "who_none"})
_OF_WORDS = frozenset({"log_words_near", "log_words_several"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """All files of a study as they were read, with who and what is meant in them."""

    settings: StudyFile
    companies: CompanyList
    respondents: tuple[Respondents, ...]
    matchings: tuple[Matching, ...]
    """The companies of the rows of each file of respondents."""
    log: Log | None
    faults: tuple[Fault, ...]
    """What stops a build, with what waits for a decision."""
    warnings: tuple[Warned, ...]


def no_progress(_: str) -> None:
    """Tell nobody how far a step is."""


def read_known(
    folder: Path,
    cards: CardWords,
    places: Places,
    progress: Callable[[str], None] = no_progress,
) -> Known:
    """Return the files of a study, read as its study file says; each is told once it is read.

    Raises
    ------
    InvalidStudy
        If the study file breaks a rule, or no company list can be read: without one nothing can be
        told of the other files.
    """
    settings = read_study_file(folder)
    faults: list[Fault] = []
    lists = _each(
        settings.of_role("companies"),
        lambda file: _list(folder, file, settings, places),
        faults,
        progress,
    )
    if len(lists) != 1:
        code = "study_no_list" if not lists else "study_two_lists"
        raise InvalidStudy([*faults, *([] if faults and not lists else [Fault(NAME, code)])])
    (companies,) = lists
    read = _each(
        settings.of_role("respondents"),
        lambda f: read_respondents(folder, f, settings),
        faults,
        progress,
    )
    matchings = [
        match(
            file.file,
            file.codes,
            file.names,
            companies.listed,
            _told(settings.companies),
            file.rows,
        )
        for file in read
    ]
    logs = _each(
        settings.of_role("log"),
        lambda f: _log(folder, f, settings, companies, cards),
        faults,
        progress,
    )
    if len(logs) > 1:
        faults.append(Fault(NAME, "study_two_logs"))
    log = logs[0] if logs else None
    warnings = [*companies.warnings]
    for matching in matchings:
        warnings += matching.warnings
    warnings += log.warnings if log else ()
    of_log = (log.matching,) if log else ()
    warnings += unused_decisions(_told(settings.companies), [*matchings, *of_log])
    found = [
        *faults,
        *companies.faults,
        *(fault for matching in matchings for fault in matching.faults),
        *(log.faults if log else ()),
    ]
    return Known(
        settings, companies, tuple(read), tuple(matchings), log, tuple(found), tuple(warnings)
    )


def _each(
    files: Sequence[FileSettings],
    read: Callable[[FileSettings], T],
    faults: list[Fault],
    progress: Callable[[str], None],
) -> list[T]:
    """Return what is read of each file; what is wrong with one gathers among the faults."""
    found = []
    for file in files:
        try:
            found.append(read(file.decided()))
        except Refused as refused:
            faults += [in_file(file.name, fault) for fault in refused.faults]
        progress(file.name)
    return found


def _told(decisions: object) -> dict[str, str]:
    """Return the decisions that were taken."""
    return {key: told for key, told in dict(decisions).items() if told != UNDECIDED}  # type: ignore[call-overload]


def _list(folder: Path, file: FileSettings, settings: StudyFile, places: Places) -> CompanyList:
    table = read_table(folder, file)
    version: SbiVersion | None = file.sbi_version or None
    return read_companies(
        file.name,
        table.columns,
        places,
        rows=table.rows,
        roles=table.roles,
        answers=_told(settings.cells),
        sbi_version=version,
    )


def _log(
    folder: Path, file: FileSettings, settings: StudyFile, companies: CompanyList, cards: CardWords
) -> Log:
    table = read_table(folder, file)
    return read_log(
        file.name,
        table.columns,
        companies.listed,
        cards,
        rows=table.rows,
        roles=table.roles,
        who=_told(settings.companies),
        what=_told(settings.cards),
        answers=_told(settings.cells),
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words for which a person has to say what they stand for."""

    table: str
    """Of the study file: ``companies``, ``cards`` or ``cells``."""
    words: str
    fault: Fault
    """Says why, and what they may stand for."""

    def is_open(self, settings: StudyFile) -> bool:
        """Whether the study file has them with a question mark."""
        told: str | None = getattr(settings, self.table).get(self.words)
        return told == UNDECIDED


def doubts(known: Known) -> Iterator[Doubt]:
    """Yield what a person has to decide of the words in the files, each once."""
    seen: set[tuple[str, str]] = set()
    matchings = [*known.matchings, *([known.log.matching] if known.log else [])]
    spelled = {
        shown(each.spelling): each.spelling for matching in matchings for each in matching.matches
    }
    for fault in known.faults:
        value = str(fault.params.get("value", ""))
        if fault.code in _OF_WHO:
            key = "companies", spelled.get(value, value)
        elif fault.code in _OF_WORDS:
            key = "cards", value
        elif fault.code in _OF_CELLS:
            key = "cells", value
        else:
            continue
        if key not in seen:
            seen.add(key)
            yield Doubt(*key, fault)


@dataclass(frozen=True, slots=True)
class Matched:
    """What the second step brought."""

    known: Known
    doubts: tuple[Doubt, ...]
    n_rows: dict[str, int]
    """How a row found its company -> how many rows."""
    words: tuple[CardMatch, ...]

    @property
    def others(self) -> tuple[Fault, ...]:
        """What is wrong that no decision in the study file mends."""
        mine = {id(doubt.fault) for doubt in self.doubts}
        codes = _OF_WHO | _OF_WORDS | _OF_CELLS
        return tuple(f for f in self.known.faults if id(f) not in mine and f.code not in codes)


def match_study(
    folder: Path, cards: CardWords, places: Places, language: Language = "nl"
) -> Matched:
    """Look up every company, card and state, and write what is doubtful to the study file.

    What is doubtful stands there as ``"?"`` with what it may be behind it; what is decided already
    is not asked again.

    Raises
    ------
    InvalidStudy
        If the study file breaks a rule, or there is not one list of companies that can be read.
    OSError
        If the study file cannot be written.
    """
    known = read_known(folder, cards, places)
    found = tuple(doubts(known))
    pad = Pad.open(folder, language)
    written = [
        pad.put(doubt.table, doubt.words, UNDECIDED, _why(doubt.fault, language)) for doubt in found
    ]
    if any(written):
        pad.save(folder)
    counts: dict[str, int] = dict.fromkeys((*get_args(How), "blank"), 0)
    for matching in (*known.matchings, *([known.log.matching] if known.log else [])):
        for how, n in matching.counts.items():
            counts[how] += n
        counts["blank"] += matching.n_without
    return Matched(known, found, counts, known.log.words if known.log else ())


def _why(fault: Fault, language: Language) -> str:
    """Return what words may stand for, as a comment; the whole rule where that is not known."""
    n = fault.params.get("n", 1)
    for key in ("candidates", "cards", "codes"):
        if likely := str(fault.params.get(key, "")):
            return say(language, "study.likely", n=n, likely=likely)
    return fault.text(language)

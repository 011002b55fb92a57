"""A log of what companies tried, in free words: which card, from when to when, how far.

What is off the menu is kept as it was called and counted. Of the free texts in a log (remarks,
reasons, who was spoken to) nothing is read: they hold names of people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher.errors import Fault, Warned
from matcher.study.cards import CardMatch, CardWords, form
from matcher.study.columns import Roles, cells_of, chosen_roles, first_rows, heading_of
from matcher.study.lookup import Listed
from matcher.study.names import Matching, match
from matcher.study.spelling import filled
from matcher.study.states import read_state
from matcher.study.when import When, read_period, read_when
from matcher.tables.cells import read_number
from matcher.tables.faults import shown
from matcher.tables.kinds import FIRST_YEAR, LAST_YEAR, Number
from matcher.trials.columns import COST, HOURS, PARTICIPANTS, STATE_TWINS, STATES, State
from matcher.trials.pseudonyms import names_a_person

_AMOUNTS: Mapping[str, Number] = {"participants": PARTICIPANTS, "hours": HOURS, "cost": COST}

_YEARS = {"first": FIRST_YEAR, "last": LAST_YEAR}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a log; None is unknown."""

    row: int
    company: str | None
    """Key of the company of the list; None where that has to be decided, or it is none."""
    card: str | None
    """Id of the card, or ``geen``; None off the menu, and where that has to be decided."""
    off_menu: str | None
    """What it was called where it is no card."""
    start: When | None
    end: When | None
    state: State
    participants: float | None = None
    hours: float | None = None
    """Off the job, for each participant."""
    cost: float | None = None
    """In euros."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log as it was read."""

    entries: tuple[Entry, ...]
    roles: Roles
    """Heading -> what its column was taken for."""
    matching: Matching
    """Who is who in it."""
    words: tuple[CardMatch, ...]
    """What the different words for an approach stand for, in the order of the file."""
    faults: tuple[Fault, ...]
    warnings: tuple[Warned, ...]

    @property
    def off_menu(self) -> Mapping[str, int]:
        """What is off the menu as it was called first -> how many rows, the most first."""
        return dict(Counter(each.off_menu for each in self.entries if each.off_menu).most_common())


def read_log(
    file: str,
    columns: Mapping[str, Sequence[str]],
    companies: Sequence[Listed],
    cards: CardWords,
    *,
    rows: Sequence[int] | None = None,
    roles: Roles | None = None,
    who: Mapping[str, str] | None = None,
    what: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
) -> Log:
    """Return what a log in text cells tells, with all faults at once.

    Parameters
    ----------
    file : str
        Its name, for faults.
    columns : mapping
        Heading -> the cells below it, all of one length.
    companies : sequence of Listed
        The list of companies.
    cards : CardWords
    rows : sequence of int, optional
        Row of the file of each cell; by default the first is row 2.
    roles : mapping, optional
        Heading -> what somebody says that its column holds; the others are guessed.
    who, what : mapping, optional
        Decisions: spelling of a company -> its key, and words -> card; see ``match`` and
        ``CardWords.find``.
    answers : mapping, optional
        Cell -> what somebody says that it means: a day, a state or a number.
    """
    n_rows = max(map(len, columns.values()), default=0)
    numbers = list(range(2, n_rows + 2) if rows is None else rows)
    held, faults = chosen_roles(file, "log", columns.keys(), roles)
    table = _Table(file, columns, held, numbers, answers or {}, faults, [])
    codes, names = table.cells("code"), table.cells("name")
    matching = match(file, codes, names, companies, who, numbers)
    table.faults.extend(matching.faults)
    table.warnings.extend(matching.warnings)
    found = table.cards(cards, what)
    starts, ends, states = table.days_and_states()
    amounts = {role: table.amounts(role, kind) for role, kind in _AMOUNTS.items()}
    entries, wordless = [], []
    for at, company in enumerate(matching.companies()):
        if not any(filled(cells[at]) for heading, cells in columns.items() if held[heading] != "-"):
            continue
        card = found.get(filled(table.cells("intervention")[at]))
        wordless += [at] if card is None else []
        entries.append(
            Entry(
                numbers[at],
                company,
                card.card if card else None,
                card.words if card and card.card is None and _is_off(card) else None,
                starts[at],
                ends[at],
                states[at],
                **{role: values[at] for role, values in amounts.items()},
            )
        )
    if wordless and "intervention" in held.values():
        place = table.place(wordless[0], "intervention")
        table.faults.append(Fault(place, "log_no_words", {"n": len(wordless)}))
    return Log(
        tuple(entries),
        held,
        matching,
        tuple(dict.fromkeys(found.values())),
        tuple(table.faults),
        tuple(table.warnings),
    )


def _is_off(card: CardMatch) -> bool:
    return card.how in ("off_menu", "confirmed")


@dataclass(frozen=True, slots=True)
class _Table:
    """A log while it is read; faults and warnings gather in it."""

    file: str
    columns: Mapping[str, Sequence[str]]
    roles: Roles
    rows: Sequence[int]
    answers: Mapping[str, str]
    faults: list[Fault]
    warnings: list[Warned]

    def cells(self, role: str) -> Sequence[str]:
        """Return the cells of a role."""
        return cells_of(self.columns, self.roles, role, len(self.rows))

    def place(self, at: int, role: str) -> str:
        """Return the place of a cell."""
        return f"{self.file}, row {self.rows[at]}, {heading_of(self.roles, role)}"

    def cards(self, cards: CardWords, what: Mapping[str, str] | None) -> Mapping[str, CardMatch]:
        """Return what each different cell of words means; what has to be decided is a fault."""
        if "intervention" not in self.roles.values():
            told = {"columns": ", ".join(map(shown, self.columns))}
            self.faults.append(Fault(self.file, "log_no_column", told))
            return {}
        cells = list(map(filled, self.cells("intervention")))
        heading = heading_of(self.roles, "intervention")
        found: dict[str, CardMatch] = {}
        called: dict[str, str] = {}
        for cell, (n, first) in first_rows(cells, self.rows).items():
            card = cards.find(cell, what)
            if card is None:
                continue
            # One thing off the menu is counted once, however it is written.
            words = called.setdefault(form(cell), card.words)
            found[cell] = CardMatch(words, card.card, card.how, card.candidates)
            place = f"{self.file}, row {first[0]}, {heading}"
            labels = ", ".join(cards.label(each.id) for each in card.candidates)
            params: dict[str, object] = {"value": shown(cell), "n": n, "cards": labels}
            if card.how in ("near", "several"):
                self.faults.append(Fault(place, f"log_words_{card.how}", params))
            elif card.how == "confirmed" and not cards.knows(card.card):
                params["card"] = shown(str(card.card))
                self.faults.append(Fault(place, "log_no_such_card", params))
            if card.how == "off_menu" and names_a_person(cell):
                self.warnings.append(Warned(heading, "names_a_person", {}, tuple(first), n))
        return found

    def days_and_states(self) -> tuple[list[When | None], list[When | None], list[State]]:
        """Return begin, end and state of each row."""
        starts = self._days("start")
        ends = self._days("end")
        states = self._states()
        begin, end = self.cells("start"), self.cells("end")
        for at in range(len(self.rows)):
            both = read_period(self._answer(begin[at]))
            if both and not filled(end[at]):
                starts[at], ends[at] = both
            first, last = starts[at], ends[at]
            # An end that says that it still runs tells the state, where nothing else does.
            state = read_state(end[at]) if last is None and filled(end[at]) else None
            if state == "started" and states[at] == "unknown":
                states[at] = state
            if first and last and last.latest < first.earliest:
                told = {"value": shown(filled(end[at])), "start": shown(filled(begin[at]))}
                self.faults.append(Fault(self.place(at, "end"), "log_end_before_start", told))
            elif last and states[at] == "not_started":
                told = {"value": shown(filled(end[at]))}
                self.faults.append(Fault(self.place(at, "end"), "log_end_of_nothing", told))
        return starts, ends, states

    def _answer(self, cell: str) -> str:
        return self.answers.get(filled(cell), cell)

    def _days(self, role: str) -> list[When | None]:
        cells = self.cells(role)
        found: dict[str, When | None] = {}
        for cell, (n, first) in first_rows(cells, self.rows).items():
            typed = self._answer(cell)
            when = read_when(typed)
            if isinstance(when, str):
                found[cell] = None
                period = role == "start" and read_period(typed)
                if not period and not (role == "end" and read_state(typed) == "started"):
                    place = f"{self.file}, row {first[0]}, {heading_of(self.roles, role)}"
                    params = {"value": shown(filled(cell)), "n": n, **_YEARS}
                    code = "log_not_a_day" if when == "table_not_a_date" else when
                    self.faults.append(Fault(place, code, params))
            else:
                found[cell] = when
        return [found[cell] for cell in cells]

    def _states(self) -> list[State]:
        cells = self.cells("state")
        found: dict[str, State] = {}
        for cell, (n, first) in first_rows(cells, self.rows).items():
            typed = filled(self._answer(cell))
            known = STATE_TWINS.get(typed, typed)
            state = next((each for each in STATES if each == known), None) or read_state(typed)
            if state is None:
                place = f"{self.file}, row {first[0]}, {heading_of(self.roles, 'state')}"
                params = {"value": shown(filled(cell)), "n": n}
                self.faults.append(Fault(place, "log_state", params))
            found[cell] = state or "unknown"
        return [found[cell] for cell in cells]

    def amounts(self, role: str, kind: Number) -> list[float | None]:
        """Return the number of each row in a column of numbers."""
        cells = self.cells(role)
        found: dict[str, float | None] = {}
        for cell, (n, first) in first_rows(cells, self.rows).items():
            typed = filled(self._answer(cell))
            number = read_number(typed.removeprefix("€").strip()) if typed else None
            found[cell] = None if isinstance(number, str) else number
            params: dict[str, object] = {"value": shown(typed), "n": n}
            code: str | None = number if isinstance(number, str) else None
            least, most = kind.bounds
            if isinstance(number, float) and least is not None and number < least:
                code, params["bound"] = "table_too_small", f"{least:g}"
            if isinstance(number, float) and most is not None and number > most:
                code, params["bound"] = "table_too_large", f"{most:g}"
            if code:
                found[cell] = None
                place = f"{self.file}, row {first[0]}, {heading_of(self.roles, role)}"
                self.faults.append(Fault(place, code, params))
        return [found[cell] for cell in cells]

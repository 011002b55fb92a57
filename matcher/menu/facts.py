"""What the menu says of law, money, providers and evidence: each once, with source and date.

A fact is right on the day that it was checked. What it is on another day follows from its own
dates (``state``), so that nobody has to change a text on the day that a scheme ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from matcher.menu.texts import Day, Line, Listed, Slug, Text, is_day
from matcher.validation import Array, Loc, Value, broken, shown

Kind = Literal["law", "money", "provider", "evidence", "term"]
Certainty = Literal["high", "medium", "low"]

SOON = 90
"""Days before a deadline from which it stands at the top of a card and of the sheet."""
MAX_FACTS = 1_000
MAX_ADDRESS = 500


def is_address(value: object) -> bool:
    """Return whether a value is the address of a public page: https, a host, no name or port."""
    if not isinstance(value, str) or len(value) > MAX_ADDRESS or not value.isascii():
        return False
    if any(ch.isspace() or not ch.isprintable() or ch in "\"'<>\\" for ch in value):
        return False
    try:
        parts = urlsplit(value)
        plain = parts.port is None and parts.username is None and parts.password is None
    except ValueError:  # of brackets, or a port that is no number
        return False
    host = parts.hostname or ""
    labels = host.split(".")
    named = len(labels) > 1 and all(label.replace("-", "").isalnum() for label in labels)
    return parts.scheme == "https" and plain and named and not parts.netloc.endswith(":")


def _address(value: object) -> object:
    if not is_address(value):
        raise broken("menu_not_an_address")
    return value


class Source(Value):
    """Where a fact was found; what everybody knows has a title only, and is of low certainty."""

    title: Line
    address: Annotated[str, PlainValidator(_address)] = ""


class Window(Value):
    """The days between which a grant can be applied for, both included."""

    opens: Day
    closes: Day


class Fact(Value):
    """A statement that was checked on a day; without that day it never was."""

    id: Slug
    kind: Kind
    text: Text
    source: Source
    checked: Day | None
    certainty: Certainty
    valid_until: Day | None = None
    """The last day on which it holds."""
    changes_yearly: bool = False
    """Whether it has to be checked anew in every year."""
    deadline: Day | None = None
    """The last day on which the company can do what it has to do."""
    deadline_text: Text | None = None
    """What it has to do, in a sentence that stands alone."""
    windows: Annotated[Array[Window], Field(alias="window", max_length=20)] = ()
    ask: Text | None = None
    """With whom to check it: "de NAU"."""
    region: Listed[Slug] = ()
    """Provinces or labour-market regions where it holds; none is everywhere."""
    warns: bool = False
    """Whether a company should read it before it chooses the card."""
    marks: str = ""
    """Numbers of the sources in ``[source]`` on which it rests, with commas."""


Age = Literal["fresh", "past", "never_checked"]
Gate = Literal["open", "ahead", "unknown"]


@dataclass(frozen=True, slots=True)
class State:
    """What a fact is on a day."""

    age: Age
    last_day: date | None
    """The last day on which it counts as it stands; None is no known end."""
    deadline_in: int | None
    """Days until its deadline: 0 on the day itself, below it afterwards; None without one."""
    gate: Gate | None
    """Whether a grant can be applied for: open, opens later, or not known when; None without."""
    turns: date | None
    """The day on which an open window closes, or the next one opens."""

    @property
    def pressing(self) -> bool:
        """Whether its deadline is near and not over."""
        return self.deadline_in is not None and 0 <= self.deadline_in <= SOON


def last_day(fact: Fact) -> date | None:
    """Return the last day on which a fact counts as it stands; None where it has no known end."""
    days = [day for day in (fact.valid_until, fact.deadline) if day is not None]
    if fact.changes_yearly and fact.checked is not None:
        days.append(date(fact.checked.year, 12, 31))
    return min(days, default=None)


def state(fact: Fact, today: date) -> State:
    """Return what a fact is on a day: the same for the same two, whatever the clock says.

    Examples
    --------
    >>> from matcher.menu.card import read_menu
    >>> from matcher.paths import MENU
    >>> report = read_menu(MENU).fact("wtta-melden")
    >>> state(report, date(2026, 12, 1)).deadline_in
    30
    >>> state(report, date(2027, 1, 2)).age
    'past'
    """
    gate, turns = _gate(fact.windows, today)
    ends = last_day(fact)
    age: Age = "fresh"
    # A day that is yet to come is a slip of the hand: nobody has checked anything on it.
    if fact.checked is None or fact.checked > today:
        age = "never_checked"
    elif ends is not None and ends < today:
        age = "past"
    return State(
        age=age,
        last_day=ends,
        deadline_in=(fact.deadline - today).days if fact.deadline else None,
        gate=gate,
        turns=turns,
    )


def _gate(windows: Iterable[Window], today: date) -> tuple[Gate | None, date | None]:
    windows = tuple(windows)
    if not windows:
        return None, None
    closing = [each.closes for each in windows if each.opens <= today <= each.closes]
    if closing:
        return "open", max(closing)
    opening = [each.opens for each in windows if each.opens > today]
    return ("ahead", min(opening)) if opening else ("unknown", None)


FIELD_OF: Mapping[Kind, str] = {"money": "money", "evidence": "study", "law": "roles"}
"""Kind -> the text of a card in which it is told to programs that read no facts."""


def told_in(fact: Fact) -> str | None:
    """Return the text of a card in which a fact is told to programs that read no facts."""
    return "legal_warning" if fact.warns else FIELD_OF.get(fact.kind)


# What pydantic cannot say of one field: the dates among each other. Each looks at the raw table
# and passes over what the schema refuses already, so that all faults of a file are told at once.


def date_faults(raw: Mapping[str, Any]) -> Iterator[tuple[Loc, str, dict[str, object]]]:
    """Find dates of a fact that contradict each other, and what needs another key beside it.

    Yields
    ------
    Where in the table of the fact, the code of the fault, and what its sentence needs.
    """
    checked, until, deadline = (raw.get(k) for k in ("checked", "valid_until", "deadline"))
    if _later(checked, until):
        yield ("valid_until",), "menu_fact_ended", {"value": str(until), "checked": str(checked)}
    if is_day(deadline) and "deadline_text" not in raw:
        yield ("deadline_text",), "menu_fact_no_deadline_text", {"value": str(deadline)}
    if "deadline_text" in raw and "deadline" not in raw:
        yield ("deadline",), "menu_fact_no_deadline", {}
    windows = raw.get("window")
    for number, window in enumerate(windows if isinstance(windows, list) else ()):
        if isinstance(window, dict) and _later(window.get("opens"), window.get("closes")):
            dates: dict[str, object] = {k: str(window[k]) for k in ("opens", "closes")}
            yield ("window", number, "closes"), "menu_window_order", dates
    source = raw.get("source")
    if isinstance(source, dict) and "address" not in source and raw.get("certainty") != "low":
        value = shown(raw.get("certainty"))
        yield ("source", "address"), "menu_fact_no_address", {"value": value}


def _later(one: object, other: object) -> bool:
    return is_day(one) and is_day(other) and one > other  # type: ignore[operator]

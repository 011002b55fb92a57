"""The menu card: every intervention an advisor can propose, in order, with what is known of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import numpy as np

from matcher.arrays import Bools
from matcher.errors import Fault, InvalidMenu
from matcher.menu.checks import read_table
from matcher.menu.facts import Fact, Kind, Source, told_in
from matcher.menu.schema import UNKNOWN, Condition, Intervention, MenuTable, Range, Success
from matcher.menu.texts import Text
from matcher.messages import say
from matcher.validation import Value, shown
from matcher.vocabulary import LANGUAGES

__all__ = [
    "Condition",
    "Fact",
    "Intervention",
    "Menu",
    "Range",
    "Success",
    "Text",
    "as_one_text",
    "parse_menu",
    "read_menu",
]

MAX_BYTES = 1_000_000
"""A menu card is edited by hand; a larger file is something else."""
MAX_LINE = 2_000
"""Longer lines are not written by hand either, and a parser may need their square in memory."""


@dataclass(frozen=True)
class Menu:
    """The interventions in menu order; ids are unique."""

    version: str
    status: str
    interventions: tuple[Intervention, ...]
    sources: Mapping[str, str]
    facts: tuple[Fact, ...]
    """Every fact, those of a single card behind those of the menu; ids are unique."""
    source_text: str
    """The file as it was read, so that a model version can carry it."""

    def __iter__(self) -> Iterator[Intervention]:
        return iter(self.interventions)

    def __len__(self) -> int:
        return len(self.interventions)

    @cached_property
    def by_id(self) -> Mapping[str, Intervention]:
        """Id -> intervention."""
        return {card.id: card for card in self.interventions}

    @cached_property
    def ids(self) -> Sequence[str]:
        """Ids in menu order."""
        return tuple(card.id for card in self.interventions)

    @cached_property
    def ranked_sha256(self) -> str:
        """SHA-256 in hex of what the order of the cards can depend on: no text, no fact, no mark.

        A model that was fitted with a menu of the same values answers as well from a renewed text.
        """
        values = [[_ranked(card), *map(_ranked, card.conditions)] for card in self.interventions]
        # Amounts that nobody knows are a set, which has no order of its own.
        return sha256(json.dumps(values, sort_keys=True, default=sorted).encode()).hexdigest()

    @cached_property
    def _fact_by_id(self) -> Mapping[str, Fact]:
        return {fact.id: fact for fact in self.facts}

    def fact(self, name: str) -> Fact:
        """Return a fact by its id; KeyError if there is none."""
        return self._fact_by_id[name]

    def cards_of(self, fact: Fact) -> tuple[Intervention, ...]:
        """Return the cards on which a fact stands, in menu order."""
        return tuple(card for card in self.interventions if fact in card.told)

    @cached_property
    def rankable(self) -> tuple[Intervention, ...]:
        """The cards that get a place of their own: all but the enablers."""
        return tuple(card for card in self.interventions if not card.enabler)

    @cached_property
    def is_rankable(self) -> Bools:
        """(n_cards,) whether each card gets a place of its own."""
        return np.array([not card.enabler for card in self.interventions])


_NOT_RANKED = {"facts", "own_facts", "told", "marks", "status"}


def _ranked(table: Value) -> dict[str, object]:
    """Return the values of a card, or of a condition, without what only people read."""
    said = {
        name
        for name, field in type(table).model_fields.items()
        if Text in (field.annotation, *get_args(field.annotation))
    }
    return table.model_dump(exclude=said | _NOT_RANKED | {"conditions"})


def _unknowns(raw: Mapping[str, Any]) -> frozenset[str]:
    """Return the amounts that the file calls unknown."""
    whole = {key for key, value in raw.items() if value == UNKNOWN}
    largest = {
        f"{key}.max"
        for key, value in raw.items()
        if isinstance(value, dict) and value.get("max") == UNKNOWN
    }
    return frozenset(whole | largest)


_AT_LINE = re.compile(r"at line (\d+)")
_DOUBLE_KEY = ("Cannot overwrite", "Cannot declare", "Duplicate inline")


def _syntax_fault(error: Exception, text: str, file_name: str) -> Fault:
    """Name the line that is no TOML, and show it."""
    lines = text.splitlines()
    found = _AT_LINE.search(str(error))
    number = min(int(found[1]), len(lines)) if found else len(lines)
    line = shown(lines[number - 1].strip()) if lines else ""
    double = str(error).startswith(_DOUBLE_KEY)
    code = "menu_double_key" if double else "menu_syntax"
    return Fault(f"{file_name}, line {number}", code, {"value": line})


# A version mostly carries the menu that is served: reading it again would be a tenth of the start.
@lru_cache(maxsize=2)
def parse_menu(text: str, file_name: str) -> Menu:
    """Return the menu in the text of a file.

    Raises
    ------
    InvalidMenu
        With all faults at once, each with file, table and key; a text that is no TOML has one,
        with its line.
    """
    if len(text) > MAX_BYTES:
        fault = Fault(file_name, "menu_too_long", {"value": len(text), "bound": MAX_BYTES})
        raise InvalidMenu([fault])
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > MAX_LINE:
            where = f"{file_name}, line {number}"
            raise InvalidMenu([Fault(where, "menu_long_line", {"bound": MAX_LINE})])
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    # A thousand brackets are a RecursionError to the parser.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidMenu([_syntax_fault(error, text, file_name)]) from None
    table = read_table(raw, file_name)
    cards = tuple(
        _completed(card, row, table)
        for card, row in zip(table.intervention, raw["intervention"], strict=True)
    )
    shared = {fact.id for fact in table.fact}
    own = (fact for card in cards for fact in card.told if fact.id not in shared)
    return Menu(
        version=table.version,
        status=table.status,
        interventions=cards,
        sources=dict(table.source),
        facts=(*table.fact, *own),
        source_text=text,
    )


_FORMER: Mapping[str, Kind] = {"money": "money", "study": "evidence", "legal_warning": "law"}
"""Text of a card in a menu of the former release -> the kind of fact that it is now."""


def _completed(card: Intervention, row: Mapping[str, Any], table: MenuTable) -> Intervention:
    """Return a card with what the rest of the file says of it."""
    shared = {fact.id: fact for fact in table.fact}
    # No id that somebody writes has two hyphens in a row: this one is nobody else's.
    own = (_renamed(fact, f"{card.id}--{fact.id}") for fact in card.own_facts)
    told = (*(shared[name] for name in card.facts), *own)
    marks = table.marks | card.marks | _marks_of(card, told)
    with_facts = bool(table.fact) or any(each.own_facts for each in table.intervention)
    former = [
        _former(card, name, marks, table.source)
        for name in (("legal_warning",) if with_facts else _FORMER)
        if getattr(card, name) is not None
    ]
    return card.model_copy(
        update={
            "told": (*told, *former),
            "marks": marks,
            "unknown": _unknowns(row),
            **{name: None for name in map(told_in, former) if name is not None},
        }
    )


def _renamed(fact: Fact, name: str) -> Fact:
    return fact.model_copy(update={"id": name})


def _marks_of(card: Intervention, told: tuple[Fact, ...]) -> dict[str, str]:
    """Return where the texts of a card come from that facts tell, its own marks first."""
    found: dict[str, list[str]] = {}
    for fact in told:
        name = told_in(fact)
        if name is not None and fact.marks:
            before = found.setdefault(name, [m for m in (card.marks.get(name),) if m])
            before.append(fact.marks)
    split = {name: ",".join(parts).split(",") for name, parts in found.items()}
    return {name: ",".join(dict.fromkeys(map(str.strip, each))) for name, each in split.items()}


def _former(
    card: Intervention, name: str, marks: Mapping[str, str], sources: Mapping[str, str]
) -> Fact:
    """Return a text of a menu that knew no facts as a fact that nobody checked."""
    named = (mark.strip() for mark in marks.get(name, "").split(","))
    cited = [sources[mark] for mark in named if mark in sources]
    return Fact.model_construct(
        id=f"{card.id}--{name.replace('_', '-')}",
        kind=_FORMER[name],
        text=getattr(card, name),
        source=Source.model_construct(title="; ".join(cited), address=""),
        checked=None,
        certainty="low",
        warns=name == "legal_warning",
    )


def as_one_text(card: Intervention, name: str) -> Text | None:
    """Return a text of a card with the facts that belong to it, for who reads no facts.

    ``name`` is ``money``, ``study``, ``roles`` or ``legal_warning``. None where there is nothing.
    """
    facts = [fact for fact in card.told if told_in(fact) == name]
    own = getattr(card, name)
    parts = [text for text in (own, *(fact.text for fact in facts)) if text is not None]
    if not parts:
        return None
    for fact in facts:
        if fact.windows and fact.ask is not None:
            told = (say(lang, "menu.ask_when", ask=fact.ask.of(lang)) for lang in LANGUAGES)
            parts.append(Text(**dict(zip(LANGUAGES, told, strict=True))))
    if any(fact.kind == "money" and fact.checked for fact in facts):
        parts.append(Text(nl=say("nl", "menu.check_first"), en=say("en", "menu.check_first")))
    # Together they may be longer than one text of the file may be.
    return Text.model_construct(
        nl=" ".join(part.nl for part in parts), en=" ".join(part.en for part in parts)
    )


def read_menu(path: Path | str) -> Menu:
    """Return the menu in a file.

    Raises
    ------
    InvalidMenu
        If the file is not there, is not text, or breaks a rule; faults name the file without its
        folder.

    Examples
    --------
    >>> from matcher.paths import MENU
    >>> read_menu(MENU).by_id["bbl"].enabler
    False
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        raise InvalidMenu([Fault(path.name, "menu_no_file")]) from None
    if len(content) > MAX_BYTES:
        fault = Fault(path.name, "menu_too_long", {"bound": MAX_BYTES})
        raise InvalidMenu([fault])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidMenu([Fault(f"{path.name}, line {line}", "menu_not_utf8")]) from None
    return parse_menu(text, path.name)

"""Every check of the menu card: its form first, then what one table cannot know by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from matcher.errors import Fault, InvalidMenu, InvalidProfile
from matcher.menu.facts import Kind, date_faults
from matcher.menu.schema import (
    LIST_FIELDS,
    MAX_FAULTS,
    NO_STUDY,
    Intervention,
    MenuTable,
    closest,
    keys_of,
    place,
    schema_fault,
)
from matcher.menu.texts import SLUG
from matcher.profile.schema import Profile, read_profile
from matcher.validation import HUGE, LONGEST, Loc, shown
from matcher.vocabulary import SECTOR_GROUPS


def _relation_fault(
    loc: Loc, code: str, params: dict[str, object], raw: object, file_name: str
) -> Fault:
    known = params.pop("known", None)
    if isinstance(known, Iterable):
        params["closest"] = closest(params.get("value", params.get("name")), known)
    return Fault(place(loc, raw, file_name), code, params)


# What one table cannot know by itself. Each of these looks at the raw file and passes over what
# the schema refuses already, so that all faults of a file are told at once. "known" among the
# parameters are the names to search for a likely one, once the fault is among those that are told.

_Found = Iterator[tuple[Loc, str, dict[str, object]]]


def _rows(table: object, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = table.get(key) if isinstance(table, dict) else None
    if isinstance(rows, list):
        for number, row in enumerate(rows):
            if isinstance(row, dict):
                yield number, row


def _strings(value: object) -> Iterator[tuple[int, str]]:
    if isinstance(value, list) and len(value) <= LONGEST:
        yield from ((i, item) for i, item in enumerate(value) if isinstance(item, str))


def _double_ids(rows: Iterable[tuple[int, dict[str, Any]]]) -> _Found:
    first: dict[str, int] = {}
    for number, row in rows:
        given = row.get("id")
        if isinstance(given, str):
            if given in first:
                found = {"value": shown(given), "first": first[given] + 1}
                yield (number, "id"), "menu_double_id", found
            first.setdefault(given, number)


def _links(card: dict[str, Any], ids: frozenset[str]) -> _Found:
    """Find named cards that do not exist, are the card itself, or go both with and without it."""
    with_it = {other for _, other in _strings(card.get("goes_with"))}
    for key in ("goes_with", "excludes"):
        for number, other in _strings(card.get(key)):
            found: dict[str, object] = {"value": shown(other)}
            if other == card.get("id"):
                yield (key, number), "menu_itself", found
            elif other not in ids:
                if SLUG.fullmatch(other) and ids:
                    found["known"] = ids
                    yield (key, number), "menu_unknown_id", found
            elif key == "excludes" and other in with_it:
                yield (key, number), "menu_with_and_without", found


def _mark_faults(marks: object, sources: object) -> _Found:
    """Find marks of an attribute that does not exist, or from a source that is not listed."""
    if not isinstance(marks, dict):
        return
    known = frozenset(sources) if isinstance(sources, dict) else frozenset()
    for name, mark in marks.items():
        if name not in keys_of(Intervention):
            found: dict[str, object] = {"name": shown(name), "known": keys_of(Intervention)}
            yield (name,), "menu_unknown_key", found
        if isinstance(mark, str):
            for part in mark.split(","):
                if part.strip() not in known | NO_STUDY:
                    yield (name,), "menu_unknown_source", {"value": shown(part.strip())}


CONDITION_FIELDS: tuple[str, ...] = (
    *(name for name in Profile.model_fields if name not in ("sector", "sbi_version")),
    "sector_group",
)
"""What a condition may look at. Not the letter of a sector: it means two things in two schemes."""

_ORDERED = frozenset({"employees", "culture_baseline", "owner_support"})
_OTHERS = {
    "employees": 10,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["vakkennis"],
    "staffing_pressure": "gemiddeld",
}


def _operators(field: str) -> tuple[str, ...]:
    """Return the operators that mean something for a field."""
    if field in LIST_FIELDS:
        return ("in", "not in")
    equal = ("==", "!=", "in", "not in")
    return (">=", "<=", *equal) if field in _ORDERED else equal


def _answer_faults(field: str, answer: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Return why no company can give this answer, in the words the profile itself uses."""
    if isinstance(answer, list | dict) or (isinstance(answer, int) and abs(answer) >= HUGE):
        yield "menu_invalid", {"value": shown(answer)}
        return
    if field == "sector_group":
        if answer not in SECTOR_GROUPS:
            choices = ", ".join(SECTOR_GROUPS)
            yield "unknown_value", {"value": shown(answer), "choices": choices}
        return
    try:
        read_profile(_OTHERS | {field: [answer] if field in LIST_FIELDS else answer})
    except InvalidProfile as refusal:
        yield from ((fault.code, dict(fault.params)) for fault in refusal.faults[:1])


def _condition_faults(condition: dict[str, Any]) -> _Found:
    """Find a field that does not exist, an operator it cannot have, a value no company has."""
    field, operator, value = (condition.get(k) for k in ("field", "operator", "value"))
    if not isinstance(field, str):
        return
    if field not in CONDITION_FIELDS:
        found: dict[str, object] = {"value": shown(field), "known": CONDITION_FIELDS}
        yield ("field",), "menu_unknown_field", found
        return
    if operator not in _operators(field):
        if operator in (">=", "<=", "==", "!=", "in", "not in"):
            yield (
                ("operator",),
                "menu_operator",
                {
                    "value": operator,
                    "name": field,
                    "choices": ", ".join(_operators(field)),
                },
            )
        return
    if "value" not in condition:
        return
    several = operator in ("in", "not in")
    if several != isinstance(value, list):
        code = "menu_value_list" if several else "menu_value_single"
        yield ("value",), code, {"value": shown(value), "operator": operator}
    elif isinstance(value, list):
        if not 0 < len(value) <= LONGEST:
            yield ("value",), "menu_value_count", {"bound": LONGEST}
        else:
            for number, item in enumerate(value):
                for code, params in _answer_faults(field, item):
                    yield ("value", number), code, params
    else:
        for code, params in _answer_faults(field, value):
            yield ("value",), code, params


def _size_faults(card: dict[str, Any]) -> _Found:
    """Find a smallest size that no condition of the card guards."""
    least = card.get("min_employees")
    if not isinstance(least, int) or isinstance(least, bool) or least < 2:
        return
    guards = [
        row.get("value")
        for _, row in _rows(card, "condition")
        if row.get("field") == "employees" and row.get("operator") == ">="
    ]
    if least not in guards:
        yield ("min_employees",), "menu_unguarded_size", {"value": least}


def _fact_faults(fact: dict[str, Any], sources: object) -> _Found:
    """Find dates that contradict each other, and numbers of sources that are not listed."""
    yield from date_faults(fact)
    marks = fact.get("marks")
    if isinstance(marks, str):
        for _, code, found in _mark_faults({"study": marks}, sources):
            yield ("marks",), code, found


def _told_faults(card: dict[str, Any], shared: dict[str, object]) -> _Found:
    """Find facts of a card that do not exist, and texts that neither it nor a fact tells.

    ``shared`` has the kind of each fact of the menu by its id.
    """
    kinds = [row.get("kind") for _, row in _rows(card, "fact")]
    for number, name in _strings(card.get("facts")):
        kinds.append(shared.get(name))
        if name not in shared and SLUG.fullmatch(name):
            if shared:
                found: dict[str, object] = {"value": shown(name), "known": tuple(shared)}
                yield ("facts", number), "menu_unknown_fact", found
            else:
                yield ("facts", number), "menu_no_facts", {"value": shown(name)}
    if "id" not in card or any(kind not in get_args(Kind) for kind in kinds):
        return  # it misses more, or a fault told elsewhere may be all that is wrong
    for key, kind in (("money", "money"), ("study", "evidence")):
        if key not in card and kind not in kinds:
            yield (key,), "menu_untold", {"name": key, "kind": kind}


def _relation_faults(raw: dict[str, Any]) -> _Found:
    cards = list(_rows(raw, "intervention"))
    facts = list(_rows(raw, "fact"))
    shared = {fact["id"]: fact.get("kind") for _, fact in facts if isinstance(fact.get("id"), str)}
    sources = raw.get("source")
    ids = frozenset(card["id"] for _, card in cards if isinstance(card.get("id"), str))
    for loc, code, found in _double_ids(cards):
        yield ("intervention", *loc), code, found
    for loc, code, found in _mark_faults(raw.get("marks"), sources):
        yield ("marks", *loc), code, found
    for loc, code, found in _double_ids(facts):
        yield ("fact", *loc), code, found
    for number, fact in facts:
        for loc, code, found in _fact_faults(fact, sources):
            yield ("fact", number, *loc), code, found
    for number, card in cards:
        here: Loc = ("intervention", number)
        for loc, code, found in _double_ids(_rows(card, "fact")):
            yield (*here, "fact", *loc), code, found
        for row, fact in _rows(card, "fact"):
            for loc, code, found in _fact_faults(fact, sources):
                yield (*here, "fact", row, *loc), code, found
        for loc, code, found in (
            *_links(card, ids),
            *_size_faults(card),
            *_told_faults(card, shared),
        ):
            yield (*here, *loc), code, found
        for loc, code, found in _mark_faults(card.get("marks"), sources):
            yield (*here, "marks", *loc), code, found
        for loc, code, found in _double_ids(_rows(card, "condition")):
            yield (*here, "condition", *loc), code, found
        for row, condition in _rows(card, "condition"):
            for loc, code, found in _condition_faults(condition):
                yield (*here, "condition", row, *loc), code, found


def _row(loc: Loc) -> tuple[str, int]:
    """Return what orders a location: what stands above the tables, the facts, the cards."""
    row = loc[1] if len(loc) > 1 and isinstance(loc[1], int) else -1
    return (str(loc[0]) if row >= 0 else "", row)


def read_table(raw: dict[str, Any], file_name: str) -> MenuTable:
    """Return the table of a parsed file, or raise InvalidMenu with all faults in file order."""
    found: list[tuple[Loc, ErrorDetails | tuple[str, dict[str, object]]]] = []
    table: MenuTable | None = None
    try:
        table = MenuTable.model_validate(raw)
    except ValidationError as error:
        found += [(details["loc"], details) for details in error.errors(include_url=False)]
    found += [(loc, (code, params)) for loc, code, params in _relation_faults(raw)]
    if found or table is None:
        found.sort(key=lambda pair: _row(pair[0]))
        faults = [
            _relation_fault(loc, *what, raw, file_name)
            if isinstance(what, tuple)
            else schema_fault(what, raw, file_name)
            for loc, what in found[:MAX_FAULTS]
        ]
        raise InvalidMenu(faults, len(found))
    return table

"""A fact that was looked up again: its table in the file has other values, the rest stays.

Comments, order and wrapping of the file stay, and so does what nobody changed: the result is
compared with the values that it should have before anybody gets it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.items import AoT, Item, Table

from matcher.errors import Fault, InvalidMenu
from matcher.menu.card import Menu, parse_menu
from matcher.menu.facts import Fact, date_faults
from matcher.validation import Loc, told

Keys = Mapping[str, object]
"""Key of a fact -> its new value, as TOML has it; None takes the key away."""

_BOM = "\ufeff"
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_SENTENCE_END = re.compile(r"(?<=[.?!]) +")
_LONG = 88
"""A longer text gets a line for each sentence, as the file has it."""


def digest_of(fact: Fact) -> str:
    """Return what tells this text of a fact from any other: who edits says on which it was made."""
    return sha256(json.dumps(fact.model_dump(), default=str).encode()).hexdigest()


def is_renewable(fact: Fact) -> bool:
    """Return whether a fact has a table in the file; a text of a former menu has none."""
    return fact.checked is not None


def faults_in(menu: Menu, name: str, keys: Keys) -> list[tuple[Loc, Fault]]:
    """Return everything that is wrong with a fact of the menu that has other values.

    Returns
    -------
    list of (place in the table of the fact, fault), in no order; empty where it may be renewed.
    """
    table = _merged(_raw_fact(tomllib.loads(menu.source_text.removeprefix(_BOM)), name), keys)
    found: list[tuple[Loc, str, Mapping[str, object]]] = []
    try:
        Fact.model_validate(table)
    except ValidationError as error:
        found += map(told, error.errors(include_url=False))
    found += date_faults(table)
    return [(loc, Fault(".".join(map(str, loc)), code, params)) for loc, code, params in found]


def renewed(menu: Menu, name: str, keys: Keys) -> str:
    """Return the text of a menu in which a fact has other values and the version is a step on.

    Raises
    ------
    KeyError
        If the file has no table of a fact so named.
    InvalidMenu
        If the menu would break a rule.
    """
    before = menu.source_text.removeprefix(_BOM)
    document = tomlkit.parse(before)
    _write(_table_of(document, name), keys)
    document["version"] = _step_on(menu.version)
    after = tomlkit.dumps(document)
    wanted = tomllib.loads(before)
    fact = _raw_fact(wanted, name)
    changed = _merged(fact, keys)
    fact.clear()
    fact.update(changed)
    wanted["version"] = _step_on(menu.version)
    parse_menu(after, "menu.toml")
    if _without_layout(tomllib.loads(after)) != _without_layout(wanted):
        raise InvalidMenu([Fault("menu.toml", "menu_not_rewritten", {"value": name})])
    return (_BOM if menu.source_text.startswith(_BOM) else "") + after


def _step_on(version: str) -> str:
    """Return the next version: one more at its last number, or a first number behind it."""
    if _LAST_NUMBER.search(version) is None:
        return f"{version}.1"
    return _LAST_NUMBER.sub(lambda found: str(int(found[0]) + 1), version)


def _rows_of(document: Any, name: str) -> tuple[Any, str]:
    """Return the list of tables in which a fact stands, and its id there."""
    card, divider, own = name.partition("--")
    if not divider:
        return document.get("fact", []), name
    cards = [each for each in document["intervention"] if each["id"] == card]
    return (cards[0].get("fact", []) if cards else []), own


def _raw_fact(document: Any, name: str) -> dict[str, Any]:
    rows, own = _rows_of(document, name)
    found = [row for row in rows if row["id"] == own]
    if not found:
        raise KeyError(name)
    return found[0]  # type: ignore[no-any-return]


def _table_of(document: Any, name: str) -> Table:
    return _raw_fact(document, name)  # type: ignore[return-value]


def _merged(table: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """Return a table with other values; of a text or a source only what is named."""
    merged = dict(table)
    for key, value in keys.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            inner = _merged(table.get(key, {}), value)
            merged[key] = inner
        else:
            merged[key] = value
    return merged


def _write(table: Any, keys: Keys) -> None:
    for key, value in keys.items():
        if value is None:
            table.pop(key, None)
        elif isinstance(value, Mapping) and key in table:
            _write(table[key], value)
        elif _without_layout(table.get(key)) != value:
            _put(table, key, value)


def _put(table: Any, key: str, value: object) -> None:
    """Write one value, ahead of the tables that stand inside the one at hand."""
    item = _item(value)
    if key in table or isinstance(item, AoT) or not isinstance(table, Table):
        table[key] = item
        return
    inner = [(name, table.pop(name)) for name in list(table) if isinstance(table[name], AoT)]
    table[key] = item
    for name, rows in inner:
        table[name] = rows


def _item(value: object) -> Item:
    match value:
        case str() if len(value) > _LONG and _SENTENCE_END.search(value):
            lines = tomlkit.string("\n".join(_SENTENCE_END.split(value)), multiline=True)
            # The first line end behind the quotes is layout, which tomlkit does not write itself.
            return tomlkit.value('"""\n' + lines.as_string().removeprefix('"""'))
        case Mapping():
            inline = tomlkit.inline_table()
            inline.update({key: _item(each) for key, each in value.items()})
            return inline
        case list() if value and isinstance(value[0], Mapping):
            rows = tomlkit.aot()
            for row in value:
                inner = tomlkit.table()
                inner.update(row)
                rows.append(inner)
            inner.add(tomlkit.nl())
            return rows
    return tomlkit.item(value)


def _without_layout(value: Any) -> Any:
    """Return values with each text on one line, as the reader takes it."""
    match value:
        case str():
            return " ".join(value.split())
        case Mapping():
            return {key: _without_layout(each) for key, each in value.items()}
        case list():
            return [_without_layout(each) for each in value]
    return value

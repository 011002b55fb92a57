"""The menu card as the API tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from matcher.menu.card import Fact, Intervention, Menu, Range, Success, Text, as_one_text
from matcher.menu.facts import last_day
from matcher.vocabulary import Language


def amount(range_: Range | None) -> dict[str, object] | None:
    """Return a range; 16.0 is told as 16, and unknown as null."""
    if range_ is None:
        return None
    return {"min": _whole(range_.min), "max": _whole(range_.max)}


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number == int(number) else number


def card(intervention: Intervention, language: Language) -> dict[str, object]:
    """Return one card, its texts in one language, also those that facts tell now."""
    told: dict[str, object] = {}
    for name, value in intervention:
        if name in _OF_FACTS:
            told[name] = _told(as_one_text(intervention, name), language)
        elif name == "facts":
            told[name] = [fact(each, language) for each in intervention.told]
            told["updated_at"] = updated_at(intervention.told)
        elif name in _OF_FILE:
            continue
        elif name == "cost_band":
            told["cost_band"], told["cost_band_max"] = _whole(value.min), _whole(value.max)
        elif name == "conditions":
            told[name] = [
                {part: _told(each, language) for part, each in condition} for condition in value
            ]
        else:
            told[name] = _told(value, language)
    return told


_OF_FACTS = frozenset({"money", "study", "roles", "legal_warning"})
"""Texts that were whole before facts stood apart, and that programs read as such."""
_OF_FILE = frozenset({"own_facts", "told"})
"""Where a fact stands in the file is nobody's business."""


def fact(fact: Fact, language: Language) -> dict[str, object]:
    """Return one fact, its texts in one language and its days as ISO 8601."""
    return {
        "id": fact.id,
        "kind": fact.kind,
        "text": fact.text.of(language),
        "source": {"title": fact.source.title or None, "address": fact.source.address or None},
        "checked": _day(fact.checked),
        "certainty": fact.certainty,
        "valid_until": _day(fact.valid_until),
        "changes_yearly": fact.changes_yearly,
        "last_day": _day(last_day(fact)),
        "deadline": _day(fact.deadline),
        "deadline_text": _told(fact.deadline_text, language),
        "windows": [
            {"opens": _day(window.opens), "closes": _day(window.closes)} for window in fact.windows
        ],
        "ask": _told(fact.ask, language),
        "region": list(fact.region),
        "warns": fact.warns,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def updated_at(facts: Iterable[Fact]) -> str | None:
    """Return the last day on which one of some facts was checked; None where none ever was."""
    return _day(max((fact.checked for fact in facts if fact.checked), default=None))


def _told(value: object, language: Language) -> object:
    match value:
        case Text():
            return value.of(language)
        case Range():
            return amount(value)
        case Success():
            return {"measure": value.measure, "at_least": _whole(value.at_least)}
        case frozenset():
            return sorted(value)
        case Mapping():
            return dict(value)
    return value


def card_list(menu: Menu, language: Language) -> dict[str, object]:
    """Return the whole menu in order."""
    return {
        "version": menu.version,
        "status": menu.status,
        "updated_at": updated_at(menu.facts),
        "interventions": [card(intervention, language) for intervention in menu],
        "sources": dict(menu.sources),
    }

"""The menu card as the API tells it."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.menu.card import Intervention, Menu, Range, Success, Text
from matcher.vocabulary import Language


def amount(range_: Range | None) -> dict[str, object] | None:
    """Return a range; 16.0 is told as 16, and unknown as null."""
    if range_ is None:
        return None
    return {"min": _whole(range_.min), "max": _whole(range_.max)}


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number == int(number) else number


def card(intervention: Intervention, language: Language) -> dict[str, object]:
    """Return one card, its texts in one language."""
    told: dict[str, object] = {}
    for name, value in intervention:
        if name == "cost_band":
            told["cost_band"], told["cost_band_max"] = _whole(value.min), _whole(value.max)
        elif name == "conditions":
            told[name] = [
                {part: _told(each, language) for part, each in condition} for condition in value
            ]
        else:
            told[name] = _told(value, language)
    return told


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
        "interventions": [card(intervention, language) for intervention in menu],
        "sources": dict(menu.sources),
    }

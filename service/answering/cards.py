"""The menu card as the API tells it."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.menu.card import Condition, Intervention, Menu, Range, Success, Text
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
    for name in Intervention.model_fields:
        value = getattr(intervention, name)
        if name == "cost_band":
            told["cost_band"], told["cost_band_max"] = _whole(value.min), _whole(value.max)
        elif name == "conditions":
            told["conditions"] = [_condition(condition, language) for condition in value]
        elif isinstance(value, Success):
            told[name] = {"measure": value.measure, "at_least": _whole(value.at_least)}
        elif isinstance(value, Text):
            told[name] = value.of(language)
        elif isinstance(value, Range):
            told[name] = amount(value)
        elif isinstance(value, frozenset):
            told[name] = sorted(value)
        else:
            told[name] = dict(value) if isinstance(value, Mapping) else value
    return told


def _condition(condition: Condition, language: Language) -> dict[str, object]:
    return {
        "id": condition.id,
        "field": condition.field,
        "operator": condition.operator,
        "value": condition.value,
        "effect": condition.effect,
        "text": condition.text.of(language),
        "unknown": condition.unknown.of(language) if condition.unknown else None,
    }


def card_list(menu: Menu, language: Language) -> dict[str, object]:
    """Return the whole menu in order."""
    return {
        "version": menu.version,
        "status": menu.status,
        "interventions": [card(intervention, language) for intervention in menu],
        "sources": dict(menu.sources),
    }

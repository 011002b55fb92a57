"""The vocabulary of a profile as the API tells it: fields, bounds, closed lists, sectors."""

from __future__ import annotations

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic.fields import FieldInfo

from matcher.profile.schema import Profile
from matcher.vocabulary import (
    SBI_VERSIONS,
    SECTORS,
    SIZE_BOUNDS,
    SIZE_CLASSES,
    SME_LIMIT,
    TERMS,
    SbiVersion,
    Sector,
    Term,
)

_YES_NO: dict[str, bool] = {"true": True, "false": False}
_NO_ANSWERS = {"field", "size_class"}
"""Lists of names that are no answers of a profile and stand elsewhere in the vocabulary."""


def vocabulary() -> dict[str, object]:
    """Return every closed list with its labels in both languages."""
    return {
        "fields": [_field(name, info) for name, info in Profile.model_fields.items()],
        "lists": {
            name: [
                {"id": _YES_NO.get(slug, slug), "label": _label(term)}
                for slug, term in terms.items()
            ]
            for name, terms in TERMS.items()
            if name not in _NO_ANSWERS
        },
        "size_classes": _size_classes(),
        "sme_limit": SME_LIMIT,
        "sbi": {version: _sections(version) for version in SBI_VERSIONS},
    }


def _label(term: Term | Sector) -> dict[str, str]:
    return {"nl": term.nl, "en": term.en}


def _field(name: str, info: FieldInfo) -> dict[str, object]:
    return {
        "name": name,
        "label": _label(TERMS["field"][name]),
        "required": info.is_required(),
        "list": _list_of(name, info),
        "bounds": _bounds(info),
    }


def _list_of(name: str, info: FieldInfo) -> str | None:
    if name in TERMS:
        return name
    return "yes_no" if info.annotation == (bool | None) else None


def _bounds(info: FieldInfo) -> dict[str, object] | None:
    bounds: dict[str, object] = {}
    for rule in info.metadata:
        match rule:
            case Ge(least):
                bounds["min"] = least
            case Le(most):
                bounds["max"] = most
            case MinLen(least):
                bounds["min_items"] = least
            case MaxLen(most):
                bounds["max_items"] = most
    return bounds or None


def _size_classes() -> list[dict[str, object]]:
    lowest = (1, *SIZE_BOUNDS)
    highest = (*(bound - 1 for bound in SIZE_BOUNDS), None)
    return [
        {"id": name, "label": _label(TERMS["size_class"][name]), "min": low, "max": high}
        for name, low, high in zip(SIZE_CLASSES, lowest, highest, strict=True)
    ]


def _sections(version: SbiVersion) -> list[dict[str, object]]:
    return [
        {
            "letter": sector.letter,
            "label": _label(sector),
            "group": sector.group,
            "elsewhere": sector.elsewhere,
        }
        for sector in SECTORS[version].values()
    ]

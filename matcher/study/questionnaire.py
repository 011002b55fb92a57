"""The questions of the templates and of the example, with their answer words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from matcher.vocabulary import Language

_LISTS = ("intro", "scale", "not_validated")

Said = Mapping[Language, str]
"""A text in Dutch and English."""


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence that people agree or disagree with."""

    text: Said
    is_reversed: bool
    """Whether who agrees says that there is less learning."""


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What is asked of the people of a company."""

    title: Said
    intro: tuple[Said, ...]
    consent: Said
    company_code: Said
    company_code_help: Said
    company_name: Said
    sentences: Said
    items: tuple[Item, ...]
    scale: tuple[Said, ...]
    """Answer words, from the least to the most."""
    pairing_code: Said
    pairing_code_help: Said
    remark: Said
    thanks: Said
    not_validated: tuple[Said, ...]


@cache
def questionnaire() -> Questionnaire:
    """Return our own eight sentences and what stands around them."""
    raw = own_toml("questionnaire.toml")
    raw["items"] = tuple(
        Item({"nl": each["nl"], "en": each["en"]}, each.get("reversed", False))
        for each in raw.pop("item")
    )
    for name in ("company_code", "pairing_code"):
        raw[f"{name}_help"] = raw[name].pop("help")
    return Questionnaire(**raw | {name: tuple(raw[name]) for name in _LISTS})


def own_toml(name: str) -> dict[str, Any]:
    """Return a file of this package."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))

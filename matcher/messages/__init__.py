"""Sentences for people, in Dutch and English, looked up by key: ``nl.toml`` and ``en.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from matcher.vocabulary import Language


def _flatten(table: dict[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = str(value)
    return flat


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return all sentences of a language by dotted key.

    Every ``.toml`` file named after the language is read: ``nl.toml``, ``nl-trials.toml`` ...
    """
    sentences: dict[str, str] = {}
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".toml") and file.name.split(".")[0].split("-")[0] == language:
            sentences |= _flatten(tomllib.loads(file.read_text(encoding="utf-8")))
    return sentences


def say(language: Language, key: str, **params: object) -> str:
    """Return the sentence of a key with its values filled in; KeyError if it does not exist."""
    return catalogue(language)[key].format(**params)

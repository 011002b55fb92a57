"""What every table of ``menu.toml`` is made of: texts in two languages, ids, days, lists."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, TypeVar

from pydantic import Field, PlainValidator

from matcher.validation import LONGEST, Array, Value, broken
from matcher.vocabulary import Language

MAX_TEXT = 1_200
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


def _text(value: object) -> str:
    """Read a text as one line, however it was wrapped in the file."""
    if not isinstance(value, str):
        raise broken("menu_not_a_text")
    line = " ".join(value.split())
    if not line:
        raise broken("menu_empty_text")
    if len(line) > MAX_TEXT:
        raise broken("menu_long_text", bound=MAX_TEXT)
    return line


def _named(pattern: re.Pattern[str]) -> PlainValidator:
    def check(value: object) -> str:
        if not isinstance(value, str) or len(value) > 40 or not pattern.fullmatch(value):
            raise broken("menu_bad_id")
        return value

    return PlainValidator(check)


def is_day(value: object) -> bool:
    """Return whether a value of the file is a day; a moment is a day too to Python, not here."""
    return type(value) is date


def _day(value: object) -> object:
    if not is_day(value):
        raise broken("menu_not_a_day")
    return value


T = TypeVar("T")
Line = Annotated[str, PlainValidator(_text)]
Slug = Annotated[str, _named(SLUG)]
Name = Annotated[str, _named(_NAME)]
Day = Annotated[date, PlainValidator(_day)]
Listed = Annotated[Array[T], Field(max_length=LONGEST)]
Several = Annotated[Array[T], Field(min_length=1, max_length=LONGEST)]


class Text(Value):
    """A text in both languages."""

    nl: Line
    en: Line

    def of(self, language: Language) -> str:
        """Return the text in one language."""
        return self.nl if language == "nl" else self.en

"""The language a person reads: Dutch, unless they switched; the switch is remembered."""

from __future__ import annotations

from pathlib import Path

from flask import request, session

from matcher.vocabulary import Language

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
ARGUMENT = "taal"
_KEY = "language"


def page_language() -> Language:
    """Return the language of the page at hand."""
    return "en" if request.args.get(ARGUMENT, session.get(_KEY)) == "en" else "nl"


def remember_language() -> None:
    """Keep a language that was switched to for the pages after this one."""
    if ARGUMENT in request.args:
        session[_KEY] = page_language()

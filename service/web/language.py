"""The language a program asks for."""

from __future__ import annotations

from flask import request

from matcher.vocabulary import LANGUAGES, Language


def asked_language() -> Language:
    """Return the best of Dutch and English after ``Accept-Language``; Dutch by default."""
    if "HTTP_ACCEPT_LANGUAGE" not in request.environ:
        return "nl"
    best = request.accept_languages.best_match(LANGUAGES, default="nl")
    return "en" if best == "en" else "nl"

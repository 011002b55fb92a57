"""Where somebody goes on after signing in: back to the page they asked for, and nowhere else."""

from __future__ import annotations

from flask import session, url_for

from service.forms import PLAIN

_KEY = "next"


def remember_way(path: str) -> None:
    """Keep to which page somebody was on their way; what is no plain path here is dropped."""
    if PLAIN.fullmatch(path):
        session[_KEY] = path


def way_on() -> str:
    """Return where somebody goes on, and forget it."""
    path: str = session.pop(_KEY, "")
    return path if PLAIN.fullmatch(path) else url_for("pages.start")

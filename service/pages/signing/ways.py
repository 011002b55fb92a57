"""Where somebody goes on after signing in: back to the page they asked for, and nowhere else."""

from __future__ import annotations

from flask import session, url_for

from service.access.kept_forms import PLAIN

_KEY = "next"


def plain(path: str) -> str:
    """Return a path that leads to a page here; of another nothing."""
    return path if PLAIN.fullmatch(path) else ""


def remember_way(path: str) -> None:
    """Keep to which page somebody was on their way."""
    if path:
        session[_KEY] = path


def way_on() -> str:
    """Return where somebody goes on, and forget it."""
    return plain(session.pop(_KEY, "")) or url_for("pages.start")

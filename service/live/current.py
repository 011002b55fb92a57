"""What a view asks for: the model that answers in the application at hand."""

from __future__ import annotations

from flask import Flask, current_app

from matcher.ranking.engine import Engine
from service.live.watch import Live, Served
from service.web.problems import Problem

_EXTENSION = "leermatch.live"


def init_app(app: Flask, live: Live) -> None:
    """Let the views of an application answer from these versions."""
    app.extensions[_EXTENSION] = live


def live_of(app: Flask) -> Live:
    """Return the versions an application answers from."""
    live: Live = app.extensions[_EXTENSION]
    return live


def current_live() -> Live:
    """Return the versions the application answers from."""
    live: Live = current_app.extensions[_EXTENSION]
    return live


def current_served(version: str | None = None) -> Served:
    """Return what answers now, or a version by name; a problem when nothing can answer."""
    live = current_live()
    if version is not None:
        return live.version(version)
    if live.served is None:
        raise Problem("not_ready")
    return live.served


def current_engine() -> Engine:
    """Return the engine that answers now."""
    return current_served().engine

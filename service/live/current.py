"""What a view asks for: the model that answers in the application at hand."""

from __future__ import annotations

from matcher.ranking.engine import Engine
from service.live.watch import Live, Served
from service.running import Carried
from service.web.problems import Problem

current_live: Carried[Live] = Carried("live")


def current_served(version: str | None = None) -> Served:
    """Return what answers now, or a version by name; Problem when nothing can answer."""
    live = current_live()
    if version is not None:
        return live.version(version)
    if live.served is None:
        raise Problem("not_ready")
    return live.served


def current_engine() -> Engine:
    """Return the engine that answers now."""
    return current_served().engine

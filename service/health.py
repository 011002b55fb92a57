"""Whether the process is up, and whether a model answers."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from service.live.current import current_live
from service.store.current import current_condition

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("/live")
def live() -> Response:
    """Say that the process is up; nothing else is looked at."""
    return _answer({"status": "live"})


@bp.get("/ready")
def ready() -> Response:
    """Say which model answers and, when a newer one does not load, why and since when.

    Without a database recommendations go on: it is told, and takes nobody out of the rotation.
    """
    live = current_live()
    served, failure = live.served, live.failure
    database = current_condition().found()
    troubled = failure or live.menu_failure or database.reason
    state: dict[str, object] = {"status": "degraded" if troubled else "ready"}
    if served is None:
        state["status"] = "not_ready"
    else:
        info = served.engine.info
        state["model"] = {
            "version": info.version,
            "expert_only": info.expert_only,
            "simulated": info.simulated,
        }
        state["menu"] = {"version": served.engine.menu.version}
        if live.menu_failure:
            refused = {"reason": live.menu_failure.reason, "since": live.menu_failure.since}
            state["menu"] = {"version": served.engine.menu.version, "refused": refused}
    state["database"] = {"status": database.state} | (
        {"reason": database.reason} if database.reason else {}
    )
    if failure:
        state["refused"] = {"reason": failure.reason, "since": failure.since}
    return _answer(state, 200 if served else 503)


def _answer(state: dict[str, object], status: int = 200) -> Response:
    response = Response(orjson.dumps(state), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

"""The questions and the first three approaches in a frame, on pages of a platform.

Nothing is kept: a cookie would not come along in a frame of another site. Which sites may show the
frame an organisation says with its key, and then its public id stands in the address; without an id
the setting says it. Everybody else's browser refuses the frame.
"""

from __future__ import annotations

from flask import Blueprint, Flask, abort, g, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from matcher.errors import InvalidProfile
from service.access.gate import FRESH_SECONDS, STALE_SECONDS, may
from service.access.remembered import Remembered
from service.live.current import current_engine
from service.pages.advice.answer import advice
from service.pages.intake import answers
from service.pages.intake.form import intake
from service.pages.shared.guards import render
from service.pages.shared.language import page_language
from service.pages.shell import STATIC
from service.running import Carried
from service.store.current import current_database, current_settings
from service.store.keys import widget_origins
from service.web.headers import policy

bp = Blueprint("widget", __name__)
_of_key: Carried[Remembered[tuple[str, ...]]] = Carried("widget")
_ID = "id"
_AGAIN = "opnieuw"
"""Argument of a frame in which somebody was reading, and now begins anew."""


def init_app(app: Flask) -> None:
    """Serve the frame to pages of the sites in the settings, and of those that keys name."""
    _of_key.give(app, Remembered(_find, fresh=FRESH_SECONDS, stale=STALE_SECONDS))
    app.register_blueprint(bp)


@bp.before_request
def _asked_for() -> None:
    """Answer only where a site may show the frame, or where the questions are open anyway."""
    if request.endpoint == "widget.script":
        return
    id_ = request.args.get(_ID)
    if id_ is None:
        origins, open_ = current_settings().origins, may("pages.start")
    else:
        origins, open_ = _of_key().get(id_) or (), False
    if not origins and not open_:
        abort(404)
    g.widget_origins = origins


def _find(id_: str) -> tuple[str, ...] | None:
    with current_database().reading() as connection:
        return widget_origins(connection, id_) or None


@bp.after_request
def _framed(response: Response) -> Response:
    if request.endpoint != "widget.script":
        response.headers["Content-Security-Policy"] = policy(
            " ".join(g.get("widget_origins", ())) or "'none'"
        )
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Content-Language"] = page_language()
    return response


@bp.get("/widget")
def ask() -> str:
    """Ask the five questions."""
    return _questions({}, None)


@bp.post("/widget")
def answer() -> ResponseReturnValue:
    """Show the first three, or what is wrong with the answers."""
    cells = answers.collect(request.form)
    read = answers.read_answers(cells)
    if isinstance(read, InvalidProfile):
        return _questions(cells, read), 400
    return _page("widget_answer.html", advice=advice(current_engine(), read, page_language()))


def _questions(cells: answers.Cells, wrong: InvalidProfile | None) -> str:
    again = wrong is None and _AGAIN in request.args
    return _page("widget.html", intake=intake(cells, page_language(), wrong), again=again)


def _page(template: str, **values: object) -> str:
    return render(template, widget_id=request.args.get(_ID), **values)


@bp.get("/widget.js")
def script() -> Response:
    """Give the script that puts the frame on a page of another site."""
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    content = (STATIC / "widget.js").read_bytes()
    return Response(content, headers=headers, mimetype="text/javascript")

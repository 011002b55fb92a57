"""What holds for every page: its banner, forms from the site itself, and nobody else keeps it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from service.access import kept_forms
from service.live.current import current_engine
from service.pages.shared.language import page_language, remember_language

STATIC = "pages.static"


def guard(bp: Blueprint) -> None:
    """Let the pages of a blueprint hold to it."""
    bp.before_request(remember_language)
    bp.before_request(_same_site)
    bp.before_request(_sent_again)
    bp.after_request(_private)


def _same_site() -> None:
    """Refuse a form that another site sends."""
    if kept_forms.of_another_site():
        abort(400)


def _sent_again() -> None:
    """Clear a form that was kept while nobody was signed in, now that it is sent."""
    if request.method == "POST":
        kept_forms.forget(request.args.get(kept_forms.NAME, ""))


def _private(response: Response) -> Response:
    """Let nobody between keep a page: it may hold somebody's answers, in their language."""
    if request.endpoint != STATIC:
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Content-Language"] = page_language()
    return response


def render(template: str, **values: object) -> str:
    """Return a page with what the version that answers says of itself as ``info``."""
    return render_template(template, info=current_engine().info, **values)

"""What holds for every page: forms come from the site itself, and nobody between keeps a page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from service.pages.language import page_language, remember_language

STATIC = "pages.static"


def guard(bp: Blueprint) -> None:
    """Let the pages of a blueprint hold to it."""
    bp.before_request(remember_language)
    bp.before_request(_same_site)
    bp.after_request(_private)


def _same_site() -> None:
    """Refuse a form that another site sends: browsers say where a form comes from."""
    if request.method != "POST":
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = urlsplit(origin or request.host_url).netloc == request.host
    if not (ours if site is None else site in ("same-origin", "none")):
        abort(400)


def _private(response: Response) -> Response:
    """Let nobody between keep a page: it may hold somebody's answers, in their language."""
    if request.endpoint != STATIC:
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Content-Language"] = page_language()
    return response

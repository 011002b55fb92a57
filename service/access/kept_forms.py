"""A form that came when nobody was signed in any more: kept on the device until somebody is.

It stands in the signed cookie of the browser that sent it, under a name of its own, and nowhere
else: whoever sends from two tabs finds both back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlsplit

from flask import current_app, request, session
from flask.sessions import SecureCookieSessionInterface

PLAIN = re.compile(r"/(?![/\\])[A-Za-z0-9/_-]{0,200}(\?[A-Za-z0-9_=&-]{0,800})?")
"""A path of ours with what it carries, which leads to no other site."""
ROOM = 3_800
"""Bytes of a cookie. Browsers drop one that has more than 4096 with its name."""
NAME = "verder"
"""Argument that says which form is sent again."""
_KEY = "forms"
_FIELD = re.compile(r"[a-z0-9_]{1,40}")
_PASSING = frozenset({"place", "place_is", "place_was"})
"""Fields that are looked up for one answer and kept nowhere: they are asked again."""
_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """Where a form goes, and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...]


def of_another_site() -> bool:
    """Return whether another site sends what is at hand: browsers say where a form comes from."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None:
        return urlsplit(origin or request.host_url).netloc != request.host
    return site not in ("same-origin", "none")


def keep() -> str:
    """Keep the form at hand, with the one before where a cookie holds both; return its name."""
    name, before = token_hex(8), session.get(_KEY, {})
    if request.mimetype != _TYPE or not PLAIN.fullmatch(request.path):
        return name
    fields = [pair for pair in request.form.items(multi=True) if _may_be_kept(pair[0])]
    forms = [*before.items(), (name, [request.path, fields])]
    for fewer in (forms[-2:], forms[-1:]):
        session[_KEY] = dict(fewer)
        if _size() <= ROOM:
            return name
    session[_KEY] = before
    return name


def _may_be_kept(field: str) -> bool:
    return field not in _PASSING and _FIELD.fullmatch(field) is not None


def kept(name: str) -> Form | None:
    """Return a form that is kept on this device."""
    path, fields = session.get(_KEY, {}).get(name, ("", ()))
    return Form(path, tuple((key, value) for key, value in fields)) if path else None


def forget(name: str) -> None:
    """Clear a form from this device: it was sent again."""
    if name in session.get(_KEY, {}):
        session[_KEY] = {each: form for each, form in session[_KEY].items() if each != name}


def _size() -> int:
    """Return how many bytes the session takes in its cookie."""
    interface = current_app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    signer = interface.get_signing_serializer(current_app)
    assert signer is not None
    return len(signer.dumps(dict(session)))

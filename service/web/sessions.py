"""The session cookie of the pages, and the key of this installation that signs it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

from matcher.errors import Fault
from matcher.files import whole_file
from service.settings import BadSettings
from service.web.problems import FOR_PROGRAMS

SECRET_BYTES = 32
DAY = 24 * 3600
"""Seconds."""


class _Sessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a person; a program has none, and its cookies are not read."""
        if request.path.startswith(FOR_PROGRAMS):
            return NullSession()
        return super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        """Return a name that browsers take over a secure connection and for this host only."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep a cookie that was set over a secure connection to secure connections."""
        return request.is_secure


def init_app(app: Flask, instance: Path) -> None:
    """Give the application its key; no script and no other site gets at the cookie."""
    app.secret_key = session_secret(instance)
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    app.session_interface = _Sessions()


def give_signed(response: Response, name: str, value: object, purpose: str, days: int) -> None:
    """Let a browser keep a value for so many days, signed, where no script gets at it."""
    response.set_cookie(
        name,
        _signer(purpose).dumps(value),
        max_age=days * DAY,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def signed(name: str, purpose: str, days: int) -> Any:
    """Return what a browser kept, or None: nothing, something else, or for longer than that."""
    try:
        return _signer(purpose).loads(request.cookies.get(name, ""), max_age=days * DAY)
    except BadSignature:
        return None


def _signer(purpose: str) -> URLSafeTimedSerializer:
    secret = current_app.secret_key
    assert secret is not None  # init_app gave it
    return URLSafeTimedSerializer(secret, salt=purpose)


def session_secret(instance: Path) -> bytes:
    """Return the key that signs sessions; BadSettings if it is not there and cannot be made.

    The first start makes it, readable by its owner only.
    """
    path = instance / "secret"
    try:
        if not path.exists():
            instance.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Two processes that start together end up with one whole key.
            with suppress(FileExistsError), whole_file(path, new=True) as file:
                file.write(secrets.token_bytes(SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        params = {"value": str(instance), "rule": error.strerror or str(error)}
        raise BadSettings([Fault("LEERMATCH_INSTANCE", "instance_folder", params)]) from None
    if len(secret) != SECRET_BYTES:
        raise BadSettings([Fault("LEERMATCH_INSTANCE", "secret_file", {"value": str(path)})])
    return secret

"""How often one address may ask, where others than this machine can reach the service.

Each process counts for itself: with n workers an address gets at most n times as much. The limit
keeps one caller from taking the place of all others; guessing at passwords and keys is slowed down
elsewhere, in the database.
"""

from __future__ import annotations

import math
import time

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from service.settings import Settings
from service.web.origin import counted_address
from service.web.problems import refusal

USUAL = 600
"""Requests of one address in a minute: an office behind one address, working at its fastest."""
_FREE = ("/health", "/metrics", "/static")
"""Addresses that are not counted: what watches the service, and what a page is made of."""


def limit_of(settings: Settings) -> int:
    """Return the requests of one address in a minute; 0 where nothing is counted."""
    if settings.rate is not None:
        return settings.rate
    return 0 if settings.on_loopback and settings.auth == "none" else USUAL


def init_app(app: Flask, settings: Settings) -> None:
    """Count, where it is set so; elsewhere no request pays for it."""
    limit = limit_of(settings)
    if not limit:
        return
    from flask_limiter import Limiter

    limiter = Limiter(
        lambda: counted_address(settings.proxy),
        app=app,
        application_limits=[f"{limit} per minute"],
        storage_uri="memory://",
        strategy="fixed-window",
    )
    limiter.request_filter(lambda: request.path.startswith(_FREE))

    def too_often(error: TooManyRequests) -> ResponseReturnValue:
        reached = limiter.current_limit
        seconds = 60.0 if reached is None else reached.reset_at - time.time()
        return refusal(error, [("Retry-After", str(max(1, math.ceil(seconds))))])

    app.register_error_handler(TooManyRequests, too_often)

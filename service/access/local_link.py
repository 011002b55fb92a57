"""The link that opens, where nobody signs in, what stores or shows other people's data.

A service that only this machine can reach may still stand behind a proxy that says nothing of
itself, and then everybody asks from this machine. So being on it is not enough: the service prints
a link when it starts, as notebooks do, and whoever opens it gets a cookie. The link works once; of
it only a hash is kept, in the instance folder, for all processes that serve.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

from flask import Response, request

from matcher.files import whole_file
from service.access.kept_forms import of_another_site
from service.settings import Settings
from service.store.current import current_settings
from service.web.origin import from_this_machine
from service.web.sessions import give_signed, signed

PATH = "/openen/"
DAYS = 90
"""How long a browser that opened the link goes on."""
_FILE, _SERVED_AT = "link", "address"
_PURPOSE = "local link"


def new_link(instance: Path, address: str = "") -> str:
    """Return a new link to the service at an address, by default where it was served last.

    The link before no longer works. Raises OSError where the folder is not to be written.
    """
    token = token_urlsafe(24)
    with whole_file(instance / _FILE, encoding="ascii") as file:
        file.write(_digest(token))
    if address:
        with whole_file(instance / _SERVED_AT, encoding="utf-8") as file:
            file.write(address)
    else:
        address = _served_at(instance)
    return f"{address}{PATH}{token}"


def _served_at(instance: Path) -> str:
    try:
        return (instance / _SERVED_AT).read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"http://127.0.0.1:{Settings.model_fields['port'].default}"


def use(token: str) -> bool:
    """Return whether a token is that of the link, which is used up by it."""
    path = current_settings().instance / _FILE
    try:
        if not hmac.compare_digest(path.read_text(encoding="ascii"), _digest(token)):
            return False
        path.unlink()  # of two processes with the same link one finds it
    except FileNotFoundError:
        return False
    return True


def give_cookie(response: Response) -> None:
    """Let the browser that gets this answer go on without the link."""
    give_signed(response, cookie_name(), "", _PURPOSE, DAYS)


def is_open() -> bool:
    """Return whether the request at hand comes from this machine, by somebody who had the link."""
    return (
        from_this_machine()
        and not of_another_site()
        and signed(cookie_name(), _PURPOSE, DAYS) is not None
    )


def cookie_name() -> str:
    """Return the name of the cookie of a service on this port."""
    # Browsers share the cookies of a machine between its ports, and another may have another key.
    return f"leermatch_{request.environ['SERVER_PORT']}"


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()

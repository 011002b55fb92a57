"""What travels in an address or a form of ours: nobody reads it, alters it or uses it elsewhere.

An address gets into the logs of proxies and the history of a browser. What stands in it opens only
in the browser that was given it: without the cookie of that browser it says nothing.
"""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_hex
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from flask import current_app, session

DEVICE = "device"
"""Name of what the cookie of a browser says of it: drawn at the first seal, and kept by no one."""


def sealed(content: object) -> str:
    """Return content as text for an address: the same for the same content in the same browser."""
    if DEVICE not in session:
        session[DEVICE] = token_hex(8)
    packed = zlib.compress(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), 9)
    closed = _cipher().encrypt(packed, [session[DEVICE].encode()])
    return urlsafe_b64encode(closed).decode().rstrip("=")


def opened(text: str) -> Any:
    """Return what was sealed; None when it is not ours, was altered, or is of another browser."""
    device = session.get(DEVICE)
    if device is None:
        return None
    try:
        closed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        packed = _cipher().decrypt(closed, [device.encode()])
    except (ValueError, InvalidTag):
        return None
    return orjson.loads(zlib.decompress(packed))


def _cipher() -> AESSIV:
    # SIV and no nonce: the page of the same answers has the same address.
    secret = current_app.secret_key
    key = secret if isinstance(secret, bytes) else str(secret).encode()
    return AESSIV(hmac.digest(key, b"addresses", "sha512"))

"""Keys of programs: their form, and whether the one in a request opens anything.

A key is ``lm_PREFIX_SECRET``. The prefix is public and finds the row; of the secret, 128 random
bits, only the SHA-256 is kept. A key that the database vouched for is not asked again for
``FRESH_SECONDS``, so that is how long a revocation can take; while the database does not answer it
is believed for ``STALE_SECONDS``, because recommendations need no database.
"""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256

from service.store.keys import Key

HEADER = "X-API-Key"
_FORM = re.compile(r"lm_([0-9a-f]{8})_([0-9a-f]{32})")
_NO_DIGEST = sha256(b"no key at all").hexdigest()


def new_key(
    organisation: str,
    scopes: frozenset[str],
    at: str,
    expires: str | None,
    origins: tuple[str, ...] = (),
) -> tuple[str, Key]:
    """Return a key, to be shown once, and what may be kept of it."""
    prefix, secret = secrets.token_hex(4), secrets.token_hex(16)
    kept = Key(prefix, _digest(secret), organisation, scopes, at, expires, origins=origins)
    return f"lm_{prefix}_{secret}", kept


def parts_of(text: str) -> tuple[str, str] | None:
    """Return the prefix and the secret of a key; None when a text has not the form of one."""
    found = _FORM.fullmatch(text)
    return None if found is None else (found[1], found[2])


def opens(secret: str, key: Key | None) -> bool:
    """Return whether a secret is that of the key, in the same time whether or not there is one."""
    expected = _NO_DIGEST if key is None else key.digest
    return hmac.compare_digest(_digest(secret), expected) and key is not None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

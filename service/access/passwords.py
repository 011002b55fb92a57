"""Passwords: which are good enough, and how they are kept.

After NIST SP 800-63B: long, no rules about kinds of characters, none that everybody tries first.
Kept as argon2id with the parameters of the OWASP cheat sheet; two are worked out at a time, so that
signing in cannot take the memory of the service.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from matcher.errors import Fault

LEAST, MOST = 15, 128
"""Characters of a password."""
_PIECES = (
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "01234567890",
    "09876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "password",
    "passwort",
    "wachtwoord",
    "welkom",
    "welcome",
    "geheim",
    "secret",
    "admin",
    "administrator",
    "letmein",
    "iloveyou",
    "leermatch",
    "correcthorsebatterystaple",
    "thequickbrownfox",
)
"""What passwords of this length that everybody tries first are made of."""
_LEFT = 6
"""Characters that must be left of a password when those pieces, and repeats, are taken out."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_working = threading.BoundedSemaphore(2)


def faults_of(password: str, *about: str) -> list[Fault]:
    """Return why a password is not good enough for somebody called ``about``; empty if it is."""
    text = _normal(password)
    if len(text) < LEAST:
        return [Fault("/password", "password_short", {"bound": LEAST})]
    if len(text) > MOST:
        return [Fault("/password", "password_long", {"bound": MOST})]
    if len(_rest(text.casefold(), about)) < _LEFT:
        return [Fault("/password", "password_common")]
    return []


def _rest(text: str, about: tuple[str, ...]) -> str:
    """Return what is left without names, known pieces, repeats and what joins them."""
    names = [part for each in about for part in (each, *each.split()) if len(part) > 2]
    for name in sorted((_normal(name).casefold() for name in names), key=len, reverse=True):
        text = text.replace(name, "")
    for piece in _PIECES:
        for length in range(len(piece), 3, -1):
            for start in range(len(piece) - length + 1):
                text = text.replace(piece[start : start + length], "")
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * len(text))[: len(text)] == text:
            text = text[:length]
            break
    return "".join(character for character in text if character.isalnum())


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _working:
        return _hasher.hash(_normal(password))


def is_right(password: str, kept: str | None) -> bool:
    """Return whether this is the password; as slow when there is nobody to compare it with."""
    text, nobodys = _normal(password), _no_hash()
    try:
        with _working:
            _hasher.verify(kept or nobodys, text[: MOST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _no_hash() -> str:
    # At the first sign-in, of whomever: the service need not wait for it.
    return _hasher.hash("no password at all")


def is_old(kept: str) -> bool:
    """Return whether a hash was made with lighter parameters than those of now."""
    return _hasher.check_needs_rehash(kept)


def _normal(text: str) -> str:
    # The same characters typed on another keyboard are the same password.
    return unicodedata.normalize("NFKC", text)

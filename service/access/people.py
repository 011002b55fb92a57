"""Signing in and out: from a password or a provider to a session, and back to nobody."""

from __future__ import annotations

import hmac
import unicodedata
from contextlib import suppress
from secrets import token_hex

from flask import Flask, Response, after_this_request, current_app, session
from sqlalchemy import Connection

from service.access import passwords
from service.access.remembered import Remembered
from service.caller import NOBODY, Caller
from service.errors import ServiceError
from service.running import Carried
from service.store import attempts, audit, sessions, users
from service.store.current import current_database, current_settings
from service.store.database import Unavailable
from service.store.sessions import Person
from service.web.logs import log
from service.web.origin import counted_address
from service.web.sessions import give_signed, signed

TRIES_HERE, TRIES_OF_A_NAME = 5, 300
"""Passwords in a quarter of an hour for one name: from one address or known device, and in all.

No address and no name is ever closed as a whole by the first, so that nobody can keep others out;
the second, which takes 60 addresses, holds for no device on which that person signed in before.
"""
DEVICE_DAYS = 365
"""How long a device on which somebody signed in is known."""
STALE_SECONDS = 60.0
"""How long somebody stays signed in while the database does not answer."""
_known: Carried[Remembered[sessions.Session]] = Carried("people")
_TOKEN, _WHOSE, _DEVICE = "signed_in", "whose", "leermatch_device"
_MOST_NAMES = 5
"""People whom one device is known by at most; the one longest ago goes first."""
_SHARED, _OWN = ("language", "next"), ("device", "talk", "wiped", "forms")


class WrongPassword(ServiceError):
    """Name and password do not belong together, or nobody may sign in with them."""


class TooOften(ServiceError):
    """Too many passwords were tried; the next one is not looked at."""


def init_app(app: Flask) -> None:
    """Let an application remember who is signed in for as long as its database is away."""
    _known.give(app, Remembered(_find, fresh=0, stale=STALE_SECONDS))


def name_as_kept(name: str) -> str:
    """Return a name in the one way it is kept, however somebody types it."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def sign_in(name: str, password: str) -> None:
    """Sign somebody in with their password; WrongPassword, TooOften, Unavailable."""
    user = check(name, password)
    with current_database().writing() as connection:
        # Disabled, or given another password, while this one was looked at.
        if users.find(connection, user.name) != user:
            raise WrongPassword
        if passwords.is_old(user.password):
            users.renew_hash(connection, user.name, passwords.hashed(password))
        audit.add(connection, user.organisation, "signed-in", user.name)
        token = _begin(connection, _person(user))
    _hold(token, _person(user))
    _know_device(user.name)
    log.info("signed_in", provider="local")


def check(name: str, password: str) -> users.User:
    """Return whose password this is; WrongPassword, TooOften, Unavailable."""
    name = name_as_kept(name)
    limits = _limits(name)
    with current_database().writing() as connection:
        heard = attempts.count_one(connection, limits)
        user = users.find(connection, name)
    if not heard:
        log.warning("sign_in_refused", reason="too_often")
        raise TooOften
    right = passwords.is_right(password, None if user is None else user.password)
    if user is None or user.disabled or not right:
        log.warning("sign_in_refused", reason="wrong_password")
        raise WrongPassword
    with current_database().writing() as connection:
        attempts.forget(connection, limits)
    return user


def _limits(name: str) -> dict[str, int]:
    """Return under what a try of a name is counted, and the tries of each."""
    device = _known_by().get(_subject("device", name))
    if device is not None:
        return {_subject("known device", name, device): TRIES_HERE}
    address = counted_address(current_settings().proxy)
    return {
        _subject("name here", name, address): TRIES_HERE,
        _subject("name", name): TRIES_OF_A_NAME,
    }


def _known_by() -> dict[str, str]:
    """Return for whom the device at hand is known: hash of a name -> number of the device."""
    return dict(signed(_DEVICE, _DEVICE, DEVICE_DAYS) or {})


def _know_device(name: str) -> None:
    """Let the browser that gets the answer at hand say later that this name signed in there."""
    mine = _subject("device", name)
    others = [pair for pair in _known_by().items() if pair[0] != mine]
    known = [*others[1 - _MOST_NAMES :], (mine, token_hex(8))]

    @after_this_request
    def give(response: Response) -> Response:
        give_signed(response, _DEVICE, known, _DEVICE, DEVICE_DAYS)
        return response


def change_password(user: users.User, password: str) -> None:
    """Keep another password; whoever was signed in with the old one is so no more, but here."""
    kept = passwords.hashed(password)
    with current_database().writing() as connection:
        users.set_password(connection, user.name, kept)
        token = _begin(connection, _person(user))
    _hold(token, _person(user))
    log.info("password_changed")


def admit(person: Person) -> None:
    """Sign in somebody for whom their provider vouched."""
    with current_database().writing() as connection:
        audit.add(connection, person.organisation, "signed-in", person.name)
        token = _begin(connection, person)
    _hold(token, person)
    log.info("signed_in", provider=person.provider)


def sign_out() -> None:
    """End the session at hand, here and in the database, and forget the answers."""
    token = session.get(_TOKEN)
    session.clear()
    if isinstance(token, str):
        digest = sessions.digest_of(token)
        _known().forget(digest)
        with current_database().writing() as connection:
            sessions.end(connection, digest)
        log.info("signed_out")


def signed_in(provider: str) -> Caller:
    """Return who is signed in at the browser that asks, as this provider vouched; Unavailable."""
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return NOBODY
    digest = sessions.digest_of(token)
    found = _known().get(digest)
    if found is None or not found.holds() or found.person.provider != provider:
        return NOBODY
    if found.to_note():
        with suppress(Unavailable), current_database().writing() as connection:
            sessions.note(connection, digest)
    person = found.person
    return Caller(person.organisation, person.name, person.role, frozenset())


def _find(digest: str) -> sessions.Session | None:
    with current_database().reading() as connection:
        return sessions.find(connection, digest)


def _begin(connection: Connection, person: Person) -> str:
    """Return the token of a new session; the one that this browser had is over."""
    before = session.get(_TOKEN)
    if isinstance(before, str):
        sessions.end(connection, sessions.digest_of(before))
    return sessions.begin(connection, person)


def _hold(token: str, person: Person) -> None:
    """Give the browser a new session, with what was filled in unless somebody else did that."""
    whose = _subject(person.provider, person.organisation, person.name)
    own = _OWN if session.get(_WHOSE, whose) == whose else ()
    kept = {name: session[name] for name in (*_SHARED, *own) if name in session}
    session.clear()
    session.update(kept | {_TOKEN: token, _WHOSE: whose})


def _person(user: users.User) -> Person:
    return Person("local", user.name, user.organisation, user.role)


def _subject(*parts: str) -> str:
    """Return under what tries are counted: a keyed hash, so that the table names nobody."""
    secret = current_app.secret_key
    key = secret if isinstance(secret, bytes) else str(secret).encode()
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()

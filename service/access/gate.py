"""The one gate before every view: finds out who asks, and holds the table of access."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import Fault
from service.access import kept_forms, local_link, people
from service.access.keys import HEADER, opens, parts_of
from service.access.remembered import Remembered
from service.access.table import CLOSED, PUBLIC, RECOMMEND, TABLE, Rule
from service.access.throttle import Throttle
from service.caller import ANYBODY, EVERYBODY, NOBODY, Caller, caller
from service.errors import Kind
from service.running import Carried
from service.settings import is_loopback
from service.store import keys
from service.store.clock import now
from service.store.current import current_database, current_settings
from service.store.database import Unavailable
from service.web.logs import log
from service.web.origin import counted_address, from_this_machine, host_of
from service.web.problems import FOR_PROGRAMS, Problem

FRESH_SECONDS = 1.0
"""How long a key that was looked up is believed: a revocation takes no longer.

A look-up cost .7 ms of processor on a busy machine, and the gate without one .1.
"""
STALE_SECONDS = 60.0
"""How long it is believed while the database does not answer."""
WRONG_KEYS = 20
"""Wrong keys of one address in a minute, after which it is not heard for the rest of it."""
NEVER_KEPT = {"signing.change_password"}
"""Forms with a password in them."""
NEEDS_NO_DATABASE = {"recommend", "metrics"}
SIGN_IN, CLOSED_HERE, GO_ON = "signing.sign_in", "signing.closed", "signing.go_on"


@dataclass(frozen=True, slots=True)
class Guard:
    """What an application remembers of keys."""

    keys: Remembered[keys.Key]
    any_key: Remembered[bool]
    wrong: Throttle
    noted: dict[str, str]
    """Prefix -> day on which this process noted the key's use."""


current_guard: Carried[Guard] = Carried("guard")


def init_app(app: Flask) -> None:
    """Put the gate before every view of an application."""
    guard = Guard(
        Remembered(_find, fresh=FRESH_SECONDS, stale=STALE_SECONDS),
        Remembered(_any_key, fresh=FRESH_SECONDS, stale=float("inf")),
        Throttle(WRONG_KEYS, 60),
        {},
    )
    current_guard.give(app, guard)
    people.init_app(app)
    app.before_request(_enforce)


def asks_no_database(app: Flask, sent: str | None) -> bool:
    """Return whether the gate of an application will let a key, or nobody's, pass from memory."""
    try:
        guard = current_guard.of(app)
    except KeyError:  # an application without a gate
        return False
    if sent is None:
        return current_settings.of(app).auth != "none" or guard.any_key.is_fresh("")
    prefix, _ = parts_of(sent) or ("", "")
    key = guard.keys.remembered(prefix)
    return key is not None and guard.keys.is_fresh(prefix) and _is_noted(guard, key)


def rule_at_hand() -> Rule:
    """Return who may use the endpoint of the request at hand."""
    return CLOSED if request.endpoint is None else TABLE.get(request.endpoint, CLOSED)


def _enforce() -> ResponseReturnValue | None:
    """Let the request through, or say what is missing."""
    _refuse_another_name()
    if request.endpoint is None or request.method == "OPTIONS":
        # No such address, or only a question which methods there are.
        if not request.path.startswith(FOR_PROGRAMS):
            g.caller = _person(PUBLIC)
        return None
    rule = rule_at_hand()
    if rule.public and request.path.startswith((*FOR_PROGRAMS, "/static/")):
        return None
    g.caller = _program(rule) if rule.scope else _person(rule)
    if _allowed(rule, g.caller):
        return None
    return _refuse(rule, g.caller)


def _refuse_another_name() -> None:
    """Refuse what was meant for another site, where who is on this machine may everything.

    A page of a stranger can make its own name mean this machine; its scripts are then of one origin
    with us, and only the name in the request tells.
    """
    settings = current_settings()
    if settings.auth != "none" or settings.proxy:
        return
    host = host_of()
    if host and not is_loopback(host):
        raise _problem("forbidden", Fault("/Host", "other_host", {"value": host[:60]}))


def _allowed(rule: Rule, who: Caller) -> bool:
    settings = current_settings()
    return rule.allows(
        who,
        self_service=settings.self_service or settings.auth == "none",
        past_proxies=_past_the_proxies(),
    )


def _past_the_proxies() -> bool:
    """Return whether somebody on this machine asks the service itself, where proxies are set.

    Where none is set there may be one all the same, which says nothing of itself.
    """
    return current_settings().proxy > 0 and from_this_machine()


def may(endpoint: str) -> bool:
    """Return whether who makes the request at hand may also use another endpoint."""
    return _allowed(TABLE.get(endpoint, CLOSED), caller())


def _program(rule: Rule) -> Caller:
    """Return whose key is in the request; a key that opens nothing is refused at once."""
    sent = request.headers.get(HEADER)
    if sent is None:
        if not _keyless(rule):
            return NOBODY
        return EVERYBODY if local_link.is_open() else ANYBODY
    guard, address = current_guard(), counted_address(current_settings().proxy)
    prefix, secret = parts_of(sent) or ("", "")
    full = current_settings().rate != 0 and guard.wrong.full(address)
    # Somebody else's guesses do not shut out a key that was seen at work here.
    key = guard.keys.remembered(prefix) if full else guard.keys.get(prefix)
    if not opens(secret, key) or key is None:
        guard.wrong.count(address)
        if full:
            raise _problem("too_many_requests", Fault(f"/{HEADER}", "too_many_guesses"))
        raise _problem("unauthorized", Fault(f"/{HEADER}", "key_unknown"))
    key = guard.keys.get(prefix) or key
    if not key.active(now()):
        raise _problem("unauthorized", _why(key))
    _note_use(guard, key)
    return Caller(key.organisation, key.prefix, None, key.scopes)


def _keyless(rule: Rule) -> bool:
    """Return whether nobody needs a key here: only this machine is served, and there are none."""
    if current_settings().auth != "none":
        return False
    try:
        return not current_guard().any_key.get("")
    except Unavailable:
        # It was never seen, and now it is away: what stores nothing goes on.
        if rule.scope in NEEDS_NO_DATABASE:
            return True
        raise


def link_instead_of_keys() -> str | None:
    """Return the cookie of the link that opens what keys open elsewhere; None where keys do."""
    return local_link.cookie_name() if _keyless(RECOMMEND) else None


def _why(key: keys.Key) -> Fault:
    if key.revoked_at is not None:
        return Fault(f"/{HEADER}", "key_revoked")
    return Fault(f"/{HEADER}", "key_expired", {"value": (key.expires_at or "")[:10]})


def _note_use(guard: Guard, key: keys.Key) -> None:
    """Keep the day on which a key was used last: tried once a day, for it may cost a wait."""
    if _is_noted(guard, key):
        return
    today = guard.noted[key.prefix] = now()[:10]
    with suppress(Unavailable), current_database().writing() as connection:
        keys.mark_used(connection, key.prefix, today)


def _is_noted(guard: Guard, key: keys.Key) -> bool:
    return now()[:10] in (key.used_on, guard.noted.get(key.prefix))


def _find(prefix: str) -> keys.Key | None:
    with current_database().reading() as connection:
        return keys.find(connection, prefix)


def _any_key(_: str) -> bool:
    with current_database().reading() as connection:
        return keys.any_key(connection)


def _person(rule: Rule) -> Caller:
    """Return who is signed in. A page that everybody may see needs no database to be seen."""
    auth = current_settings().auth
    if auth == "none":
        return EVERYBODY if local_link.is_open() else NOBODY
    try:
        return people.signed_in(auth)
    except Unavailable:
        if _allowed(rule, NOBODY):
            return NOBODY
        raise


def _refuse(rule: Rule, who: Caller) -> ResponseReturnValue:
    """Say what is missing: a key, a scope, a role; or show who is not signed in where to do so."""
    if rule.scope is not None and who == ANYBODY:
        raise _problem("unauthorized", Fault(f"/{HEADER}", "link_missing"))
    if rule.scope is not None and who == NOBODY:
        raise _problem("unauthorized", Fault(f"/{HEADER}", "key_missing"))
    if rule.scope is not None:
        raise _problem("forbidden", Fault(f"/{HEADER}", "scope_missing", {"value": rule.scope}))
    if who == NOBODY and rule.roles:
        page = CLOSED_HERE if current_settings().auth == "none" else SIGN_IN
        return redirect(url_for(page, next=_way_back()), 303)
    log.warning("access_refused", reason="role", request=g.request_id)
    raise Problem("forbidden")


def _way_back() -> str:
    """Return where whoever has to sign in first goes on: to the page, or to the form they sent."""
    if request.method in ("GET", "HEAD") or request.endpoint in NEVER_KEPT:
        carried = request.query_string.decode("ascii", "replace")
        whole = f"{request.path}?{carried}" if carried else request.path
        return whole if kept_forms.PLAIN.fullmatch(whole) else request.path
    if kept_forms.of_another_site():
        raise Problem("bad_request")
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        raise Problem("forbidden")  # a script that asks, and shows no page
    return url_for(GO_ON, form=kept_forms.keep())


def _problem(kind: Kind, fault: Fault) -> Problem:
    # Who tried is in no line of the log; that somebody did, and what was wrong, is.
    log.warning("access_refused", reason=fault.code, request=g.request_id)
    return Problem(kind, [fault], place="header")

"""What all pages for the researcher share: their address, the form's name and its refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from service.caller import caller
from service.pages.research import words
from service.pages.shared.errors import error_page
from service.pages.shared.language import LazyText, gettext

bp = Blueprint("research", __name__, url_prefix="/onderzoek")
bp.context_processor(lambda: {"words": words})

FORM_AROUND = 64 * 1024
"""Bytes that a form puts around a file."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes an endpoint takes, and its answer to more."""

    most: int
    refuse: Callable[[], ResponseReturnValue]


ROOMY: dict[str, Room] = {}
"""Endpoint that takes more than other pages do -> how much."""


@bp.before_request
def _make_room() -> None:
    room = ROOMY.get(request.endpoint or "")
    if room is not None and request.method == "POST":
        request.max_content_length = room.most


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    room = ROOMY.get(request.endpoint or "")
    return error_page(error) if room is None else room.refuse()


LONGEST = {"by": 80, "reason": 300}
_NAME = "researcher"


@dataclass
class Signed:
    """Who does something and why, as a form says it, and what is missing."""

    by: str
    reason: str = ""
    errors: Mapping[str, str | LazyText] = field(default_factory=dict)
    fields: Collection[str] = ("by", "reason", "source", "accept_warnings")
    """Names of fields on the page, to which a fault can lead."""

    @property
    def known(self) -> bool:
        """Return whether who it is follows from signing in: then nobody need say it."""
        return bool(caller().name)


def _person() -> str:
    """Return who is signed in, as the ledger names them; empty where nobody signs in."""
    who = caller()
    return f"{who.name} ({who.organisation})"[: LONGEST["by"]] if who.name else ""


def unsigned() -> Signed:
    """Return an empty form, with the name of who was here before filled in."""
    return Signed(_person() or str(session.get(_NAME, "")))


def draft() -> Signed:
    """Return the form at hand as it was sent, to be shown again: nobody signed it yet."""
    return Signed(_person() or request.form.get("by", ""), request.form.get("reason", ""))


def signed(*, with_reason: bool = False) -> Signed:
    """Return who sent the form at hand, and why where that is asked; the name is remembered."""
    said = {name: _line(request.form.get(name, "")) for name in LONGEST}
    said["by"] = _person() or said["by"]
    form = Signed(said["by"], said["reason"])
    errors: dict[str, str | LazyText] = {}
    if not form.by:
        errors["by"] = gettext("Vul uw naam in.")
    if with_reason and not form.reason:
        errors["reason"] = gettext("Schrijf in een paar woorden waarom.")
    for name, most in LONGEST.items():
        if len(said[name]) > most:
            errors[name] = gettext("Dit is te lang: hoogstens %(most)s tekens.", most=most)
    form.errors = errors
    if "by" not in errors:
        session[_NAME] = form.by
    return form


def accepts_warnings() -> bool:
    """Return whether the form at hand says that what is odd is right."""
    return request.form.get("accept_warnings") == "ja"


def _line(text: str) -> str:
    """Return a text as one line without control characters, as the ledger takes it."""
    return "".join(ch for ch in " ".join(text.split()) if ch.isprintable())

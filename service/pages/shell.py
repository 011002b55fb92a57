"""What every page has around its content: languages, addresses, small shared words."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import request, url_for

from matcher.vocabulary import LANGUAGES, Language
from service.access import kept_forms
from service.access.gate import may
from service.caller import caller
from service.pages.intake import talk
from service.pages.shared.language import ARGUMENT, page_language
from service.store.current import current_settings

CARRIES = {
    *("pages.start", "pages.advise", "pages.explain", "pages.compare", "pages.sheet"),
    *("pages.menu", "pages.card", "pages.over", "choice.pick"),
}
"""Pages that show a company, or the way back to it."""
FORM_STANDS_ON = {
    "pages.answer": "pages.start",
    "pages.set_limits": "pages.advise",
    "pages.pick": "pages.advise",
    "choice.choose": "pages.advise",
    "follow_up.change": "follow_up.show",
    "follow_up.undo": "follow_up.show",
    "follow_up.state": "follow_up.show",
    "company.state": "company.show",
    "pages.research.keep": "pages.research.preview",
    "pages.research.add_files": "pages.research.study",
    "pages.research.close_study": "pages.research.outcome",
    "pages.research.study_keys": "pages.research.outcome",
    "pages.research.hand_over": "pages.research.outcome",
}
"""Form -> the page that it stands on, where that has another address."""
ASIDE = {ARGUMENT, kept_forms.NAME, talk.ARGUMENT}
"""Arguments that do not go along to the other language as they are."""
STATIC = Path(__file__).resolve().parent.parent / "static"


def shell() -> dict[str, object]:
    """Return what the base template needs on every page, refusals included."""
    language = page_language()
    (other,) = (each for each in LANGUAGES if each != language)
    return {
        "language": language,
        "other_language": other,
        "other_address": _address_in(other),
        "has_answers": bool(handle_of_page()),
        "draft": _whose(),
        "person": caller(),
        "may": may,
        "auth": current_settings().auth,
    }


def handle_of_page() -> str:
    """Return what the links and forms of the page at hand carry of what it is about."""
    if request.blueprint == "widget":
        return ""  # shown on pages of others: it is about what was sent, and keeps nothing
    return talk.handle_at_hand()


def _whose() -> str:
    """Return what a draft on the device must be of to be shown again: this person, not wiped."""
    who = caller()
    of = f"{who.organisation}/{who.name}/{talk.last_wiped()}"
    return sha256(of.encode()).hexdigest()[:12]


def carry(endpoint: str, values: dict[str, object]) -> None:
    """Let a link to a page that is about a company, or leads back to one, say which."""
    if endpoint in CARRIES and talk.ARGUMENT not in values:
        values[talk.ARGUMENT] = handle_of_page() or None


def _address_in(language: Language) -> str:
    """Return the address of what is shown in another language: about the same, and as narrowed.

    Of a form that came back it is the page on which that form stands.
    """
    endpoint = FORM_STANDS_ON.get(request.endpoint or "")
    if request.method == "POST" and endpoint is not None:
        about: dict[str, Any] = {**(request.view_args or {}), ARGUMENT: language}
        return url_for(endpoint, **about)
    told = {name: values for name, values in request.args.lists() if name not in ASIDE}
    if request.endpoint in CARRIES and handle_of_page():
        told[talk.ARGUMENT] = [handle_of_page()]
    return f"{_here()}?{urlencode({**told, ARGUMENT: language}, doseq=True)}"


def _here() -> str:
    """Return the address of the page at hand; of a path like ``//elsewhere`` not another host."""
    return quote(f"{request.script_root}/{request.path.lstrip('/')}")


@cache
def asset(name: str) -> str:
    """Return the address of a static file, another one when its content changes."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("pages.static", filename=name, v=digest)

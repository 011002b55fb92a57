"""What every page has around its content: languages, addresses, small shared words."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from flask import request, url_for

from matcher.vocabulary import LANGUAGES
from service.access.gate import may
from service.caller import caller
from service.pages.intake.answers import kept
from service.pages.shared.language import ARGUMENT, page_language
from service.store.current import current_settings

STATIC = Path(__file__).resolve().parent.parent / "static"


def shell() -> dict[str, object]:
    """Return what the base template needs on every page, refusals included."""
    language = page_language()
    (other,) = (each for each in LANGUAGES if each != language)
    return {
        "language": language,
        "other_language": other,
        "other_address": f"{_here()}?{ARGUMENT}={other}",
        "has_answers": bool(kept()),
        "person": caller(),
        "may": may,
        "auth": current_settings().auth,
    }


def _here() -> str:
    """Return the address of the page at hand; of a path like ``//elsewhere`` not another host."""
    return quote(f"{request.script_root}/{request.path.lstrip('/')}")


@cache
def asset(name: str) -> str:
    """Return the address of a static file, another one when its content changes."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("pages.static", filename=name, v=digest)

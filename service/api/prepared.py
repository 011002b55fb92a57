"""Answers made ahead: what only changes with the model, as bytes with a tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

import orjson
from flask import Response, request

from matcher.ranking.engine import Engine
from matcher.vocabulary import LANGUAGES, Language
from service.answering.answers import model_of
from service.answering.cards import card, card_list
from service.api.words import vocabulary
from service.running import Carried

STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A body, ready to send."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, content: object) -> Prepared:
        """Write content down once."""
        body = orjson.dumps(content)
        return cls(body, sha256(body).hexdigest()[:32])

    def response(self, language: Language | None = None) -> Response:
        """Answer the request at hand: the body, or that the caller has it already."""
        response = Response(self.body, mimetype="application/json")
        response.set_etag(self.etag)
        # Kept by whoever asked, and asked again whether it still holds.
        response.headers["Cache-Control"] = "no-cache"
        if language is not None:
            response.headers["Content-Language"] = language
            response.headers["Vary"] = "Accept-Language"
        response.make_conditional(request)
        return response


current_document: Carried[Callable[[str | None], Prepared]] = Carried("openapi")
"""What describes the API of the application at hand, with or without a link that opens it."""


def prepared_menu(engine: Engine) -> Mapping[Language, Prepared]:
    """Return the whole menu in each language."""
    return {language: Prepared.of(card_list(engine.menu, language)) for language in LANGUAGES}


def prepared_cards(engine: Engine) -> Mapping[Language, Mapping[str, Prepared]]:
    """Return each card in each language."""
    return {
        language: {each.id: Prepared.of(card(each, language)) for each in engine.menu}
        for language in LANGUAGES
    }


def prepared_model(engine: Engine) -> Prepared:
    """Return what is known of the model."""
    return Prepared.of(
        {
            **model_of(engine.info),
            "alias": "live",
            "created": _created(engine.info.version),
            "shows_differences": engine.info.shows_differences,
            "menu": {"version": engine.menu.version},
        }
    )


def _created(version: str) -> datetime | None:
    """Return the moment in a version's name; the expert prior has none."""
    try:
        return datetime.strptime(version.partition("-")[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


@cache
def prepared_vocabulary() -> Prepared:
    """Return the vocabulary; it changes with the code only."""
    return Prepared.of(vocabulary())

"""Advice for many companies in one call, told while it is worked out."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from flask import Response, g

from matcher.errors import InvalidProfile
from matcher.profile.schema import Question
from matcher.vocabulary import Language
from service.answering.answers import answer
from service.api.batch_requests import MAX_BATCH, Batch, BatchAnswer, read_batch, read_member
from service.api.questions import served_for
from service.api.reading import FOR_THE_ASKER, answers, api_blueprint, read_by, unknown_card
from service.api.views import ADVICE
from service.live.watch import Served
from service.web.language import asked_language
from service.web.problems import STATUS, problem_members

bp = api_blueprint("batches", __name__, ADVICE)


@bp.post(
    "/recommendation-batches",
    summary="Vraag advies voor een groep bedrijven",
    description=(
        "Hetzelfde als recommendations, voor 1 tot 1.000 profielen in één vraag van hoogstens 2 "
        "MB. De antwoorden komen in dezelfde volgorde. Een profiel dat niet klopt krijgt op zijn "
        "plaats een problem; de andere krijgen gewoon advies. Alle antwoorden komen van dezelfde "
        "versie van het model. Er wordt niets bewaard."
    ),
    operation_id="recommendBatch",
    responses=answers(200, BatchAnswer, 400, 413, 415),
)
@read_by(read_batch, MAX_BATCH)
def recommend(body: Batch) -> Response:
    """Rank the menu for every profile in the body."""
    served, language = served_for(body.model), asked_language()
    _check_excluded(body, served)
    headers = [*FOR_THE_ASKER, ("Content-Language", language)]
    pieces = _pieces(body, served, language, g.request_id)
    return Response(pieces, headers=headers, mimetype="application/json")


def _check_excluded(batch: Batch, served: Served) -> None:
    menu = served.engine.menu
    faults = [
        unknown_card(card, f"/constraints/exclude/{place}", menu.ids)
        for place, card in enumerate(batch.constraints.exclude)
        if card not in menu.by_id
    ]
    if faults:
        raise InvalidProfile(faults)


def _pieces(batch: Batch, served: Served, language: Language, request_id: str) -> Iterator[bytes]:
    """Yield the body, one answer at a time: never are all of them in memory."""
    for place in range(len(batch.profiles)):
        yield b"," if place else b'{"answers":['
        yield orjson.dumps(_answer(batch, place, served, language, request_id))
    yield b"]}"


def _answer(
    batch: Batch, place: int, served: Served, language: Language, request_id: str
) -> dict[str, object]:
    id_ = batch.profiles[place].id
    try:
        profile = read_member(batch, place)
    except InvalidProfile as error:
        status = STATUS["invalid_input"]
        told = problem_members("invalid_input", status, request_id, language, error.faults)
        return {"id": id_, "problem": told}
    question = Question(
        profile=profile,
        constraints=batch.constraints,
        limit=batch.limit,
        reasons=batch.reasons,
        model=batch.model,
    )
    advice = answer(question, served, language)
    question_id = advice.pop("id")
    return {"id": id_, "question_id": question_id, **advice}

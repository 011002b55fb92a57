"""The resources of the API: each reads, asks the domain and tells."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, current_app
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from matcher.errors import Fault, InvalidProfile
from matcher.profile import Question
from service.api.answers import answer
from service.api.document import BASE_PATH, EXTENSION, PROBLEM
from service.api.questions import read_recommendation_question, served_for
from service.api.reading import FOR_THE_ASKER, read_by
from service.api.schemas import (
    InterventionCard,
    InterventionList,
    LiveModel,
    RecommendationAnswer,
    Vocabulary,
)
from service.api.told import Told, cards_told, menu_told, model_told, vocabulary_told
from service.current import current_served
from service.language import asked_language
from service.metrics import current_metrics
from service.problems import Problem, problem

bp = APIBlueprint(
    "api", __name__, url_prefix=BASE_PATH, abp_responses={405: PROBLEM, 500: PROBLEM, 503: PROBLEM}
)

ADVICE = Tag(name="Advies", description="Welke aanpak past bij een bedrijf")
MENU = Tag(name="Menukaart", description="De aanpakken en de woorden van een profiel")
MODEL = Tag(name="Model", description="Waar een advies op berust")


@bp.errorhandler(InvalidProfile)
def invalid_input(error: InvalidProfile) -> Response:
    """List every fault with a pointer to its field."""
    return problem("invalid_input", error.faults)


@bp.post(
    "/recommendations",
    summary="Vraag een advies",
    description=(
        "Zet de menukaart op volgorde voor één bedrijf, met redenen en onzekerheid. Er wordt niets "
        "bewaard. Dezelfde vraag krijgt hetzelfde id en hetzelfde antwoord. Teksten volgen "
        "Accept-Language: nl of en."
    ),
    operation_id="recommend",
    tags=[ADVICE],
    responses={200: RecommendationAnswer, 400: PROBLEM, 413: PROBLEM, 415: PROBLEM},
)
@read_by(read_recommendation_question)
def recommend(body: Question) -> Response:
    """Rank the menu for the profile in the body."""
    language = asked_language()
    told = answer(body, served_for(body), language)
    current_metrics().ranked(str(told["known_case"]))
    content = orjson.dumps(told)
    headers = [*FOR_THE_ASKER, ("Content-Language", language)]
    return Response(content, headers=headers, mimetype="application/json")


@bp.get(
    "/interventions",
    summary="Lees de menukaart",
    description="Alle aanpakken met alles wat ervan bekend is. Teksten volgen Accept-Language.",
    operation_id="listInterventions",
    tags=[MENU],
    responses={200: InterventionList},
)
def interventions() -> Response:
    """Tell the whole menu."""
    language = asked_language()
    return current_served().once(menu_told)[language].response(language)


class InterventionPath(BaseModel):
    """Which card."""

    id: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=40,
        description="id van een aanpak",
        json_schema_extra={"example": "leermeester"},
    )


@bp.get(
    "/interventions/<id>",
    summary="Lees één kaart",
    description="Eén aanpak met alles wat ervan bekend is. Teksten volgen Accept-Language.",
    operation_id="readIntervention",
    tags=[MENU],
    responses={200: InterventionCard, 400: PROBLEM, 404: PROBLEM},
)
def intervention(path: InterventionPath) -> Response:
    """Tell one card."""
    language = asked_language()
    cards = current_served().once(cards_told)[language]
    return _found(cards.get(path.id), path.id, cards).response(language)


def _found(told: Told | None, id_: str, cards: Any) -> Told:
    if told is None:
        params = {"value": id_, "choices": ", ".join(cards)}
        raise Problem("not_found", [Fault("/id", "unknown_intervention", params)], place="path")
    return told


@bp.get(
    "/vocabulary",
    summary="Lees de woorden van een profiel",
    description="Alle velden, gesloten lijsten en grenzen, met namen in het Nederlands en Engels.",
    operation_id="readVocabulary",
    tags=[MENU],
    responses={200: Vocabulary},
)
def vocabulary() -> Response:
    """Tell the fields of a profile and their values."""
    return vocabulary_told().response()


@bp.get(
    "/model",
    summary="Lees welk model antwoordt",
    description="De versie die nu antwoordt en waarvan ze geleerd heeft.",
    operation_id="readModel",
    tags=[MODEL],
    responses={200: LiveModel},
)
def model() -> Response:
    """Tell what stands behind the numbers."""
    return current_served().once(model_told).response()


@bp.get("/openapi.json", doc_ui=False)
def openapi() -> Response:
    """Tell this description of the API."""
    told: Told = current_app.extensions[EXTENSION]()
    response = told.response()
    # The design rules ask that tools on other sites can read it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response

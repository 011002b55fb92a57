"""The resources of the API: each reads, asks the domain and tells."""

from __future__ import annotations

import orjson
from flask import Response
from flask_openapi3 import Tag
from pydantic import BaseModel

from matcher.profile.schema import Question, read_question
from service.access import gate
from service.answering.answers import answer
from service.api.prepared import (
    current_document,
    prepared_cards,
    prepared_menu,
    prepared_model,
    prepared_vocabulary,
)
from service.api.questions import served_for
from service.api.reading import FOR_THE_ASKER, CardId, answers, api_blueprint, no_such_card, read_by
from service.api.schemas import (
    InterventionCard,
    InterventionList,
    LiveModel,
    RecommendationAnswer,
    Vocabulary,
)
from service.live.current import current_served
from service.metrics import current_metrics
from service.web.language import asked_language

bp = api_blueprint("api", __name__)

ADVICE = Tag(name="Advies", description="Welke aanpak past bij een bedrijf")
MENU = Tag(name="Menukaart", description="De aanpakken en de woorden van een profiel")
MODEL = Tag(name="Model", description="Waar een advies op berust")


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
    responses=answers(200, RecommendationAnswer, 400, 413, 415),
)
@read_by(read_question)
def recommend(body: Question) -> Response:
    """Rank the menu for the profile in the body."""
    language = asked_language()
    told = answer(body, served_for(body.model), language)
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
    responses=answers(200, InterventionList),
)
def interventions() -> Response:
    """Tell the whole menu."""
    language = asked_language()
    return current_served().once(prepared_menu)[language].response(language)


class InterventionPath(BaseModel):
    """Which card."""

    id: CardId


@bp.get(
    "/interventions/<id>",
    summary="Lees één kaart",
    description="Eén aanpak met alles wat ervan bekend is. Teksten volgen Accept-Language.",
    operation_id="readIntervention",
    tags=[MENU],
    responses=answers(200, InterventionCard, 400, 404),
)
def intervention(path: InterventionPath) -> Response:
    """Tell one card."""
    language = asked_language()
    cards = current_served().once(prepared_cards)[language]
    if path.id not in cards:
        raise no_such_card(path.id, "/id", cards)
    return cards[path.id].response(language)


@bp.get(
    "/vocabulary",
    summary="Lees de woorden van een profiel",
    description="Alle velden, gesloten lijsten en grenzen, met namen in het Nederlands en Engels.",
    operation_id="readVocabulary",
    tags=[MENU],
    responses=answers(200, Vocabulary),
)
def vocabulary() -> Response:
    """Tell the fields of a profile and their values."""
    return prepared_vocabulary().response()


@bp.get(
    "/model",
    summary="Lees welk model antwoordt",
    description="De versie die nu antwoordt en waarvan ze geleerd heeft.",
    operation_id="readModel",
    tags=[MODEL],
    responses=answers(200, LiveModel),
)
def model() -> Response:
    """Tell what stands behind the numbers."""
    return current_served().once(prepared_model).response()


@bp.get("/openapi.json", doc_ui=False)
def openapi() -> Response:
    """Tell this description of the API."""
    response = current_document()(gate.link_instead_of_keys()).response()
    # The design rules ask that tools on other sites can read it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response

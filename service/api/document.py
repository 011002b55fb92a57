"""The OpenAPI document: made from the views, told as the Dutch API Design Rules ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from flask_openapi3 import Contact, Info, License, OpenAPI, Server
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from matcher.profile.schema import Question
from matcher.trials.columns import STATE_TWINS
from matcher.trials.outcome import Outcome
from matcher.validation import faults_of
from matcher.vocabulary import SECTORS
from service.access.keys import HEADER
from service.access.table import CLOSED, TABLE, Rule
from service.api import batch_requests, conversation_schemas, deprecation, schemas
from service.api.batch_requests import Batch
from service.api.deprecation import GOING, header
from service.api.examples import EXAMPLES, REFUSAL
from service.api.reading import BASE_PATH, PROBLEM
from service.api.requests import ChoiceSent, NewConversation
from service.caller import ANYBODY
from service.web.headers import API_VERSION
from service.web.problems import MIMETYPE
from service.web.problems import Problem as Refusal

INFO = Info(
    title="Leermatch",
    version=API_VERSION,
    description=(
        "Welke leeraanpak past bij een mkb-bedrijf? Leermatch zet een menukaart op volgorde, met "
        "redenen en eerlijke onzekerheid. Namen van velden zijn Engels en in snake_case: een "
        "bewuste afwijking van de taalregel van de Nederlandse API Design Rules. Elke weigering "
        "is een problem+json met alle fouten tegelijk."
    ),
    # Addresses that lead nowhere, as in publiccode.yml: replace them on publication.
    contact=Contact(
        name="Leermatch", url="https://example.org/leermatch", email="leermatch@example.org"
    ),
    license=License(name="EUPL-1.2", url="https://eupl.eu/1.2/nl/"),
)

DESCRIPTIONS = {
    "Question": "Een profiel, wat is uitgesloten en hoeveel van het antwoord gewenst is.",
    "Profile": "Eén bedrijf zoals zijn adviseur het ziet; een veld dat ontbreekt is onbekend.",
    "Constraints": "Wat de vrager uitsluit.",
    "Batch": "Profielen van een groep bedrijven, en wat voor allemaal geldt.",
    "BatchProfile": "Eén profiel van een groep, met een eigen kenmerk.",
    "NewConversation": "Een profiel waarvan het advies getoond is, en wat er vooraf gekozen was.",
    "ChoiceSent": "Wat er van een gesprek kwam.",
    "Outcome": "Hoe een proef gaat; een veld dat ontbreekt of null is, is onbekend.",
}
"""What the document says of classes of the domain, whose own sentences are for programmers."""

KEY = {
    "type": "apiKey",
    "in": "header",
    "name": HEADER,
    "description": (
        "Sleutel van een organisatie, met een of meer van de rechten recommend, record, export en "
        "metrics. De beheerder maakt hem. Op de eigen machine, zolang er geen sleutels zijn, is er "
        "geen nodig."
    ),
}
LINK = {
    "type": "apiKey",
    "in": "cookie",
    "description": "Krijgt wie de link opent die de service bij het starten toont.",
}
_ANY_PROFILE = "een profiel; wat er geen is, krijgt problem op zijn plaats in het antwoord"
_KEYWORDS = {"ge": "minimum", "le": "maximum"}
"""What pydantic calls a bound after a validator of ours -> JSON Schema's word (its #11576)."""
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")

MEANINGS = {
    "200": "Het antwoord",
    "201": "Het gesprek is bewaard",
    "204": "Het gesprek is gewist",
    "304": "U hebt het antwoord al: het is niet veranderd",
    "400": "De vraag klopt niet",
    "401": "Er hoort een sleutel bij, en die ontbreekt of werkt niet",
    "403": "Deze sleutel heeft het recht niet dat hiervoor nodig is",
    "404": "Dit bestaat niet",
    "405": "Deze methode kan hier niet",
    "409": "Dit botst met wat er al is, of er is iets vreemds dat niemand heeft bevestigd",
    "412": "Een ander heeft het gesprek intussen veranderd",
    "413": "De vraag is te groot: hoogstens 64 kB, bij recommendation-batches 2 MB",
    "415": "De inhoud is geen application/json in UTF-8",
    "428": "Vervangen kan alleen met If-Match",
    "429": "Dit is te vaak; probeer het later nog eens",
    "500": "Er ging bij ons iets mis",
    "503": "De service kan dit nu niet; probeer het later nog eens",
}
HEADERS: dict[str, object] = {
    "API-Version": header("Volledige versie van de API", API_VERSION, required=True),
    "Allow": header("Methoden die hier wel kunnen", "GET, HEAD, OPTIONS"),
    "Location": header(
        "Adres van wat bewaard is", "/api/v1/conversations/5f0c1e7a9b2d4c6e8f1a3b5c7d9e0f12"
    ),
    "Retry-After": header("Na hoeveel seconden het weer kan", 5),
    "WWW-Authenticate": header(
        "Waarmee een vrager zegt wie hij is", 'ApiKey realm="Leermatch", header="X-API-Key"'
    ),
    "ETag": header(
        "Kenmerk van deze inhoud; stuur het terug in If-None-Match",
        '"d154ed58131cb2436aa5e06535b7ad83"',
    ),
}
_ON: dict[str, tuple[str, ...]] = {
    "201": ("ETag", "Location"),
    "304": ("ETag",),
    "401": ("WWW-Authenticate",),
    "405": ("Allow",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
"""Headers of a status besides the version."""


class _Plain(GenerateJsonSchema):
    """JSON schemas without a title for every field: its name says it already."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave the title out."""
        return False


def make_application(name: str) -> OpenAPI:
    """Return an application that collects what its views say of themselves."""
    return OpenAPI(
        name,
        info=INFO,
        servers=[Server(url=BASE_PATH, description="Deze service")],
        validation_error_callback=_refuse,
        doc_ui=False,
        static_folder=None,
    )


def _refuse(error: ValidationError) -> None:
    # The library tells no more than which class did not fit.
    place = "query" if error.title.endswith("Query") else "path"
    raise Refusal("invalid_input", faults_of(error), place=place)


def openapi_document(app: OpenAPI, link: str | None = None) -> dict[str, Any]:
    """Return the document of an application.

    Where nobody signs in and there are no keys, ``link`` is the cookie that opens what is stored.
    """
    told = deepcopy(app.api_doc)
    told["paths"] = {path.removeprefix(BASE_PATH): item for path, item in told["paths"].items()}
    endpoints = _endpoints(app)
    for path, method, operation in _operations(told):
        endpoint = endpoints[path, method]
        going = GOING.get(endpoint)
        if going is not None:
            operation["deprecated"] = True
        _secure(operation, TABLE.get(endpoint, CLOSED), link)
        if method == "get":
            operation["responses"]["304"] = {}
        operation["responses"]["429"] = PROBLEM
        operation["responses"] = {
            status: _response(status, response, going.headers if going else ())
            for status, response in sorted(operation["responses"].items())
            if status in MEANINGS
        }
    for path, (question, answer) in EXAMPLES.items():
        operation = told["paths"][path]["post"]
        operation["requestBody"]["content"]["application/json"]["example"] = question
        (content,) = (
            response["content"]
            for status, response in operation["responses"].items()
            if status in ("200", "201")
        )
        content["application/json"]["example"] = answer
        operation["responses"]["400"]["content"][MIMETYPE]["example"] = REFUSAL
    any_goes = not GOING.keys().isdisjoint(endpoints.values())
    headers = HEADERS | deprecation.HEADERS if any_goes else HEADERS
    told["components"] = {
        "schemas": _schemas(),
        "headers": headers,
        "securitySchemes": {"apiKey": KEY} | ({"link": LINK | {"name": link}} if link else {}),
    }
    return told


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in told["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _endpoints(app: OpenAPI) -> dict[tuple[str, str], str]:
    """Return the endpoint of each operation, by path and method as the document writes them."""
    return {
        (_PLACE.sub(r"{\1}", each.rule.removeprefix(BASE_PATH)), method.lower()): each.endpoint
        for each in app.url_map.iter_rules()
        for method in each.methods or ()
    }


def _secure(operation: dict[str, Any], rule: Rule, link: str | None) -> None:
    """Say which scope an operation asks, and how it refuses who has it not."""
    if rule.scope is None:
        operation["security"] = []
        return
    operation["security"] = [{"apiKey": [rule.scope]}]
    if link is None:
        operation["description"] += f" Vraagt een sleutel met het recht {rule.scope}."
    elif rule.scope in ANYBODY.scopes:
        operation["security"].append({})
        operation["description"] += " Vraagt hier geen sleutel, zolang er geen is."
    else:
        operation["security"].append({"link": []})
        operation["description"] += " Vraagt hier de link die de service bij het starten toont."
    operation["responses"] |= dict.fromkeys(("401", "403", "429"), PROBLEM)


def _response(status: str, response: dict[str, Any], going: Iterable[str]) -> dict[str, Any]:
    named = ("API-Version", *_ON.get(status, ()), *(going if status < "400" else ()))
    return {
        **response,
        "description": MEANINGS[status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in named},
    }


@cache
def _schemas() -> dict[str, Any]:
    """Return the schemas from pydantic itself: the library drops what it does not know."""
    answers = [
        each
        for each in {**vars(schemas), **vars(conversation_schemas), **vars(batch_requests)}.values()
        if isinstance(each, type)
        and issubclass(each, schemas.Answer)
        and each not in (schemas.Answer, conversation_schemas.TrialState)
    ]
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((each, "validation") for each in (Question, Batch, NewConversation, ChoiceSent, Outcome)),
        *((each, "serialization") for each in answers),
    ]
    _, made = models_json_schema(
        models, ref_template="#/components/schemas/{model}", schema_generator=_Plain
    )
    for name in DESCRIPTIONS:
        _allow_null(made["$defs"][name])
    for schema in _within(made["$defs"]):
        for name, keyword in _KEYWORDS.items():
            if name in schema:
                schema[keyword] = schema.pop(name)
    _say_the_rules_between_fields(made["$defs"])
    # What fits no profile is told in its place and stops no other, so anything may stand there.
    asked = made["$defs"]["BatchProfile"]["properties"]
    asked["profile"] = {"anyOf": [asked["profile"], {}], "description": _ANY_PROFILE}
    for name, sentence in DESCRIPTIONS.items():
        made["$defs"][name]["description"] = sentence
    return dict(made["$defs"])


def _within(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a document, the inner ones first."""
    if isinstance(value, dict):
        for each in list(value.values()):
            yield from _within(each)
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _within(each)


def _say_the_rules_between_fields(schemas: dict[str, Any]) -> None:
    """Say which values of one field go with which of another, as far as a schema can."""
    schemas["Profile"]["oneOf"] = [
        {"properties": {"sbi_version": {"const": scheme}, "sector": {"enum": list(letters)}}}
        for scheme, letters in SECTORS.items()
    ]
    schemas["ChoiceSent"]["oneOf"] = [
        {
            "properties": {"kind": {"const": "chosen"}, "intervention": {"type": "string"}},
            "required": ["intervention"],
        },
        {"properties": {"kind": {"const": "other"}}},
        {
            "properties": {
                "kind": {"enum": ["nothing_now", "referred"]},
                "intervention": {"type": "null"},
            }
        },
    ]
    schemas["Outcome"]["allOf"] = [{"anyOf": [*ways]} for ways in _ways_of_an_outcome()]


def _ways_of_an_outcome() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield, for each rule between the fields of an outcome, the two ways in which it holds."""
    idle = {"enum": ["not_started", *(w for w, s in STATE_TWINS.items() if s == "not_started")]}
    stopped = {"enum": ["stopped", *(w for w, s in STATE_TWINS.items() if s == "stopped")]}
    absent = {"type": "null"}
    yield _fields(stopped_reason=absent), _fields(state=stopped)
    nothing = {"maximum": 0}
    spent = _fields(end_date=absent, hours_per_participant=nothing, cost_eur=nothing)
    yield _fields(state={"not": idle}), spent
    scores = ("culture_before", "culture_after")
    scaled = _fields(scale={"type": "string"}) | {"required": ["scale"]}
    yield _fields(**dict.fromkeys(scores, absent)), scaled
    yield (
        _fields(scale={"enum": ["1-6", None]}),
        _fields(**{each: {"maximum": 5} for each in scores}),
    )
    for moment in ("before", "after"):
        somebody = {f"respondents_{moment}": {"not": {"const": 0}}}
        yield _fields(**{f"culture_{moment}": absent}), _fields(**somebody)


def _fields(**schemas: dict[str, Any]) -> dict[str, Any]:
    return {"properties": schemas}


def _allow_null(schema: dict[str, Any]) -> None:
    """Say of what may be left out that null says the same, as reading takes it."""
    null = {"type": "null"}
    for name, field in schema["properties"].items():
        if name in schema.get("required", ()) or null in field.get("anyOf", ()):
            continue
        kind = {key: field.pop(key) for key in list(field) if key not in ("default", "description")}
        field["anyOf"] = [kind, null]

"""The OpenAPI document against the rules of the Dutch API Design Rules and against the service."""

import json
import re

import jsonschema_rs
import pytest

from service import create_app
from service.api import schemas
from service.api.__main__ import written_document
from service.api.batch_requests import BatchAnswer
from service.api.examples import ANSWER, EXAMPLES, REFUSAL
from service.settings import Settings
from service.web.headers import API_VERSION
from tests.service.conftest import PROFILE, RECOMMENDATIONS, ROOT

METHODS = {"get", "put", "post", "delete", "patch"}
KEBAB = re.compile(r"(/([a-z0-9-]+|\{[^}]+\}))+")
PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")


@pytest.fixture(scope="module")
def document(app):
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    return answer.json


@pytest.fixture(scope="module")
def document_with_keys(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    app = create_app(Settings(models=models, instance=folder, auth="local"))
    return app.test_client().get("/api/v1/openapi.json").json


@pytest.fixture(scope="module")
def operations(document):
    return {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


@pytest.fixture(scope="module")
def responses(operations):
    return [
        (status, response)
        for operation in operations.values()
        for status, response in operation["responses"].items()
    ]


def nodes(value):
    """Yield every object inside a document."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from nodes(inner)


def resolve(document, reference):
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


def test_it_is_openapi_3_1_with_a_semantic_version(document):
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", document["info"]["version"])
    assert document["info"]["version"] == API_VERSION


def test_it_says_whom_to_ask(document):
    assert all(document["info"]["contact"][name] for name in ("name", "url", "email"))
    assert document["info"]["license"]["name"] == "EUPL-1.2"


def test_the_address_holds_the_major_version(document):
    assert [server["url"] for server in document["servers"]] == ["/api/v1"]


def test_addresses_are_in_kebab_case_and_do_not_end_in_a_slash(document):
    assert document["paths"]
    for path in document["paths"]:
        assert KEBAB.fullmatch(path)


def test_operations_have_their_own_names_and_dutch_words(operations):
    names = [operation["operationId"] for operation in operations.values()]
    assert len(names) == len(set(names))
    for operation in operations.values():
        assert operation["summary"]
        assert operation["description"]
    assert {method for method, _ in operations} <= METHODS


def test_tags_are_named_once_and_described(document, operations):
    tags = [tag["name"] for tag in document["tags"]]
    assert len(tags) == len(set(tags))
    assert all(tag["description"] for tag in document["tags"])
    assert {tag for operation in operations.values() for tag in operation["tags"]} == set(tags)


def test_parameters_of_an_address_are_described(operations):
    for (_, path), operation in operations.items():
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        for parameter in operation.get("parameters", []):
            assert parameter["required"] is (parameter["in"] == "path")
            assert parameter["description"]
            if parameter["in"] == "query":
                assert re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", parameter["name"])


def test_what_can_be_wrong_has_a_400(operations):
    for (method, _), operation in operations.items():
        if operation.get("parameters") or method in {"put", "post", "patch"}:
            assert "400" in operation["responses"]


def test_every_response_carries_the_version_and_is_described(document, responses):
    for _, response in responses:
        header = resolve(document, response["headers"]["API-Version"]["$ref"])
        assert header["schema"]["type"] == "string"
        assert response["description"]


def test_every_refusal_is_a_problem(document, responses):
    refusals = [response for status, response in responses if status >= "400"]
    assert refusals
    for response in refusals:
        [(mimetype, content)] = response["content"].items()
        assert mimetype == "application/problem+json"
        schema = resolve(document, content["schema"]["$ref"])
        assert {"type", "title", "status", "detail", "instance"} <= schema["properties"].keys()


def test_every_answer_with_a_body_has_a_schema(document, responses):
    for status, response in responses:
        if status == "200" and "text/csv" not in response["content"]:
            reference = response["content"]["application/json"]["schema"]["$ref"]
            assert resolve(document, reference)["type"] == "object"


def test_every_reference_leads_somewhere(document):
    references = [node["$ref"] for node in nodes(document) if "$ref" in node]
    assert references
    for reference in references:
        assert resolve(document, reference)


def test_schemas_have_names_in_pascal_case_and_a_description(document):
    for name, schema in document["components"]["schemas"].items():
        assert PASCAL.fullmatch(name)
        assert schema["description"]


def whole(document, schema):
    """Return a schema of the document that stands on its own."""
    return {"components": document["components"], **schema}


def test_every_example_fits_its_schema(document, operations):
    told = [
        content
        for operation in operations.values()
        for part in (operation.get("requestBody"), *operation["responses"].values())
        for content in (part or {}).get("content", {}).values()
        if "example" in content
    ]
    assert len(told) > 5
    for content in told:
        jsonschema_rs.validate(whole(document, content["schema"]), content["example"])


def test_every_example_and_default_of_a_field_fits_it(document):
    fields = [
        node for node in nodes(document) if "type" in node or "anyOf" in node or "$ref" in node
    ]
    told = [
        (field, value)
        for field in fields
        for value in (
            *field.get("examples", ()),
            *(field[name] for name in ("default",) if name in field),
        )
    ]
    assert len(told) > 20
    for field, value in told:
        jsonschema_rs.validate(whole(document, field), value)


def test_times_have_no_zone_and_no_field_is_a_moment_without_one(document):
    formats = {node["format"] for node in nodes(document) if isinstance(node.get("format"), str)}
    assert not formats & {"time", "date-time-local"}


def test_what_can_be_asked_of_an_address_is_a_standard_method(document):
    for item in document["paths"].values():
        assert item.keys() <= METHODS


def test_servers_take_no_variables_and_are_not_on_plain_http(document):
    for server in document["servers"]:
        assert "variables" not in server and not server["url"].startswith("http://")


def test_every_schema_is_used(document):
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert used == document["components"]["schemas"].keys()


def test_dates_have_a_format_and_moments_a_zone(document):
    for schema in document["components"]["schemas"].values():
        for name, value in schema.get("properties", {}).items():
            if re.search(r"[a-z]D(ate|atum)|_[dD](ate|atum)|^dat(e|um)$", name):
                assert value["format"] == "date"
            formats = [node["format"] for node in nodes(value) if "format" in node]
            assert set(formats) <= {"date", "date-time"}


def test_the_domains_own_sentences_are_told_in_dutch(document):
    assert "One company" not in json.dumps(document)
    assert "bedrijf" in document["components"]["schemas"]["Profile"]["description"]


def test_tools_on_other_sites_may_read_the_document_and_nothing_else(client):
    shared = client.get("/api/v1/openapi.json").headers
    assert shared["Access-Control-Allow-Origin"] == "*"
    assert shared["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/model").headers


# The document, its copy and the service


def test_the_copy_in_the_repository_is_the_document_of_the_code(document_with_keys):
    kept = (ROOT / "docs/openapi.json").read_text(encoding="utf-8")
    assert kept == written_document(), "renew it: python -m service.api docs/openapi.json"
    assert json.loads(kept) == document_with_keys


def test_without_keys_the_document_says_what_needs_none_and_what_needs_the_link(
    document, document_with_keys
):
    needs = {
        (path, method): operation["security"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert needs["/recommendations", "post"] == [{"apiKey": ["recommend"]}, {}]
    assert needs["/trials", "get"] == [{"apiKey": ["export"]}, {"link": []}]
    assert needs["/model", "get"] == []
    link = document["components"]["securitySchemes"]["link"]
    assert (link["in"], link["name"]) == ("cookie", "leermatch_80")
    assert document["components"]["schemas"] == document_with_keys["components"]["schemas"]


def test_the_document_names_every_address_of_the_api(app, document):
    served = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
    }
    assert served == document["paths"].keys() | {"/openapi.json"}


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_example_of_a_question_is_answered(client, path):
    assert client.post(f"/api/v1{path}", json=EXAMPLES[path][0]).status_code == 200


FORMS = {
    "/recommendations": schemas.RecommendationAnswer,
    "/recommendation-batches": BatchAnswer,
}


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_examples_have_the_documented_form(operations, path):
    told = {
        status: content["example"]
        for status, response in operations["post", path]["responses"].items()
        for content in response["content"].values()
        if "example" in content
    }
    _, answer = EXAMPLES[path]
    assert told == {"200": answer, "400": REFUSAL}
    FORMS[path].model_validate_json(json.dumps(answer))
    schemas.Problem.model_validate_json(json.dumps(REFUSAL))


def test_the_example_of_an_answer_has_the_members_of_a_real_one(ask):
    real = ask({"constraints": {"exclude": ["bbl"]}}).json
    assert list(ANSWER) == list(real)
    for name in ("ranking", "not_suitable"):
        assert list(ANSWER[name][0]) == list(real[name][0])


STATUSES = {
    "a good question": ({"json": {"profile": PROFILE}}, "200"),
    "a wrong question": ({"json": {}}, "400"),
    "a wrong kind": ({"data": b"{}"}, "415"),
    "too large": ({"data": b" " * 66_000, "content_type": "application/json"}, "413"),
}


@pytest.mark.parametrize(("sent", "status"), STATUSES.values(), ids=STATUSES.keys())
def test_every_status_that_happens_is_documented(client, operations, sent, status):
    answer = client.post(RECOMMENDATIONS, **sent)
    assert str(answer.status_code) == status
    content = operations["post", "/recommendations"]["responses"][status]["content"]
    assert answer.mimetype in content

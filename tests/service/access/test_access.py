"""Who may use what: every endpoint beside every kind of caller."""

import itertools

import pytest

from service import create_app
from service.access.keys import new_key
from service.access.passwords import hashed
from service.access.table import METRICS, TABLE
from service.caller import NOBODY, ROLES, SCOPES, Caller
from service.settings import Settings
from service.store import keys, users
from service.store.clock import now
from tests.service.conftest import PROFILE, RECOMMENDATIONS

PASSWORD = "vier losse woorden hier"
CALLERS = ["nobody", *SCOPES, *ROLES]
OPEN = {
    "health.live",
    "health.ready",
    "api.interventions",
    "api.intervention",
    "api.vocabulary",
    "api.model",
    "api.openapi",
    "pages.static",
    "pages.menu",
    "pages.card",
    "pages.over",
    "pages.sheet",
    "reference.reference",
    "widget.script",
    "widget.ask",
    "widget.answer",
    "choice.ask_code",
    "choice.read_code",
    "company.show",
    "company.state",
    "company.measurement",
    "signing.closed",
    "signing.open_here",
    "signing.sign_in",
    "signing.enter",
    "signing.to_provider",
    "signing.from_provider",
    "signing.sign_out",
}
"""Endpoints for which nobody has to say who they are: written down here a second time."""


@pytest.fixture(scope="module")
def guarded(models, tmp_path_factory):
    """Return an application on which people sign in with a password."""
    folder = tmp_path_factory.mktemp("guarded")
    return create_app(Settings(models=models, instance=folder, auth="local"))


@pytest.fixture(scope="module")
def database(guarded):
    return guarded.extensions["leermatch.database"]


@pytest.fixture(scope="module")
def make_key(database):
    """Return a function that makes a key of an organisation of its own, or of a named one."""
    numbers = itertools.count()

    def make(*scopes, organisation=None):
        owner = organisation or f"org-{next(numbers)}"
        shown, kept = new_key(owner, frozenset(scopes), now(), None)
        with database.writing() as connection:
            keys.add(connection, kept)
        return shown

    return make


@pytest.fixture(scope="module")
def as_(guarded, database, make_key):
    """Return a function that gives a client and headers of a kind of caller."""
    kept = hashed(PASSWORD)
    clients = {name: guarded.test_client() for name in CALLERS}
    with database.writing() as connection:
        for role in ROLES:
            users.add(connection, users.User(role, "Ynbusiness", role, kept))
    for role in ROLES:
        signed = clients[role].post("/aanmelden", data={"name": role, "password": PASSWORD})
        assert signed.status_code == 303
    headers = {scope: {"X-API-Key": make_key(scope)} for scope in SCOPES}
    return lambda name: (clients[name], headers.get(name, {}))


def endpoints(app):
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_endpoint_stands_in_the_table_and_nothing_else_does(app):
    assert endpoints(app) == set(TABLE)


def test_what_is_public_is_what_we_think_it_is():
    assert {name for name, rule in TABLE.items() if rule.public} == OPEN


def let_through(endpoint, caller):
    """Return whether a caller may: from the table, read by another hand than the gate's."""
    rule = TABLE[endpoint]
    return rule.public or caller == rule.scope or caller in rule.roles


@pytest.fixture(scope="module")
def addresses(guarded):
    filled = {"intervention": "leermeester", "card_id": "bbl", "filename": "x.css", "token": "x"}
    filled |= {
        "id": "0" * 32,
        "id_": "0" * 32,
        "version": "x",
        "name": "x",
        "digest": "x",
        "job_id": "x",
        "form": "x",
    }
    return {
        rule.endpoint: (
            min(rule.methods - {"HEAD", "OPTIONS"}),
            rule.build({name: filled[name] for name in rule.arguments})[1],
        )
        for rule in guarded.url_map.iter_rules()
    }


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_reaches_what_the_table_says_and_nothing_else(addresses, as_, caller):
    """Signing out is left out: it would end what the other pairs need."""
    client, headers = as_(caller)
    # From elsewhere: on this machine itself the metrics are open. Each from a place of its own, for
    # one may ask no more than 600 times a minute.
    elsewhere = {"REMOTE_ADDR": f"192.0.2.{7 + list(CALLERS).index(caller)}"}
    wrong = {}
    for endpoint in TABLE.keys() - {"signing.sign_out"}:
        method, path = addresses[endpoint]
        with client.open(path, method=method, headers=headers, environ_base=elsewhere) as answer:
            signs_in = answer.headers.get("Location", "").startswith("/aanmelden")
            refused = answer.status_code in (401, 403) or signs_in
            if refused == let_through(endpoint, caller):
                wrong[endpoint] = answer.status
    assert wrong == {}


def test_an_endpoint_that_stands_in_no_table_is_closed(make_app):
    app = make_app()
    app.add_url_rule("/nieuw", "new", lambda: "secret")
    answer = app.test_client().get("/nieuw")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_metrics_are_for_who_comes_past_the_proxies_or_a_key_with_their_scope():
    program = Caller("x", "x", None, frozenset({"metrics"}))
    settings = {"self_service": True}
    assert METRICS.allows(NOBODY, past_proxies=True, **settings)
    assert METRICS.allows(program, past_proxies=False, **settings)
    assert not METRICS.allows(NOBODY, past_proxies=False, **settings)
    other = Caller("x", "x", "administrator", frozenset({"export"}))
    assert not METRICS.allows(other, past_proxies=False, **settings)


# Without keys, and with


def test_without_keys_whoever_opened_the_link_may_everything(make_app):
    client = make_app().test_client()
    assert client.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 200
    assert client.post("/api/v1/conversations", json={"profile": PROFILE}).status_code == 201
    assert client.get("/api/v1/trials").status_code == 200
    page = client.get("/")
    assert page.status_code == 200
    assert "Log uit" not in page.text
    assert client.get("/aanmelden").status_code == 404


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:8000", "127.0.0.1.nip.io", "10.0.0.1"]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/model", "/static/leermatch.css", "/nowhere"])
def test_on_this_machine_a_name_of_another_site_opens_nothing(client, path, name):
    assert client.get(path, headers={"Host": name}).status_code == 403


@pytest.mark.parametrize(
    "name", ["localhost:8000", "127.0.0.1", "127.0.0.2:80", "[::1]:8000", "[::1]"]
)
def test_on_this_machine_its_own_names_are_good(client, name):
    assert client.get("/api/v1/model", headers={"Host": name}).status_code == 200


def test_behind_a_proxy_or_with_signing_in_any_name_is_good(models, tmp_path):
    for number, settings in enumerate(({"proxy": 1}, {"auth": "local"})):
        app = create_app(Settings(models=models, instance=tmp_path / str(number), **settings))
        answer = app.test_client().get("/api/v1/model", headers={"Host": "leermatch.example"})
        assert answer.status_code == 200


@pytest.fixture
def local(make_app):
    """Return an application of its own, on this machine and without sign-in."""
    return make_app()


def created(app, *scopes, organisation="Ynbusiness", options=()):
    """Make a key with the command; return it."""
    names = ["--organisation", organisation, "--scopes", ",".join(scopes), *options]
    made = app.test_cli_runner().invoke(args=["keys", "create", *names])
    assert made.exit_code == 0, made.output
    return made.stdout.strip().splitlines()[-1]


def test_from_the_first_key_on_programs_need_one_and_pages_do_not(local):
    client = local.test_client()
    created(local, "recommend")
    answer = client.post(RECOMMENDATIONS, json={"profile": PROFILE})
    assert answer.status_code == 401
    assert client.get("/").status_code == 200


def test_a_key_that_was_revoked_does_not_open_what_was_closed(local):
    client, key = local.test_client(), created(local, "recommend")
    local.test_cli_runner().invoke(args=["keys", "revoke", key[3:11]])
    assert client.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 401


@pytest.fixture(scope="module")
def self_service(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("self-service")
    settings = Settings(models=models, instance=folder, auth="local", self_service=True)
    return create_app(settings).test_client()


def test_with_self_service_the_questions_are_open_and_the_rest_is_not(self_service):
    assert self_service.get("/").status_code == 200
    assert self_service.get("/advies").status_code == 200
    assert self_service.get("/wachtwoord").status_code == 303
    assert self_service.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 401


def test_an_owner_alone_gets_fewer_words_and_the_desk_of_the_province(self_service):
    answers = {
        "needs": "inwerken",
        "employees": "38",
        "sector": "2025-F",
        "staffing_pressure": "krap",
        "province": "friesland",
    }
    page = self_service.post("/advies", data=answers, follow_redirects=True).text
    assert "Wat kiest u?" not in page and "Dit kan ook" not in page
    assert page.count("Waarom, hoe ver en met wie") == 10
    end = page[page.index("Bespreek dit met een adviseur") :]
    assert "<strong>Ynbusiness (vraag na of dit loket er nog is)</strong>" in end


# What a refusal says


@pytest.mark.parametrize("language", ["nl", "en"])
def test_without_a_key_the_answer_says_how_to_get_one(guarded, language):
    headers = {"Accept-Language": language}
    answer = guarded.test_client().post(RECOMMENDATIONS, json={}, headers=headers)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert "X-API-Key" in answer.headers["WWW-Authenticate"]
    [fault] = answer.json["errors"]
    assert (fault["in"], fault["pointer"]) == ("header", "/X-API-Key")
    assert fault["code"] == "key_missing"
    assert "keys create" in fault["detail"]


def test_without_the_scope_the_answer_names_it(guarded, make_key):
    headers = {"X-API-Key": make_key("recommend")}
    answer = guarded.test_client().get("/api/v1/trials", headers=headers)
    assert answer.status_code == 403
    assert "export" in answer.json["errors"][0]["detail"]


def test_the_document_says_which_scope_an_operation_asks(guarded):
    told = guarded.test_client().get("/api/v1/openapi.json").json
    scheme = told["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")
    export = told["paths"]["/trials"]["get"]
    assert export["security"] == [{"apiKey": ["export"]}]
    assert {"401", "403", "429"} <= export["responses"].keys()
    assert told["paths"]["/model"]["get"]["security"] == []


def test_an_organisation_does_not_see_the_conversations_of_another(guarded, make_key):
    client = guarded.test_client()
    ours = {"X-API-Key": make_key("record", "export", organisation="ours")}
    theirs = {"X-API-Key": make_key("record", "export", organisation="theirs")}
    made = client.post("/api/v1/conversations", json={"profile": PROFILE}, headers=ours)
    path = made.headers["Location"]
    assert client.get(path, headers=ours).status_code == 200
    missing = client.get("/api/v1/conversations/" + "0" * 32, headers=theirs)
    for method in ("GET", "DELETE"):
        answer = client.open(path, method=method, headers=theirs)
        assert answer.status_code == 404
        assert answer.json["errors"] == missing.json["errors"]
    told = client.put(f"{path}/outcomes/leermeester", json={"state": "started"}, headers=ours)
    assert told.status_code == 200
    assert client.get("/api/v1/conversations", headers=theirs).json["conversations"] == []
    assert len(client.get("/api/v1/trials", headers=ours).text.splitlines()) == 2
    assert len(client.get("/api/v1/trials", headers=theirs).text.splitlines()) == 1

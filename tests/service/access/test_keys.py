"""Keys of organisations: made, used, revoked, guessed at."""

import re
import time

import pytest

from service import create_app
from service.access import gate
from service.access.keys import new_key, opens, parts_of
from service.settings import Settings
from service.store.clock import ago
from service.store.keys import listed
from tests.service.conftest import PROFILE, RECOMMENDATIONS

FORM = re.compile(r"lm_[0-9a-f]{8}_[0-9a-f]{32}")


@pytest.fixture
def app(models, tmp_path):
    return create_app(Settings(models=models, instance=tmp_path, auth="local"))


@pytest.fixture
def database(app):
    return app.extensions["leermatch.database"]


@pytest.fixture
def run(app):
    """Return a function that gives a command of ``flask --app service``."""
    return lambda *words: app.test_cli_runner().invoke(args=list(words))


@pytest.fixture
def create(run):
    """Return a function that makes a key; it gives the key itself."""

    def create(scopes="recommend", organisation="Ynbusiness", *options):
        named = ("--organisation", organisation, "--scopes", scopes)
        made = run("keys", "create", *named, *options)
        assert made.exit_code == 0, made.output
        return made.stdout.strip()

    return create


@pytest.fixture
def ask(client):
    """Return a function that asks for a recommendation with a key; it gives the status."""

    def ask(key, **how):
        headers = {"X-API-Key": key}
        answer = client.post(RECOMMENDATIONS, json={"profile": PROFILE}, headers=headers, **how)
        return answer.status_code

    return ask


def test_a_key_is_shown_once_and_kept_as_a_digest_only(create, run, app):
    key = create("recommend,record")
    assert FORM.fullmatch(key)
    secret = parts_of(key)[1]
    assert secret not in run("keys", "list").output
    for file in (app.extensions["leermatch.database"].engine.url.database,):
        with open(file, "rb") as content:
            assert secret.encode() not in content.read()


def test_every_key_has_128_random_bits_of_its_own():
    made = {new_key("x", frozenset(), "", None)[0] for _ in range(100)}
    assert len({parts_of(key)[1] for key in made}) == 100
    assert all(len(bytes.fromhex(parts_of(key)[1])) == 16 for key in made)


def test_a_key_opens_what_its_scopes_say(create, ask, client):
    key = create("recommend")
    assert ask(key) == 200
    assert client.get("/api/v1/trials", headers={"X-API-Key": key}).status_code == 403


def test_the_list_says_of_every_key_whose_it_is_and_whether_it_works(create, run, ask):
    first = create("recommend,export")
    create("record", "GroBusiness", "--expires", "2999-12-31")
    ask(first)
    run("keys", "revoke", first[3:11])
    head, *rows = (line.split("\t") for line in run("keys", "list").stdout.splitlines())
    assert head == [
        "prefix",
        "state",
        "organisation",
        "scopes",
        "created",
        "expires",
        "used",
        "widget",
        "origins",
    ]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert rows[0] == [
        first[3:11],
        "revoked",
        "Ynbusiness",
        "recommend,export",
        today,
        "-",
        today,
        "-",
        "-",
    ]
    told = ["active", "GroBusiness", "record", today, "2999-12-31", "-", "-", "-"]
    assert rows[1][1:] == told


def test_a_third_key_is_refused_with_the_way_out_and_another_organisation_may(create, run):
    two = [create(), create()]
    third = run("keys", "create", "--organisation", "Ynbusiness", "--scopes", "recommend")
    assert third.exit_code == 1
    assert all(key[3:11] in third.output for key in two)
    assert "keys revoke" in third.output
    create(organisation="GroBusiness")
    run("keys", "revoke", two[0][3:11])
    create()


WRONG = {
    "an unknown scope": (["--scopes", "recommend,admin"], "admin"),
    "no scope": (["--scopes", ""], "recommend, record"),
    "a day that is past": (["--scopes", "record", "--expires", "2020-01-01"], "past"),
    "a site with a path": (["--scopes", "record", "--origin", "https://a.nl/b"], "a.nl/b"),
    "a site that ends a header": (["--scopes", "record", "--origin", "https://a.nl; x"], "no site"),
    "any site": (["--scopes", "record", "--origin", "*"], "no site"),
    "no day": (["--scopes", "record", "--expires", "soon"], "soon"),
}


@pytest.mark.parametrize(("options", "hint"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_option_is_refused_and_nothing_is_made(run, database, options, hint):
    refused = run("keys", "create", "--organisation", "Ynbusiness", *options)
    assert refused.exit_code == 2
    assert hint in refused.output
    with database.reading() as connection:
        assert listed(connection) == []


def test_an_expired_key_says_since_when(create, client, database):
    key = create()
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE keys SET expires_at = '2026-01-02T00:00:00.000000Z'")
    answer = client.post(RECOMMENDATIONS, json={}, headers={"X-API-Key": key})
    assert answer.status_code == 401
    assert answer.json["errors"][0]["code"] == "key_expired"
    assert "2026-01-02" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (1, 401)])
def test_a_key_ends_at_midnight_in_utc_whatever_the_zone(create, ask, database, seconds, status):
    """The last day of summer time has 25 hours in Amsterdam, and 24 for a key."""
    key = create("recommend", "Ynbusiness", "--expires", "2999-10-25")
    with database.writing() as connection:
        kept = listed(connection)[0].expires_at
        assert kept == "2999-10-25T00:00:00.000000Z"
        connection.exec_driver_sql(f"UPDATE keys SET expires_at = '{ago(seconds)}'")
    assert ask(key) == status


def eventually(holds):
    """Wait until something holds; what a revocation may take is a second, and the test a minute."""
    until = time.monotonic() + 60
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.05)
    return held


def test_a_revoked_key_opens_nothing_also_in_a_process_that_knew_it(create, run, ask, client):
    key = create()
    assert ask(key) == 200
    revoked = run("keys", "revoke", key[3:11])
    assert revoked.exit_code == 0
    assert eventually(lambda: ask(key) == 401)
    assert gate.FRESH_SECONDS <= 1
    answer = client.post(RECOMMENDATIONS, json={}, headers={"X-API-Key": key})
    assert answer.json["errors"][0]["code"] == "key_revoked"


def test_the_commands_work_while_the_service_runs(start_server, flask, tmp_path):
    """Given in another process than the one that serves: in this one."""
    server = start_server(tmp_path, LEERMATCH_AUTH="local")
    there = {
        "LEERMATCH_INSTANCE": str(tmp_path / "instance"),
        "LEERMATCH_MODELS": str(tmp_path / "models"),
    }
    words = ["--organisation", "Ynbusiness", "--scopes", "export"]
    key = flask("keys", "create", *words, **there).stdout.strip()
    assert status(server, key) == 200
    assert flask("keys", "revoke", key[3:11], **there).exit_code == 0
    assert eventually(lambda: status(server, key) == 401)


def status(server, key):
    import requests

    headers = {"X-API-Key": key}
    return requests.get(f"{server.url}/api/v1/trials", headers=headers, timeout=60).status_code


@pytest.mark.parametrize("name", ["00000000", "no-key", ""])
def test_revoking_what_is_no_key_says_so(run, name):
    refused = run("keys", "revoke", name)
    assert refused.exit_code == 1
    assert "keys list" in refused.output


# Guessing


GUESSES = {
    "no key at all": lambda key: "",
    "another form": lambda key: "Bearer " + key,
    "the prefix only": lambda key: key[:11],
    "another secret": lambda key: key[:12] + "0" * 32,
    "another prefix": lambda key: "lm_00000000" + key[11:],
    "capitals": lambda key: key.upper(),
    "one more": lambda key: key + "0",
    "not ASCII": lambda key: key[:-1] + "é",
    "very long": lambda key: key * 100,
}


@pytest.mark.parametrize("guess", GUESSES.values(), ids=GUESSES.keys())
def test_what_is_not_the_key_opens_nothing_and_tells_nothing(create, client, guess):
    headers = {"X-API-Key": guess(create())}
    answer = client.post(RECOMMENDATIONS, json={"profile": PROFILE}, headers=headers)
    assert answer.status_code == 401
    assert answer.json["errors"][0]["code"] == "key_unknown"


def test_without_a_row_a_secret_is_compared_all_the_same():
    shown, kept = new_key("x", frozenset(), "", None)
    _, secret = parts_of(shown)
    assert opens(secret, kept)
    assert not opens(secret, None)
    assert not opens("0" * 32, kept)


def test_an_address_that_guesses_is_no_longer_heard_and_others_are(create, ask):
    known = create()
    assert ask(known) == 200
    for _ in range(gate.WRONG_KEYS):
        assert ask("lm_00000000_" + "0" * 32) == 401
    assert ask("lm_00000000_" + "0" * 32) == 429
    # The right key is not looked up any more from there, unless it was seen at work before.
    fresh = create()
    assert ask(fresh) == 429
    assert ask(known) == 200
    assert ask(known[:12] + "0" * 32) == 429
    assert ask(fresh, environ_base={"REMOTE_ADDR": "192.0.2.7"}) == 200


# The database away


def test_a_key_that_was_seen_goes_on_while_the_database_is_away(create, ask, client, database):
    """A closed door in place of the file: every new connection fails."""
    key, unseen = create("recommend,record"), create()
    assert ask(key) == 200
    away(database)
    assert ask(key) == 200
    assert ask(unseen) == 503
    headers = {"X-API-Key": key}
    kept = client.post("/api/v1/conversations", json={"profile": PROFILE}, headers=headers)
    assert kept.status_code == 503


def away(database):
    """Take the database's file away, as a disk that went; its connections with it."""
    from pathlib import Path

    database.close()
    file = Path(database.engine.url.database)
    for each in file.parent.glob("leermatch.sqlite*"):
        each.unlink()
    file.mkdir()


def test_without_keys_recommendations_go_on_when_the_database_never_was_there(models, tmp_path):
    app = create_app(Settings(models=models, instance=tmp_path))
    away(app.extensions["leermatch.database"])
    client = app.test_client()
    assert client.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 200
    assert client.post("/api/v1/conversations", json={"profile": PROFILE}).status_code == 503

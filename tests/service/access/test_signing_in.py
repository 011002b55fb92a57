"""Signing in with a password: who may, how often it can be tried, and until when it holds."""

import pytest

from service import create_app, settings
from service.access import people
from service.access.passwords import hashed
from service.settings import Settings
from service.store import attempts, sessions, users
from service.store.clock import ago

PASSWORD, OTHER = "vier losse woorden hier", "andere losse woorden nu"


on_sqlite = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For what no database sees: a header, a form that is refused, a word that is read."""


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request, models, tmp_path):
    """Return an application with one person, on both databases."""
    url = request.getfixturevalue("make_postgresql")() if request.param == "postgresql" else ""
    made = create_app(Settings(models=models, instance=tmp_path, auth="local", database_url=url))
    database = made.extensions["leermatch.database"]
    with database.writing() as connection:
        users.add(connection, users.User("anna", "Ynbusiness", "advisor", hashed(PASSWORD)))
    yield made
    database.close()


@pytest.fixture
def database(app):
    return app.extensions["leermatch.database"]


@pytest.fixture
def run(app):
    return lambda *words, **how: app.test_cli_runner().invoke(args=["users", *words], **how)


def sign_in(client, name="anna", password=PASSWORD, **how):
    return client.post("/aanmelden", data={"name": name, "password": password}, **how)


def is_in(client):
    return client.get("/").status_code == 200


@pytest.fixture
def signed_in(client):
    assert sign_in(client).status_code == 303
    return client


# In and out


@on_sqlite
def test_who_is_not_signed_in_comes_back_where_they_were(client):
    away = client.get("/advies")
    assert (away.status_code, away.headers["Location"]) == (303, "/aanmelden?next=/advies")
    client.get(away.headers["Location"])
    client.get("/aanmelden?taal=en")
    assert sign_in(client).headers["Location"] == "/advies"


@on_sqlite
def test_the_header_says_who_is_signed_in_and_the_button_ends_it(signed_in):
    page = signed_in.get("/menukaart").text
    assert "Ynbusiness ·" in page
    assert ">anna</a>" in page
    assert "Log uit" in page
    out = signed_in.post("/afmelden")
    assert (out.status_code, out.headers["Location"]) == (303, "/aanmelden")
    assert not is_in(signed_in)


ELSEWHERE = [
    "//elsewhere.nl",
    "/\\elsewhere.nl",
    "https://elsewhere.nl",
    "elsewhere.nl",
    "/a/../..//x?y=//z",
    "javascript:alert(1)",
    "/\t/elsewhere.nl",
    "",
]


@on_sqlite
@pytest.mark.parametrize("place", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(client, place):
    client.get("/aanmelden", query_string={"next": place})
    assert sign_in(client).headers["Location"] == "/"


def test_a_name_may_be_typed_in_capitals_and_a_password_may_not(client):
    assert sign_in(client, password=PASSWORD.upper()).status_code == 400
    assert sign_in(client, name=" ANNA ").status_code == 303


WRONG = {
    "another password": ("anna", OTHER),
    "somebody unknown": ("bea", PASSWORD),
    "nobody": ("", ""),
    "far too long": ("anna" * 9_000, PASSWORD),
    "a quote": ("anna' OR '1'='1", PASSWORD),
}


@on_sqlite
@pytest.mark.parametrize(("name", "password"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_name_and_a_wrong_password_look_the_same(client, name, password):
    answer = sign_in(client, name, password)
    assert answer.status_code == 400
    assert "horen niet bij elkaar" in answer.text
    assert not is_in(client)


# How often


def test_five_wrong_passwords_close_a_name_for_that_address_in_every_process(app, client):
    for _ in range(people.TRIES_HERE):
        assert sign_in(client, password=OTHER).status_code == 400
    refused = sign_in(client)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert "kwartier" in refused.text
    beside = create_app(app.extensions["leermatch.settings"])
    assert sign_in(beside.test_client()).status_code == 429
    beside.extensions["leermatch.database"].close()
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert sign_in(client, environ_base=elsewhere).status_code == 303


def test_one_address_shuts_nobody_else_out(client):
    """Who tries everybody's name from one address closes each of them there, and nothing more."""
    for number in range(40):
        assert sign_in(client, name=f"name-{number}", password=OTHER).status_code == 400
    assert sign_in(client).status_code == 303


def test_many_addresses_together_cannot_guess_on_but_a_known_device_may(app, client, monkeypatch):
    monkeypatch.setattr(people, "TRIES_OF_A_NAME", 12)
    known, new = app.test_client(), {"REMOTE_ADDR": "198.51.100.1"}
    assert sign_in(known).status_code == 303
    known.post("/afmelden")
    for number in range(people.TRIES_OF_A_NAME):
        address = {"REMOTE_ADDR": f"192.0.2.{number}"}
        assert sign_in(client, password=OTHER, environ_base=address).status_code == 400
    assert sign_in(client, environ_base=new).status_code == 429
    assert sign_in(known, environ_base=new).status_code == 303


def test_guessing_from_the_same_address_does_not_shut_out_a_known_device(app, client):
    """As for colleagues in one office, and for everybody behind a proxy that says nothing."""
    known = app.test_client()
    assert sign_in(known).status_code == 303
    known.post("/afmelden")
    for _ in range(people.TRIES_HERE + 1):
        sign_in(client, password=OTHER)
    assert sign_in(client).status_code == 429
    assert sign_in(known).status_code == 303


def test_a_known_device_buys_no_guesses_at_others_and_few_at_its_own(client, database):
    with database.writing() as connection:
        users.add(connection, users.User("bram", "Ynbusiness", "advisor", hashed(PASSWORD)))
    assert sign_in(client).status_code == 303
    for name, tries in (("bram", people.TRIES_HERE), ("anna", people.TRIES_HERE)):
        statuses = [sign_in(client, name, OTHER).status_code for _ in range(tries + 1)]
        assert statuses == [400] * tries + [429]


def test_after_a_quarter_of_an_hour_it_can_be_tried_again(client, database):
    for _ in range(people.TRIES_HERE):
        sign_in(client, password=OTHER)
    with database.writing() as connection:
        then = ago(attempts.WINDOW_SECONDS + 1)
        connection.exec_driver_sql(f"UPDATE attempts SET at = '{then}'")
    assert sign_in(client).status_code == 303


def test_the_right_password_gives_all_tries_back(client):
    for _ in range(3):
        for _ in range(people.TRIES_HERE - 1):
            assert sign_in(client, password=OTHER).status_code == 400
        assert sign_in(client).status_code == 303


def test_the_table_of_tries_names_nobody(client, database):
    sign_in(client, name="somebody", password=OTHER)
    with database.reading() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM attempts").all())
    assert "somebody" not in rows
    assert "127.0.0.1" not in rows


# Until when


def test_signing_in_gives_a_new_session_and_ends_what_was_kept_before(client, database):
    client.get("/aanmelden?taal=en")
    sign_in(client)
    with client.session_transaction() as first:
        token = first["signed_in"]
        first["planted"] = "by somebody else"
    sign_in(client)
    with client.session_transaction() as second:
        assert second["signed_in"] != token
        assert "planted" not in second
        assert second["language"] == "en"
    with database.reading() as connection:
        assert len(connection.exec_driver_sql("SELECT * FROM sessions").all()) == 1


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app, signed_in):
    copied = signed_in.get_cookie("session").value
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert is_in(thief)
    signed_in.post("/afmelden")
    assert not is_in(thief)


def test_answers_do_not_stay_behind_after_signing_out(signed_in):
    with signed_in.session_transaction() as session:
        session["answers"] = {"employees": "38"}
    signed_in.post("/afmelden")
    assert signed_in.get_cookie("session") is None


LIMITS = {
    "an hour without a page": ("seen_at", sessions.IDLE_SECONDS),
    "a working day": ("created_at", sessions.ABSOLUTE_SECONDS),
}


@pytest.mark.parametrize(("column", "seconds"), LIMITS.values(), ids=LIMITS.keys())
def test_a_session_ends_by_itself(signed_in, database, column, seconds):
    def set_back(by):
        with database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE sessions SET {column} = '{ago(by)}'")

    set_back(seconds - 30)
    assert is_in(signed_in)
    set_back(seconds + 1)
    assert not is_in(signed_in)


@pytest.mark.parametrize("column", ["created_at", "seen_at"])
def test_a_session_from_before_the_clock_was_set_back_does_not_last_longer(
    signed_in, database, column
):
    def set_ahead(by):
        with database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE sessions SET {column} = '{ago(-by)}'")

    set_ahead(60)
    assert is_in(signed_in)
    set_ahead(3600)
    assert not is_in(signed_in)
    assert sign_in(signed_in).status_code == 303
    assert is_in(signed_in)


def test_tries_from_before_the_clock_was_set_back_lock_nobody_out(client, database):
    for _ in range(people.TRIES_HERE):
        sign_in(client, password=OTHER)
    assert sign_in(client).status_code == 429
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE attempts SET at = '{ago(-3600)}'")
    assert sign_in(client).status_code == 303


def test_a_page_keeps_a_session_alive(signed_in, database):
    with database.writing() as connection:
        then = ago(sessions.SEEN_EVERY + 1)
        connection.exec_driver_sql(f"UPDATE sessions SET seen_at = '{then}'")
    assert is_in(signed_in)
    with database.reading() as connection:
        [seen] = connection.exec_driver_sql("SELECT seen_at FROM sessions").scalars()
    assert seen > then


def test_who_is_disabled_is_signed_in_nowhere_and_cannot_come_back(signed_in, run):
    assert run("disable", "Anna").exit_code == 0
    assert not is_in(signed_in)
    assert sign_in(signed_in).status_code == 400
    run("enable", "anna")
    assert sign_in(signed_in).status_code == 303


def test_the_database_holds_no_token_and_no_password(signed_in, database):
    with signed_in.session_transaction() as session:
        token = session["signed_in"]
    assert len(bytes.fromhex(token)) == 16
    with database.reading() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM sessions").all())
        [kept] = connection.exec_driver_sql("SELECT password FROM users").scalars()
    assert token not in rows
    assert kept.startswith("$argon2id$v=19$")


# Their own password


def change(client, current=PASSWORD, new=OTHER):
    return client.post("/wachtwoord", data={"current": current, "new": new})


def test_another_password_ends_the_sessions_elsewhere_and_keeps_this_one(app, signed_in):
    beside = app.test_client()
    sign_in(beside)
    assert change(signed_in).status_code == 200
    assert is_in(signed_in)
    assert not is_in(beside)
    assert sign_in(beside).status_code == 400
    assert sign_in(beside, password=OTHER).status_code == 303


REFUSED = {
    "the old one wrong": ({"current": OTHER}, "niet uw wachtwoord van nu"),
    "too short": ({"new": "kort"}, "ten minste 15"),
    "too common": ({"new": "passwordpassword"}, "makkelijk te raden"),
    "the name itself": ({"new": "anna-anna-anna-anna"}, "makkelijk te raden"),
}


@on_sqlite
@pytest.mark.parametrize(("sent", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_password_is_not_changed_for_what_is_wrong(signed_in, sent, words):
    answer = change(signed_in, **sent)
    assert answer.status_code == 400
    assert words in answer.text
    assert PASSWORD not in answer.text
    assert sign_in(signed_in).status_code == 303


def test_guessing_the_old_password_is_throttled_too(signed_in):
    for _ in range(people.TRIES_HERE):
        assert change(signed_in, current=OTHER).status_code == 400
    assert change(signed_in).status_code == 429


# The commands


def test_somebody_is_made_with_a_password_from_stdin_and_can_sign_in(run, client):
    named = ("create", "Bea", "--organisation", "GroBusiness", "--role", "researcher")
    made = run(*named, input=f"{OTHER}\n")
    assert made.exit_code == 0, made.output
    assert sign_in(client, "bea", OTHER).status_code == 303
    assert "GroBusiness" in client.get("/").text
    rows = run("list").stdout
    assert "bea\tactive\tGroBusiness\tresearcher" in rows
    assert OTHER not in rows


def test_the_password_command_ends_sessions(run, signed_in):
    assert run("password", "anna", input=f"{OTHER}\n").exit_code == 0
    assert not is_in(signed_in)
    assert sign_in(signed_in, password=OTHER).status_code == 303


COMMANDS = {
    "a name that is taken": (["create", "ANNA", "--organisation", "x", "--role", "advisor"], OTHER),
    "a bad password": (["create", "bea", "--organisation", "x", "--role", "advisor"], "kort"),
    "no password": (["create", "bea", "--organisation", "x", "--role", "advisor"], ""),
    "no such role": (["create", "bea", "--organisation", "x", "--role", "owner"], OTHER),
    "disabling nobody": (["disable", "bea"], ""),
    "enabling nobody": (["enable", "bea"], ""),
    "a password for nobody": (["password", "bea"], OTHER),
}


@pytest.mark.parametrize(("words", "typed"), COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_that_cannot_be_done_says_why(run, database, words, typed):
    refused = run(*words, input=f"{typed}\n")
    assert refused.exit_code != 0
    assert "Error: " in refused.output
    with database.reading() as connection:
        assert [user.name for user in users.listed(connection)] == ["anna"]


@on_sqlite
def test_no_command_takes_a_password_as_an_argument(run):
    for command in ("create", "password"):
        assert "--password" not in run(command, "--help").output


# Where a form comes from


FORMS = ["/aanmelden", "/afmelden", "/wachtwoord"]
FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.nl"}]


@on_sqlite
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("headers", FOREIGN, ids=["fetch metadata", "origin"])
def test_a_form_of_another_site_is_refused(app, signed_in, path, headers):
    sent = {"name": "anna", "password": PASSWORD, "current": PASSWORD, "new": OTHER}
    assert signed_in.post(path, data=sent, headers=headers).status_code == 400
    assert is_in(signed_in)
    assert sign_in(app.test_client()).status_code == 303


# Behind a proxy


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "leermatch.example.org"}


def test_behind_a_proxy_with_tls_the_cookie_is_for_this_host_only(models, tmp_path):
    made = create_app(
        Settings(models=models, instance=tmp_path, auth="local", host="0.0.0.0", proxy=1)
    )
    answer = made.test_client().get("/aanmelden?taal=en", headers=FORWARDED)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "includeSubDomains" in answer.headers["Strict-Transport-Security"]


@on_sqlite
def test_what_a_proxy_says_is_believed_only_where_there_is_one(client):
    answer = client.get("/aanmelden?taal=en", headers=FORWARDED)
    assert answer.headers["Set-Cookie"].startswith("session=")
    assert "Strict-Transport-Security" not in answer.headers


CALLERS = {
    "as the proxy saw it": (1, "203.0.113.1, 192.0.2.{}"),
    "as a proxy says that nobody named here": (0, "203.0.113.1, 192.0.2.{}"),
}


@pytest.mark.parametrize(("proxies", "seen"), CALLERS.values(), ids=CALLERS)
def test_guessers_behind_a_proxy_close_a_name_for_their_own_address(
    models, tmp_path, proxies, seen
):
    made = create_app(Settings(models=models, instance=tmp_path, auth="local", proxy=proxies))
    with made.extensions["leermatch.database"].writing() as connection:
        users.add(connection, users.User("anna", "Ynbusiness", "advisor", hashed(PASSWORD)))

    def tried(address, password):
        headers = {"X-Forwarded-For": seen.format(address)}
        return sign_in(made.test_client(), password=password, headers=headers).status_code

    assert [tried(1, OTHER) for _ in range(6)] == [400] * people.TRIES_HERE + [429]
    assert tried(2, PASSWORD) == 303


@on_sqlite
def test_what_a_caller_from_elsewhere_says_of_a_proxy_buys_no_guesses(client):
    """Only what comes from this machine or its own network can have come by way of a proxy."""
    for number in range(people.TRIES_HERE + 1):
        how = {"REMOTE_ADDR": "203.0.113.1"}, {"X-Forwarded-For": f"192.0.2.{number}"}
        status = sign_in(client, password=OTHER, environ_base=how[0], headers=how[1]).status_code
    assert status == 429


@on_sqlite
def test_of_ipv6_a_network_is_one_address(client):
    for number in range(people.TRIES_HERE + 1):
        address = {"REMOTE_ADDR": f"2001:db8:1:2::{number}"}
        status = sign_in(client, password=OTHER, environ_base=address).status_code
    assert status == 429


@pytest.mark.parametrize("auth", ["local", "oidc"])
def test_another_address_is_served_once_people_sign_in(auth):
    provider = {"oidc_issuer": "https://x.nl", "oidc_client": "a", "oidc_secret": "b"}
    settings.refuse_unsafe(Settings(host="0.0.0.0", auth=auth, **provider))


# What docs/security.md lists besides


def test_reading_signs_nobody_out(signed_in):
    assert signed_in.get("/afmelden").status_code == 405
    assert is_in(signed_in)


@on_sqlite
def test_a_password_can_be_shown_and_pasted(signed_in):
    own = signed_in.get("/wachtwoord").text
    signed_in.post("/afmelden")
    page = signed_in.get("/aanmelden").text
    assert page.count('type="password"') == 1
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert own.count('type="password"') == 2
    assert 'autocomplete="new-password"' in own
    for text in (page, own):
        assert "Laat zien wat ik typ" in text
        assert "onpaste" not in text


@on_sqlite
def test_signing_in_and_refusals_are_logged_without_names(client, capsys):
    sign_in(client, "mallory", "a password that is wrong")
    sign_in(client)
    client.post("/afmelden")
    client.get("/api/v1/trials")
    log = capsys.readouterr().err
    for event in ("sign_in_refused", "signed_in", "signed_out", "access_refused"):
        assert f'"event":"{event}"' in log
    for secret in ("mallory", "a password", "anna", PASSWORD, "127.0.0.1"):
        assert secret not in log


PATHS = ["/", "/menukaart", "/aanmelden", "/bestaat-niet", "/api/v1/trials", "/api/v1/x"]


@on_sqlite
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers_of_the_list(signed_in, path):
    answer = signed_in.get(path, base_url="https://localhost")
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    for directive in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "default-src 'self'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "no-store" in headers["Cache-Control"]
    assert headers["Content-Type"] in ("text/html; charset=utf-8", "application/problem+json")
    assert "Server" not in headers

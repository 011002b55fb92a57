"""Where nobody signs in: what is open to whoever asks, and what opens with a link of once."""

import re
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from service import create_app
from service.access import local_link
from service.settings import Settings
from tests.opened import OpenedClient
from tests.service.conftest import PROFILE, RECOMMENDATIONS

OPEN = ["/", "/advies", "/menukaart", "/menukaart/bbl", "/over", "/blad", "/api/v1/model"]
CLOSED_PAGES = ["/op-te-volgen", "/onderzoek", "/onderzoek/bestanden", "/eigen-keuze"]
CLOSED_CALLS = [
    ("GET", "/api/v1/trials"),
    ("GET", "/api/v1/conversations"),
    ("POST", "/api/v1/conversations"),
    ("GET", "/metrics"),
]
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/openen/[\w-]{32})")
HEADERS_OF_PROXIES = {
    "nginx as most write it": {"X-Forwarded-For": "192.0.2.7", "X-Real-IP": "192.0.2.7"},
    "one that claims this machine": {"X-Forwarded-For": "127.0.0.1"},
    "the standard": {"Forwarded": "for=192.0.2.7"},
    "only its name": {"Via": "1.1 proxy"},
    "only the scheme": {"X-Forwarded-Proto": "https"},
    "only the host": {"X-Forwarded-Host": "leermatch.example"},
    "only the port": {"X-Forwarded-Port": "443"},
    "a server of its own": {"X-Forwarded-Server": "web-1"},
    "a network of copies": {"CF-Connecting-IP": "192.0.2.7", "CF-Ray": "8a"},
    "another such network": {"True-Client-IP": "192.0.2.7"},
    "a load balancer": {"X-Amzn-Trace-Id": "Root=1-0"},
    "a tunnel of an editor": {"X-Original-Host": "x.example"},
}


@pytest.fixture
def app(make_app, models):
    return make_app(models)


@pytest.fixture
def anybody(app):
    """Return a browser on this machine that did not open the link."""
    return FlaskClient(app)


def link_of(app):
    return urlsplit(local_link.new_link(app.extensions["leermatch.settings"].instance)).path


def call(client, method, path, **how):
    return client.open(path, method=method, json={"profile": PROFILE}, **how)


@pytest.mark.parametrize("path", OPEN)
def test_questions_answers_and_menu_stay_open(anybody, path):
    assert anybody.get(path).status_code in (200, 302, 303)
    assert "/openen" not in anybody.get(path).headers.get("Location", "")


def test_a_program_without_a_key_may_ask(anybody):
    assert anybody.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 200


@pytest.mark.parametrize("path", CLOSED_PAGES)
def test_a_page_of_other_people_s_data_says_how_it_opens(anybody, path):
    away = anybody.get(path)
    assert (away.status_code, away.headers["Location"]) == (303, f"/openen?next={path}")
    told = anybody.get(away.headers["Location"])
    assert told.status_code == 403
    assert "flask --app service link" in told.text
    assert "niet localhost" in told.text
    assert "niet localhost" not in anybody.get("/openen", base_url="http://127.0.0.1").text
    english = anybody.get("/openen?taal=en").text
    assert "This opens with a link" in english


@pytest.mark.parametrize(("method", "path"), CLOSED_CALLS)
def test_a_call_that_stores_or_shows_it_says_so_too(anybody, method, path):
    answer = call(anybody, method, path)
    assert answer.status_code == 401
    [fault] = answer.json["errors"]
    assert (fault["in"], fault["pointer"], fault["code"]) == (
        "header",
        "/X-API-Key",
        "link_missing",
    )


def test_the_link_opens_once_and_the_browser_goes_on_where_it_was(app, anybody):
    link = link_of(app)
    anybody.get("/openen?next=/op-te-volgen")
    opened = anybody.get(link)
    assert (opened.status_code, opened.headers["Location"]) == (303, "/op-te-volgen")
    cookie = next(each for each in opened.headers.getlist("Set-Cookie") if "leermatch_80" in each)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    for page in CLOSED_PAGES:
        assert anybody.get(page).status_code == 200
    for method, path in CLOSED_CALLS:
        assert call(anybody, method, path).status_code in (200, 201)
    another = FlaskClient(app)
    refused = another.get(link)
    assert refused.status_code == 403
    assert "Deze link werkt niet meer" in refused.text
    assert another.get("/op-te-volgen").status_code == 303
    assert anybody.get(link).status_code == 303, "who is in may open it again"


def test_a_link_is_not_used_up_by_asking_whether_it_is_there(app, anybody):
    link = link_of(app)
    assert anybody.head(link).status_code == 403
    assert anybody.get(f"/openen/{'x' * 32}").status_code == 403
    assert anybody.get(link).status_code == 303


def test_a_new_link_ends_the_one_before_and_no_file_holds_one(app, anybody):
    first, second = link_of(app), link_of(app)
    assert anybody.get(first).status_code == 403
    kept = app.extensions["leermatch.settings"].instance / "link"
    assert second.rpartition("/")[2] not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert anybody.get(second).status_code == 303


def test_a_form_sent_before_it_was_opened_waits_and_is_sent_after(app, anybody):
    sent = anybody.post("/eigen-keuze", data={"kaart": "bbl"})
    assert sent.status_code == 303
    anybody.get(sent.headers["Location"])
    opened = anybody.get(link_of(app))
    waiting = anybody.get(opened.headers["Location"])
    assert 'name="kaart" value="bbl"' in waiting.text
    assert "Leermatch moest eerst open" in waiting.text


@pytest.mark.parametrize("headers", HEADERS_OF_PROXIES.values(), ids=HEADERS_OF_PROXIES)
def test_by_way_of_a_proxy_nothing_opens_whatever_cookie_comes_along(app, headers, capsys):
    opened = OpenedClient(app)
    assert opened.get("/op-te-volgen").status_code == 200
    assert opened.get("/op-te-volgen", headers=headers).status_code == 303
    for method, path in CLOSED_CALLS:
        assert call(opened, method, path, headers=headers).status_code == 401
    assert opened.get("/", headers=headers).status_code == 200
    refused = FlaskClient(app).get(link_of(app), headers=headers)
    assert refused.status_code == 403
    assert "docs/operate.md" in refused.text
    assert capsys.readouterr().err.count('"setting":"LEERMATCH_PROXY"') == 1, "told once"


def test_the_cookie_of_one_installation_opens_no_other(app, make_app, models):
    other = FlaskClient(make_app(models))
    opened = OpenedClient(app)
    other.set_cookie("leermatch_80", opened.get_cookie("leermatch_80").value)
    assert other.get("/op-te-volgen").status_code == 303


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_page_of_another_port_of_this_machine_changes_nothing(app, method):
    opened = OpenedClient(app)
    made = call(opened, "POST", "/api/v1/conversations")
    path = "/api/v1/conversations" if method == "POST" else made.headers["Location"]
    for headers in ({"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:3000"}):
        assert call(opened, method, path, headers=headers).status_code == 401
    assert opened.get(made.headers["Location"]).status_code == 200


def test_the_answer_says_that_recording_opens_with_a_link(anybody):
    answers = {"needs": "inwerken", "employees": "38", "sector": "2025-F"}
    answers |= {"staffing_pressure": "krap", "province": "friesland"}
    page = anybody.post("/advies", data=answers, follow_redirects=True).text
    assert "Wat kiest u?" not in page
    assert "Dit kan ook" in page, "otherwise it is the answer that an advisor gets"
    assert 'href="/openen"' in page


def test_where_people_sign_in_there_is_no_link(models, tmp_path):
    app = create_app(Settings(models=models, instance=tmp_path, auth="local"))
    assert app.test_client().get("/openen").status_code == 404
    told = app.test_cli_runner().invoke(args=["link"])
    assert told.exit_code == 1
    assert "sign in" in told.output


def test_the_command_makes_a_link_that_works(app, anybody):
    told = app.test_cli_runner().invoke(args=["link"])
    assert told.exit_code == 0
    assert anybody.get(LINK.fullmatch(told.output.strip())[1]).status_code == 303


@pytest.mark.parametrize("arguments", [(), ("--workers", "2")])
def test_the_service_prints_a_link_for_all_its_processes(start_server, tmp_path, arguments):
    server = start_server(tmp_path, *arguments)
    again = local_link.new_link(tmp_path / "instance")
    assert again.startswith(f"{server.url}/openen/"), "the command tells the port that is served"
    opened = server.open(again)

    def status(path, **headers):
        connection = HTTPConnection(*server.address, timeout=60)
        connection.request("GET", path, headers=headers)
        answered = connection.getresponse().status
        connection.close()
        return answered

    assert status("/api/v1/trials") == 401
    assert all(status("/api/v1/trials", **opened) == 200 for _ in range(6))
    forwarded = {"X-Forwarded-For": "192.0.2.7"}
    assert status("/api/v1/trials", **opened, **forwarded) == 401


# Metrics, where people sign in


@pytest.fixture
def metrics_of(models, tmp_path):
    """Return a function that asks for the metrics of a service that people sign in to."""

    def ask(proxies, headers):
        folder = tmp_path / str(proxies)
        app = create_app(Settings(models=models, instance=folder, auth="local", proxy=proxies))
        return FlaskClient(app).get("/metrics", headers=headers).status_code

    return ask


def test_metrics_are_read_past_the_proxies_that_are_set_and_not_through_them(metrics_of):
    assert metrics_of(1, {}) == 200
    assert metrics_of(1, {"X-Forwarded-For": "192.0.2.7"}) == 401
    assert metrics_of(1, {"Host": "leermatch.example"}) == 401
    assert metrics_of(0, {}) == 401, "a proxy that says nothing would open them to the world"

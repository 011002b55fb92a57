"""What a client and the log are told when something fails inside."""

import json

import pytest

from service.access.table import PUBLIC, TABLE
from service.api.schemas import Problem
from service.web.problems import error_page

SECRET = "Bakkerij Jansen, 4711 mensen"


@pytest.fixture
def failing(make_app, monkeypatch):
    """Return a client of a service with a view that fails, for programs and for people."""
    app = make_app()
    for endpoint in ("fail", "failing_page"):
        monkeypatch.setitem(TABLE, endpoint, PUBLIC)

    def fail():
        raise ValueError(SECRET)

    app.add_url_rule("/api/v1/failing", view_func=fail)
    app.add_url_rule("/failing", view_func=fail, endpoint="failing_page")
    return app.test_client()


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_failure_is_a_problem_to_a_program_and_says_nothing_of_the_inside(failing, capsys):
    capsys.readouterr()
    answer = failing.get("/api/v1/failing")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert Problem.model_validate_json(answer.data).errors is None
    assert not any(word in answer.text for word in (SECRET, "ValueError", "Traceback", ".py"))
    failed, request = lines(capsys)
    assert answer.json["instance"] == f"urn:uuid:{failed['request']}"
    assert request["request"] == failed["request"]
    assert failed["error"] == "ValueError"
    assert any(frame.endswith(" fail") for frame in failed["frames"])
    assert SECRET not in json.dumps(failed)


def test_a_failure_is_a_page_to_a_person(failing):
    answer = failing.get("/failing")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert not any(word in answer.text for word in (SECRET, "ValueError", "Traceback"))


def test_a_page_about_a_fault_that_fails_itself_still_answers(failing, capsys):
    def broken_page(error):
        raise KeyError(SECRET)

    error_page.give(failing.application, broken_page)
    capsys.readouterr()
    answer = failing.get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert SECRET not in answer.text
    assert [line["event"] for line in lines(capsys)] == ["failed", "request"]


def test_an_unknown_address_is_a_page_to_a_person(client):
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.headers["API-Version"] == "1.0.0"


def test_a_log_that_cannot_be_written_does_not_take_the_answers_with_it(client, monkeypatch):
    class Gone:
        def write(self, _):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    assert client.get("/health/live").status_code == 200

"""The service on a socket: what only a real connection can go wrong with."""

import http.client
import json
import signal
import socket
import struct
import time
from contextlib import closing, suppress

import pytest

from matcher.model.registry import promote, rollback
from service.__main__ import main
from service.api.schemas import Problem, RecommendationAnswer
from service.web import logs
from tests.service.conftest import PROFILE, RECOMMENDATIONS

LIVE = b"GET /health/live HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"
QUESTION = json.dumps({"profile": PROFILE}).encode()
HEAD = (
    b"POST /api/v1/recommendations HTTP/1.1\r\n"
    b"Host: localhost\r\nContent-Type: application/json\r\n"
)


def call(server, method, address, body=None, **headers):
    with closing(http.client.HTTPConnection(*server.address, timeout=60)) as connection:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        # A body that is refused may not be read to its end; the answer is there all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, address, body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()


def ask(server, body=QUESTION, **headers):
    return call(server, "POST", RECOMMENDATIONS, body, Content_Type="application/json", **headers)


def send(server, *pieces, pause=0.0, half_close=False):
    """Send bytes as they are and return everything that comes back."""
    with socket.create_connection(server.address, timeout=60) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def problem_of(received):
    """Return the status of a raw answer that must be a problem with the usual headers."""
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert b"application/problem+json" in head
    assert b"API-Version: 1.0.0".lower() in head.lower()
    assert b"x-content-type-options: nosniff" in head.lower()
    assert b"traceback" not in body.lower()
    assert Problem.model_validate_json(body).status == status
    return status


def still_answers(server):
    return ask(server)[0] == 200


def test_the_address_is_said_in_one_line(server):
    assert server.greeting == f"Leermatch is ready at http://127.0.0.1:{server.address[1]}"


def test_a_question_is_answered(server):
    status, headers, body = ask(server)
    assert status == 200
    assert headers["Api-Version"] == "1.0.0"
    assert headers["Content-Type"] == "application/json"
    assert headers.keys().isdisjoint({"Server", "Via", "X-Powered-By"})
    RecommendationAnswer.model_validate_json(body)


def test_a_connection_is_used_again(server):
    with closing(http.client.HTTPConnection(*server.address, timeout=60)) as connection:
        for _ in range(3):
            connection.request("GET", "/health/live")
            assert connection.getresponse().read() == b'{"status":"live"}'


def test_a_chunked_question_is_answered(server):
    pieces = (QUESTION[i : i + 7] for i in range(0, len(QUESTION), 7))
    assert ask(server, pieces)[0] == 200


def chunks(size):
    return (b" " * 8192 for _ in range(size // 8192))


BODIES = {
    "invalid UTF-8": (b'{"profile": "\xff\xfe"}', 400),
    "60 000 brackets": (b"[" * 60_000, 400),
    "a 5 000-digit number": (b'{"limit": ' + b"1" * 5000 + b"}", 400),
    "10 to the 30th": (QUESTION.replace(b"38", b"1" + b"0" * 30), 400),
    "NaN": (QUESTION.replace(b"38", b"NaN"), 400),
    "empty": (b"", 400),
    "70 kB": (b" " * 70_000, 413),
    "1 MB": (b" " * 1_000_000, 413),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_a_bad_body_is_refused_with_a_problem(server, body, expected):
    status, headers, told = ask(server, body)
    assert status == expected
    assert headers["Content-Type"] == "application/problem+json"
    assert Problem.model_validate_json(told).status == expected


def test_a_chunked_body_that_is_too_large_is_refused(server):
    assert ask(server, chunks(200_000))[0] == 413


def test_a_body_declared_as_100_mb_is_refused_before_it_is_sent(server):
    received = send(server, HEAD + b"Content-Length: 104857600\r\n\r\n")
    assert problem_of(received) == 413


NO_HTTP = {
    "no HTTP at all": (b"hello\r\n\r\n", 400),
    "a length that is no number": (HEAD + b"Content-Length: many\r\n\r\n", 400),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a chunk that is no chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "an unknown transfer": (HEAD + b"Transfer-Encoding: brotli\r\n\r\n", 501),
    "a header of 300 kB": (HEAD + b"X: " + b"a" * 300_000 + b"\r\n\r\n", 431),
    "a header over two lines": (HEAD + b"X: a\r\n b\r\nY\r\n\r\n", 400),
    "20 000 headers": (HEAD + b"X: 1\r\n" * 20_000 + b"\r\n", 431),
    "a length of 5 000 digits": (HEAD + b"Content-Length: " + b"1" * 5000 + b"\r\n\r\n", 400),
    "an address that is none": (b"GET http://[x/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "a length and chunks": (LIVE + b"Content-Length: 4\r\n" + CHUNKS + b"0\r\n\r\n", 400),
    "chunks in HTTP/1.0": (LIVE.replace(b"1.1", b"1.0") + CHUNKS + b"0\r\n\r\n", 400),
    "a chunk of a size without end": (HEAD + CHUNKS + b"0" * 50_000, 400),
    "a last line without end": (HEAD + CHUNKS + b"0\r\n" + b"X: y\r\n" * 5_000, 400),
    "no site": (b"GET /health/live HTTP/1.1\r\n\r\n", 400),
    "two sites": (LIVE + b"Host: localhost\r\n\r\n", 400),
    "a site that is none": (LIVE.replace(b"localhost", b"a b") + b"\r\n", 400),
    "a site with an accent": (LIVE.replace(b"localhost", "één.nl".encode()) + b"\r\n", 400),
}


@pytest.mark.parametrize(("sent", "expected"), NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_is_no_http_is_refused_with_a_problem(server, sent, expected):
    assert problem_of(send(server, sent)) == expected
    assert still_answers(server)


def test_a_length_shorter_than_the_body_reads_only_that_much(server):
    sent = HEAD + b"Connection: close\r\nContent-Length: 10\r\n\r\n" + QUESTION
    assert problem_of(send(server, sent)) == 400
    assert still_answers(server)


def test_a_length_longer_than_the_body_does_not_hold_up_others(server):
    with socket.create_connection(server.address, timeout=60) as waiting:
        waiting.sendall(HEAD + b"Content-Length: 5000\r\n\r\n" + QUESTION)
        assert still_answers(server)


def test_a_caller_that_hangs_up_halfway_does_no_harm(server):
    send(server, HEAD + b"Content-Length: 500\r\n\r\n{", half_close=True)
    assert still_answers(server)


def test_callers_that_break_off_do_not_end_the_service(server):
    """A reset says twice that the caller went: as an empty read and as a hang-up."""
    now = struct.pack("ii", 1, 0)  # linger for no time: closing resets
    for sent in (
        b"",
        b"GET /health/live HT",
        b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ):
        for _ in range(20):
            with socket.create_connection(server.address, timeout=60) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                connection.sendall(sent)
    assert still_answers(server)


def test_a_slow_caller_is_waited_for(server):
    length = f"Connection: close\r\nContent-Length: {len(QUESTION)}\r\n\r\n".encode()
    received = send(server, HEAD, length, QUESTION[:20], QUESTION[20:], pause=0.1)
    assert received.startswith(b"HTTP/1.1 200")


def test_half_open_connections_do_not_keep_others_out(server):
    waiting = [socket.create_connection(server.address, timeout=60) for _ in range(200)]
    try:
        for connection in waiting:
            connection.sendall(b"POST /api/v1/rec")
        assert still_answers(server)
        assert all(still_answers(server) for _ in range(20))
    finally:
        for connection in waiting:
            connection.close()


def test_an_invalid_path_is_a_refusal_and_no_failure(server):
    for path in (b"/api/v1/%ff", b"/api/v1/\xff", b"/api/v1/%00", b"/api/v1/" + b"a" * 9000):
        received = send(
            server, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        assert problem_of(received) in (400, 404)


# What is told of it


def log_of(server):
    return [json.loads(line) for line in list(server.log)]


def test_a_line_per_request_has_the_route_and_nothing_that_was_sent(server):
    before = len(server.log)
    ask(server, QUESTION.replace(b"38", b"47113"))
    call(server, "GET", "/api/v1/interventions/bbl?secret=hush-query")
    call(server, "GET", "/hush-path%0a%22x")
    call(server, "POST", "/api/v1/nothing", b'{"hush-body": 1}')
    server.wait_for_log(before + 4)
    lines = [line for line in log_of(server) if line["event"] == "request"]
    assert lines[-4:] != []
    fields = {"time", "level", "event", "request", "method", "route", "status", "ms"}
    assert all(line.keys() == fields for line in lines)
    told = [(line["method"], line["route"], line["status"]) for line in lines[-4:]]
    assert told == [
        ("POST", "/api/v1/recommendations", 200),
        ("GET", "/api/v1/interventions/<id>", 200),
        ("GET", None, 404),
        ("POST", None, 404),
    ]
    # Times and names by chance hold any few digits sooner or later.
    by_chance = {"time", "request", "ms", "version", "before"}
    kept = [{k: v for k, v in line.items() if k not in by_chance} for line in log_of(server)]
    assert not any(secret in str(kept) for secret in ("47113", "hush"))


def test_every_line_of_the_log_is_one_object(server):
    before = len(server.log)
    call(server, "BREW\x7f".strip("\x7f"), "/a%0d%0a{%22event%22:1}", User_Agent='x"\\n{')
    server.wait_for_log(before + 1)
    assert all(line["event"] for line in log_of(server))


def test_a_fault_that_reaches_a_client_names_its_line_in_the_log(server):
    before = len(server.log)
    _, _, body = ask(server, b"{")
    request = json.loads(body)["instance"].removeprefix("urn:uuid:")
    server.wait_for_log(before + 1)
    assert [line["status"] for line in log_of(server) if line.get("request") == request] == [400]


# Start, change, stop


def model_of(server):
    return json.loads(call(server, "GET", "/api/v1/model")[2])["version"]


def wait_for(server, version):
    deadline = time.monotonic() + 60
    while model_of(server) != version and time.monotonic() < deadline:
        time.sleep(0.1)
    return model_of(server) == version


def test_a_running_service_follows_a_promotion_and_a_rollback(
    start_server, write_version, tmp_path
):
    server = start_server(tmp_path)
    assert json.loads(ask(server)[2])["model"]["expert_only"]
    models = tmp_path / "models"
    old, new = write_version(models, 3), write_version(models, 4)
    promote(models, old, by="An", reason="first")
    assert wait_for(server, old)
    promote(models, new, by="An", reason="better")
    assert wait_for(server, new)
    assert json.loads(ask(server)[2])["model"]["version"] == new
    rollback(models, by="An", reason="worse")
    assert wait_for(server, old)


@pytest.fixture
def _interruptible():
    """A shell ignores Ctrl-C for what it runs in the background, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean(start_server, tmp_path, stop):
    server = start_server(tmp_path)
    assert still_answers(server)
    assert server.stop(stop) == 0
    assert not any("Traceback" in line for line in server.log)


@pytest.fixture
def start(monkeypatch, tmp_path, capsys):
    """Return a function that starts as ``python -m service`` does, and is refused."""
    monkeypatch.setattr(logs, "forward_libraries", lambda: None)

    def start(**settings):
        for name, value in ({"LEERMATCH_INSTANCE": str(tmp_path / "i")} | settings).items():
            monkeypatch.setenv(name, value)
        code = main()
        told = capsys.readouterr()
        assert told.out == ""
        return code, [line for line in told.err.splitlines() if not line.startswith("{")]

    return start


def test_a_port_in_use_is_told_in_one_line(start, server, tmp_path):
    port = str(server.address[1])
    code, [line] = start(LEERMATCH_PORT=port, LEERMATCH_MODELS=str(tmp_path))
    assert code == 1
    assert line.startswith("LEERMATCH_PORT: ")
    assert port in line


REFUSALS = {
    "an unknown name": {"LEERMATCH_PROT": "80"},
    "an address that others reach": {"LEERMATCH_HOST": "0.0.0.0"},
    "a provider that is not named": {"LEERMATCH_AUTH": "oidc"},
    "a port that is none": {"LEERMATCH_PORT": "x"},
    "a menu that is not there": {"LEERMATCH_MENU": "nowhere.toml"},
}


@pytest.mark.parametrize("settings", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_start_that_is_refused_says_why_a_line_each(start, settings):
    code, lines = start(**settings)
    assert code == 2
    assert lines
    assert all(line.partition(": ")[2].endswith(".") for line in lines)


def test_a_broken_menu_is_told_a_line_per_fault(start, tmp_path):
    menu = tmp_path / "menu.toml"
    menu.write_text('version = ""\n[[intervention]]\nid = "x"\n')
    code, lines = start(LEERMATCH_MENU=str(menu))
    assert code == 2
    assert len(lines) > 3
    assert all(line.startswith("menu.toml") for line in lines)


def test_a_refusal_ends_the_process_with_its_code(start_server, tmp_path):
    assert start_server(tmp_path, typed=True, LEERMATCH_HOST="0.0.0.0").finish() == 2


FLASK = ("flask", "--app", "service", "serve")


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_the_command_of_flask_serves_and_stops_as_the_module_does(start_server, tmp_path, workers):
    server = start_server(tmp_path, *workers, typed=not workers, module=FLASK)
    assert still_answers(server)
    assert server.stop(signal.SIGTERM) == 0
    assert not any("Traceback" in line for line in server.log)


@pytest.mark.parametrize("settings", REFUSALS.values(), ids=REFUSALS.keys())
def test_the_command_of_flask_refuses_to_serve_as_the_module_does(start, flask, settings):
    """In this process; in one of its own below."""
    code, lines = start(**settings)
    refused = flask("serve", **settings)
    told = [line for line in refused.stderr.splitlines() if not line.startswith("{")]
    assert (refused.exit_code, told) == (code, lines)
    assert code == 2


def test_the_command_of_flask_ends_its_process_with_its_code(start_server, tmp_path):
    server = start_server(tmp_path, typed=True, module=FLASK, LEERMATCH_PROT="80")
    assert server.finish() == 2
    assert any(line.startswith("LEERMATCH_PROT: ") for line in server.log)


def test_other_commands_of_flask_refuse_what_is_set_wrong(flask):
    refused = flask("keys", "list", LEERMATCH_PROT="80")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: LEERMATCH_PROT: ")


def test_the_factory_is_found_by_flask(flask, tmp_path):
    assert RECOMMENDATIONS in flask("routes", LEERMATCH_INSTANCE=str(tmp_path / "i")).stdout

"""Callers that take all the time there is, and a clock that is set meanwhile."""

import http.client
import json
import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest

from service import create_app
from service.access import gate
from service.server.http import THREADS
from service.settings import Settings
from tests.beside import served
from tests.opened import cookie_of
from tests.service.conftest import PROFILE
from tests.service.server.test_serving import HEAD, QUESTION, ask, call, send

COMPANIES = [{"id": str(n), "profile": PROFILE} for n in range(50)]
BATCH = json.dumps({"profiles": COMPANIES}).encode()
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(QUESTION) + QUESTION
SAME = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


@pytest.fixture
def serving(app):
    """Return a server that keeps little and gives up on a caller in a second."""
    little = {"outbuf_high_watermark": 64 * 1024, "channel_timeout": 1, "cleanup_interval": 0.1}
    small = [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)]
    with served(app, socket_options=small, **little) as server:
        yield server


def test_callers_that_do_not_read_their_answer_do_not_keep_others_out(serving):
    """Each asks for more than is kept of an answer; there are more of them than threads."""
    address = (serving.effective_host, int(serving.effective_port))
    deaf = []
    try:
        for _ in range(THREADS + 1):
            connection = socket.socket()
            deaf.append(connection)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(address)
            head = "POST /api/v1/recommendation-batches HTTP/1.1\r\n" + SAME.format(len(BATCH))
            connection.sendall(head.encode() + BATCH)
        with closing(http.client.HTTPConnection(*address, timeout=60)) as asking:
            headers = {"Content-Type": "application/json"}
            asking.request("POST", "/api/v1/recommendations", QUESTION, headers)
            assert asking.getresponse().status == 200
    finally:
        for connection in deaf:
            connection.close()


def test_a_half_open_connection_is_closed_also_when_the_clock_was_set_back(serving, monkeypatch):
    address = (serving.effective_host, int(serving.effective_port))
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(b"GET /health/li")
        while not any(each.request for each in list(serving.active_channels.values())):
            time.sleep(0.01)
        right = time.time
        monkeypatch.setattr(time, "time", lambda: right() - 3600)
        assert connection.recv(1) == b""


def test_writes_that_wait_for_the_database_do_not_keep_a_question_waiting(monkeypatch, tmp_path):
    """More writes than threads; a question is answered before the first of them gives up."""
    monkeypatch.setattr(gate, "FRESH_SECONDS", 60.0)  # who may ask is known all the while
    app = create_app(Settings(models=tmp_path, instance=tmp_path))
    with served(app) as serving:
        server = SimpleNamespace(address=(serving.effective_host, int(serving.effective_port)))
        assert ask(server)[0] == 200
        answered = []
        opened = {"Cookie": "=".join(cookie_of(app, serving.effective_port))}

        def write(n):
            how = opened | {"Content_Type": "application/json", "Idempotency_Key": f"write-{n}"}
            answered.append(call(server, "POST", "/api/v1/conversations", QUESTION, **how)[0])

        write("first")
        assert answered.pop() == 201
        writing = [threading.Thread(target=write, args=(n,)) for n in range(2 * THREADS)]
        with closing(sqlite3.connect(tmp_path / "leermatch.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for thread in writing:
                thread.start()
            while len(serving.task_dispatcher.queue) < THREADS:
                time.sleep(0.01)
            assert ask(server)[0] == 200
            assert answered == []
        for thread in writing:
            thread.join()
        assert set(answered) <= {201, 503}


def read_all(connection):
    received = b""
    with connection, suppress(ConnectionResetError):  # of a question that nobody has read
        while piece := connection.recv(65536):
            received += piece
    return received


def test_a_stop_breaks_no_answer_off(start_server, tmp_path):
    server = start_server(tmp_path)
    assert ask(server)[0] == 200
    asking = [socket.create_connection(server.address, timeout=60) for _ in range(20)]
    for connection in asking:
        connection.sendall(WHOLE)
    head = asking[0].recv(12)
    assert server.stop(signal.SIGTERM) == 0
    told = [head + read_all(asking[0]), *map(read_all, asking[1:])]
    assert told[0]
    for each in filter(None, told):  # a question that was not begun gets nothing
        assert json.loads(each.partition(b"\r\n\r\n")[2])["ranking"]


def test_questions_of_one_connection_are_answered_in_turn_whoever_answers(server):
    """Pipelined: what waits for nothing and what other threads answer, one after the other."""
    assert ask(server)[0] == 200
    live = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = live.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    told = send(server, live + WHOLE + WHOLE + live + WHOLE + last)
    kinds = [
        b"ranking" if b'"ranking"' in each else b"live" for each in told.split(b"HTTP/1.1 200")
    ]
    assert kinds[1:] == [b"live", b"ranking", b"ranking", b"live", b"ranking", b"live"]

"""Callers that take all the time there is, and a clock that is set meanwhile."""

import http.client
import json
import socket
import threading
import time
from contextlib import closing

import pytest

from service.serving import THREADS, listen, server_on
from service.settings import Settings
from tests.service.conftest import PROFILE
from tests.service.test_serving import QUESTION

COMPANIES = [{"id": str(n), "profile": PROFILE} for n in range(50)]
BATCH = json.dumps({"profiles": COMPANIES}).encode()
SAME = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


@pytest.fixture
def serving(app):
    """Return a server in this process that keeps little and gives up on a caller in a second."""
    settings = Settings(port=0)
    server = server_on(listen(settings), app, settings)
    server.adj.channel_timeout, server.adj.cleanup_interval = 1, 0.1
    server.adj.outbuf_high_watermark = 64 * 1024
    server.adj.socket_options = [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    server.task_dispatcher.shutdown()
    server.close()


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
        with closing(http.client.HTTPConnection(*address, timeout=20)) as asking:
            headers = {"Content-Type": "application/json"}
            asking.request("POST", "/api/v1/recommendations", QUESTION, headers)
            assert asking.getresponse().status == 200
    finally:
        for connection in deaf:
            connection.close()


def test_a_half_open_connection_is_closed_also_when_the_clock_was_set_back(serving, monkeypatch):
    address = (serving.effective_host, int(serving.effective_port))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(b"GET /health/li")
        while not any(each.request for each in list(serving.active_channels.values())):
            time.sleep(0.01)
        right = time.time
        monkeypatch.setattr(time, "time", lambda: right() - 3600)
        assert connection.recv(1) == b""

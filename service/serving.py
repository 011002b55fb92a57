"""The application on a socket: waitress, with the limits that keep it answering."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from types import FrameType
from typing import Any
from uuid import uuid4

import orjson
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from matcher.errors import Fault
from service.headers import ALWAYS
from service.problems import MIMETYPE, kind_of, problem_members
from service.settings import BadSettings, Settings

MAX_BODY = 2 * 1024 * 1024
"""A larger body is not received at all; what a view takes is less, and then it says why."""
_PIECE = 64 * 1024
THREADS = 4
"""Ranking is arithmetic under one interpreter lock: more threads would only take turns."""


class _Refusal(ErrorTask):
    """What is no HTTP, or too large to receive, gets the same form of answer as the rest."""

    def execute(self) -> None:
        """Answer and close."""
        error = self.request.error
        members = problem_members(kind_of(error.code), error.code, str(uuid4()), "nl")
        body = orjson.dumps(members)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(
            [*ALWAYS, ("Cache-Control", "no-store"), ("Content-Language", "nl")]
        )
        self.response_headers.append(("Content-Type", MIMETYPE))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    error_task_class = _Refusal

    def handle_close(self) -> None:
        """Close without a reset: bytes that were sent and not read would throw the answer away."""
        # One poll can tell twice that a client went: first what it sent, then that it hung up.
        connection = self.socket
        if connection is None:
            return
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            for _ in range(MAX_BODY // _PIECE):
                if not connection.recv(_PIECE):
                    break
        super().handle_close()


class PortTaken(BadSettings):
    """The address cannot be listened on."""


def open_server(app: Flask, settings: Settings) -> Any:
    """Return a server that listens already; ``run()`` answers until it is stopped. PortTaken."""
    try:
        listening = _listen(settings)
    except OSError as error:
        raise PortTaken([_taken(settings, error)]) from None
    server = create_server(
        app,
        sockets=[listening],
        threads=THREADS,
        ident=None,
        # At its defaults waitress stops answering under 200 half-open sockets.
        connection_limit=1000,
        channel_timeout=10,
        cleanup_interval=3,
        # select() knows no socket above 1023.
        asyncore_use_poll=True,
        max_request_body_size=MAX_BODY,
    )
    server.channel_class = _Channel
    return server


def _listen(settings: Settings) -> socket.socket:
    # Here and not in waitress, which leaves threads and pipes behind when the port is taken.
    host, port = settings.host.strip("[]"), settings.port
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family)


def _taken(settings: Settings, error: OSError) -> Fault:
    other = settings.port + 1 if settings.port < 65535 else 8000
    params = {
        "host": settings.host,
        "port": settings.port,
        "rule": error.strerror or str(error),
        "other": other,
    }
    return Fault("LEERMATCH_PORT", "port_taken", params)


def address_of(server: Any) -> str:
    """Return where a server listens, as a browser takes it; port 0 has become a real one."""
    host, port = server.effective_host, server.effective_port
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(server: Any) -> None:
    """Answer until the process is asked to stop; then finish what was begun."""
    signal.signal(signal.SIGTERM, _stop)
    server.run()
    server.close()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)

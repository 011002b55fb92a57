"""The application on a socket: waitress, with the limits that keep it answering."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from copy import copy
from types import FrameType
from typing import Any
from uuid import uuid4

import orjson
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import ErrorTask

from matcher.errors import Fault
from service.headers import ALWAYS
from service.problems import MIMETYPE, kind_of, problem_members
from service.settings import BadSettings, Settings

MAX_BODY = 2 * 1024 * 1024
"""A larger body is not received at all; what a view takes is less, and then it says why."""
MAX_FILE = 32 * 1024 * 1024
"""The same where a file may be sent: so much more than is taken that a person reads why not."""
TAKES_FILES = ("POST", "/onderzoek/bestanden")
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


class _Parser(HTTPRequestParser):
    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read what is asked, and leave more room for a body where a file may come."""
        super().parse_header(header_plus)
        if (self.command, self.path) == TAKES_FILES:
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MAX_FILE


class _Channel(HTTPChannel):
    error_task_class = _Refusal
    parser_class = _Parser

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


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens. PortTaken."""
    # Here and not in waitress, which leaves threads and pipes behind when the port is taken.
    host, port = settings.host.strip("[]"), settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        raise PortTaken([_taken(settings, error)]) from None


def open_server(app: Flask, settings: Settings) -> Any:
    """Return a server that listens already; ``run()`` answers until it is stopped. PortTaken."""
    return server_on(listen(settings), app, settings)


def server_on(listening: socket.socket, app: Flask, settings: Settings) -> Any:
    """Return a server on a socket that listens."""
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
        # What proxies say is believed of as many of them as the settings name, and of no other.
        clear_untrusted_proxy_headers=not settings.proxy,
    )
    server.channel_class = _Channel
    return server


def _taken(settings: Settings, error: OSError) -> Fault:
    other = settings.port + 1 if settings.port < 65535 else 8000
    params = {
        "host": settings.host,
        "port": settings.port,
        "rule": error.strerror or str(error),
        "other": other,
    }
    return Fault("LEERMATCH_PORT", "port_taken", params)


def address_of(listening: socket.socket) -> str:
    """Return where a socket listens, as a browser takes it; port 0 has become a real one."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(server: Any) -> None:
    """Answer until the process is asked to stop; then finish what was begun."""
    signal.signal(signal.SIGTERM, _stop)
    server.run()
    server.close()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)

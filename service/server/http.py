"""The application on a socket: waitress, with the limits that keep it answering."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from types import FrameType
from typing import Any
from uuid import uuid4

import orjson
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import BadRequest

from matcher.errors import Fault
from service.access.gate import asks_no_database
from service.access.keys import HEADER
from service.settings import BadSettings, Settings
from service.web.headers import ALWAYS, HSTS
from service.web.problems import MIMETYPE, kind_of, problem_members

MAX_BODY = 2 * 1024 * 1024
"""A larger body is not received at all; what a view takes is less, and then it says why."""
MAX_FILE = 32 * 1024 * 1024
"""The same where a file may be sent: so much more than is taken that a person reads why not."""
TAKES_FILES = ("POST", "/onderzoek/bestanden")
MAX_HEAD = 32 * 1024
"""A longer head is refused: cookies and an address of ours together take a quarter of it."""
_PIECE = 64 * 1024
_LONGEST_LINE = 8 * 1024
"""Of a chunk's size or of what comes after the last chunk."""
_HOST = re.compile(r"([A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
RANKS = ("POST", "/api/v1/recommendations")
_KEY = HEADER.upper().replace("-", "_")
THREADS = 4
"""For what may wait: more would only take turns at the interpreter."""


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
        if self.channel.server.proxies and self._came_over_tls():
            self.response_headers.append(HSTS)
        self.response_headers.append(("Content-Type", MIMETYPE))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)

    def _came_over_tls(self) -> bool:
        said: str = getattr(self.request, "headers", {}).get("X_FORWARDED_PROTO", "")
        return said.rpartition(",")[2].strip() == "https"


class _Parser(HTTPRequestParser):
    adj: Any
    completed: bool
    headers: dict[str, str]

    def received(self, data: bytes) -> int:
        """Take some bytes; of chunks no endless line."""
        consumed: int = super().received(data)
        rest = self.body_rcv
        if (
            isinstance(rest, ChunkedReceiver)
            and len(rest.control_line + rest.trailer) > _LONGEST_LINE
        ):
            self.error, self.completed = BadRequest("a line without end"), True
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read what is asked, and leave more room for a body where a file may come."""
        try:
            super().parse_header(header_plus)
        except ValueError:  # a length of 5 000 digits, an address that is none
            raise ParsingError("not HTTP") from None
        self._refuse_two_readings()
        if (self.command, self.path) == TAKES_FILES:
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MAX_FILE

    def _refuse_two_readings(self) -> None:
        """Refuse what a proxy may read otherwise than we do: where it ends, and for which site."""
        # RFC 9112, 6.1 and 3.2. Of chunks in HTTP/1.1 the header is gone by now.
        two_ends = self.chunked and "CONTENT_LENGTH" in self.headers
        if two_ends or "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("two ends")
        host = self.headers.get("HOST", None if self.version == "1.1" else "")
        if host is None or not _HOST.fullmatch(host):
            raise ParsingError("no site, or more than one")


class _Channel(HTTPChannel):
    error_task_class = _Refusal
    parser_class = _Parser

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait until most of the answer is read, but not for a caller that reads nothing of it.

        Waitress would wait for ever, and four such callers would take all threads.
        """
        with self.outbuf_lock:
            while self.connected and self.total_outbufs_len > self.adj.outbuf_high_watermark:
                if time.time() - self.last_activity > self.adj.channel_timeout:
                    self.cancel()
                self.server.pull_trigger()
                self.outbuf_lock.wait(1)

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


class _Server(TcpWSGIServer):
    """Reads, writes, and ranks in one thread; what may wait for a database goes to the others.

    Arithmetic in several threads lets the interpreter go at every step, to whoever waits for it: on
    a busy machine an answer took 7.8 ms of processor, and here takes 3.6; 259 a second came in
    place of 146.
    """

    channel_class = _Channel
    next_channel_cleanup: float

    def __init__(
        self, at_once: Callable[[HTTPRequestParser], bool], proxies: int, *args: Any, **kw: Any
    ) -> None:
        self._at_once, self.proxies = at_once, proxies
        self._waiting: deque[_Channel] = deque()
        self._answering = self._asked_to_stop = False
        super().__init__(*args, **kw)

    def add_task(self, task: _Channel) -> None:
        """Keep a request for this thread's next turn, or give it to another."""
        request = task.requests[0]
        if request.error is None and self._at_once(request):
            self._waiting.append(task)
        else:
            super().add_task(task)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """End, when what is being answered is answered."""
        self._asked_to_stop = True
        if not self._answering:
            raise SystemExit(0)

    def _answer(self) -> None:
        self._answering = True
        for _ in range(len(self._waiting)):  # who comes meanwhile gets a turn of the sockets first
            try:
                self._waiting.popleft().service()
            except Exception:  # as the other threads do: no request may end the service
                self.logger.exception("a request failed")
        self._answering = False
        if self._asked_to_stop:
            raise SystemExit(0)

    def readable(self) -> bool:
        """Answer what came in, at every turn; look for idle connections though the clock went back.

        Waitress asks this of a server before each look at its sockets.
        """
        if self._waiting:
            self._answer()
        soon = time.time() + self.adj.cleanup_interval
        self.next_channel_cleanup = min(self.next_channel_cleanup, soon)
        found: bool = super().readable()
        return found

    def maintenance(self, now: float) -> None:
        """Close idle connections; none was active later than now."""
        for channel in self.active_channels.values():
            channel.last_activity = min(channel.last_activity, now)
        super().maintenance(now)


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


def server_on(listening: socket.socket, app: Flask, settings: Settings) -> Any:
    """Return a server on a socket that listens."""

    def at_once(request: HTTPRequestParser) -> bool:
        asked = (request.command, request.path)
        return asked == RANKS and asks_no_database(app, request.headers.get(_KEY))

    return _Server(
        at_once,
        settings.proxy,
        app,
        sockets=[listening],
        _sock=listening,
        sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        bind_socket=False,
        threads=THREADS,
        ident=None,
        # At its defaults waitress stops answering under 200 half-open sockets.
        connection_limit=1000,
        channel_timeout=10,
        cleanup_interval=3,
        # select() knows no socket above 1023.
        asyncore_use_poll=True,
        max_request_header_size=MAX_HEAD,
        max_request_body_size=MAX_BODY,
        # The application must see that a proxy was there; what it says is believed of as many of
        # them as the settings name, and of no other.
        clear_untrusted_proxy_headers=False,
    )


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
    signal.signal(signal.SIGTERM, server.stop)
    server.run()
    server.close()

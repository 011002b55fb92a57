"""Serve until asked to stop: from this process, or from several that share a socket."""

from __future__ import annotations

import gc
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from matcher.errors import Refused
from matcher.messages import say
from service.access.local_link import new_link
from service.live.current import current_live
from service.metrics import forget
from service.server.http import PortTaken, address_of, listen, serve, server_on
from service.server.workers import Workers
from service.settings import Settings, read_settings, share_metrics
from service.web import logs
from service.web.logs import log

Make = Callable[..., Flask]
"""Makes the application: ``service.create_app``, which stands above and is handed down."""


def start(count: int, make: Make) -> int:
    """Serve what ``make`` makes from so many processes.

    Return 0 after a stop, 1 when the port is taken, 2 when something is set up wrong.
    """
    logs.forward_libraries()
    try:
        settings = read_settings()
        if count == 1:
            _serve_alone(settings, make)
        else:
            with tempfile.TemporaryDirectory(prefix="leermatch-") as folder:
                _serve_together(settings, count, Path(folder), make)
    except Refused as refusal:
        for fault in refusal.faults:
            print(fault.line("en"), file=sys.stderr)
        return 1 if isinstance(refusal, PortTaken) else 2
    return 0


def _serve_alone(settings: Settings, make: Make) -> None:
    app = make(settings)
    listening = listen(settings)
    # What was made until now is never garbage: no request need wait while it is looked through.
    gc.collect()
    gc.freeze()
    _greet(listening, settings)
    serve(server_on(listening, app, settings))


def _serve_together(settings: Settings, count: int, folder: Path, make: Make) -> None:
    share_metrics(folder)
    app = make(settings, watch=False)
    live, listening = current_live.of(app), listen(settings)

    def work() -> None:
        live.look()  # a worker that replaces another may be born after a promotion
        live.watch()
        serve(server_on(listening, app, settings))

    _greet(listening, settings)
    Workers(count, work, ended=lambda process: forget(process, folder)).run()


def _greet(listening: socket.socket, settings: Settings) -> None:
    address = address_of(listening)
    lines = [say("en", "serving.address", address=address)]
    if settings.auth == "none":
        lines.append(say("en", "serving.link", link=new_link(settings.instance, address)))
    elif settings.on_loopback and not settings.proxy:
        # People elsewhere can only come by way of a proxy.
        log.warning("proxy_not_set", setting="LEERMATCH_PROXY", see="docs/operate.md")
    print("\n".join(lines), flush=True)

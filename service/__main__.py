"""``python -m service [--workers N]``: serve on this machine until asked to stop."""

from __future__ import annotations

import argparse
import gc
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from matcher.errors import Refused
from matcher.messages import say
from service import create_app
from service.live.current import current_live
from service.metrics import forget
from service.server.http import PortTaken, address_of, listen, serve, server_on
from service.server.workers import MOST, Workers
from service.settings import Settings, read_settings, share_metrics
from service.web import logs


def main(arguments: Sequence[str] = ()) -> int:
    """Serve as the arguments of a command line say."""
    return start(_workers(arguments))


def start(count: int) -> int:
    """Serve from so many processes.

    Return 0 after a stop, 1 when the port is taken, 2 when something is set up wrong.
    """
    logs.forward_libraries()
    try:
        settings = read_settings()
        if count == 1:
            _serve_alone(settings)
        else:
            with tempfile.TemporaryDirectory(prefix="leermatch-") as folder:
                _serve_together(settings, count, Path(folder))
    except Refused as refusal:
        for fault in refusal.faults:
            print(fault.line("en"), file=sys.stderr)
        return 1 if isinstance(refusal, PortTaken) else 2
    return 0


def _workers(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("python -m service", description="Serve until asked to stop.")
    parser.add_argument("--workers", type=int, choices=range(1, MOST + 1), default=1, metavar="N")
    count: int = parser.parse_args(arguments).workers
    return count


def _serve_alone(settings: Settings) -> None:
    app = create_app(settings)
    listening = listen(settings)
    # What was made until now is never garbage: no request need wait while it is looked through.
    gc.collect()
    gc.freeze()
    _greet(listening)
    serve(server_on(listening, app, settings))


def _serve_together(settings: Settings, count: int, folder: Path) -> None:
    share_metrics(folder)
    app = create_app(settings, watch=False)
    live, listening = current_live.of(app), listen(settings)

    def work() -> None:
        live.look()  # a worker that replaces another may be born after a promotion
        live.watch()
        serve(server_on(listening, app, settings))

    _greet(listening)
    Workers(count, work, ended=lambda process: forget(process, folder)).run()


def _greet(listening: socket.socket) -> None:
    print(say("en", "serving.address", address=address_of(listening)), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The product's server in a thread beside the tests."""

import threading
from contextlib import contextmanager

from service.server.http import listen, server_on
from service.settings import Settings


@contextmanager
def served(app, **adjustments):
    """Serve an application on a port of its own; yield the server, and wait for its end."""
    settings = Settings(port=0)
    server = server_on(listen(settings), app, settings)
    for name, value in adjustments.items():
        setattr(server.adj, name, value)
    ended = threading.Event()

    def run():
        while not ended.is_set():
            server.asyncore.loop(timeout=0.1, use_poll=True, map=server._map, count=1)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        ended.set()
        thread.join()
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map)

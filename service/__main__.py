"""``python -m service``: serve on this machine until asked to stop."""

from __future__ import annotations

import sys

from matcher.errors import Refused
from matcher.messages import say
from service import create_app, logs
from service.serving import PortTaken, address_of, open_server, serve
from service.settings import read_settings


def main() -> int:
    """Serve; return 0 after a stop, 1 when the port is taken, 2 when something is set up wrong."""
    logs.forward_libraries()
    try:
        settings = read_settings()
        server = open_server(create_app(settings), settings)
    except Refused as refusal:
        for fault in refusal.faults:
            print(f"{fault.where}: {fault.text('en')}", file=sys.stderr)
        return 1 if isinstance(refusal, PortTaken) else 2
    print(say("en", "serving.address", address=address_of(server)), flush=True)
    serve(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())

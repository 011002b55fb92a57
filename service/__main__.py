"""``python -m service [--workers N]``: serve on this machine until asked to stop."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from service import create_app
from service.server.start import start
from service.server.workers import MOST


def main(arguments: Sequence[str] = ()) -> int:
    """Serve as the arguments of a command line say."""
    parser = argparse.ArgumentParser("python -m service", description="Serve until asked to stop.")
    parser.add_argument("--workers", type=int, choices=range(1, MOST + 1), default=1, metavar="N")
    return start(parser.parse_args(arguments).workers, create_app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

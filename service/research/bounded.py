"""Run a command with a bound on its memory and its time: ``bounded.py MEGABYTES SECONDS COMMAND``.

Started by its path and not as a module: nothing but this is imported before the bounds hold.
"""

from __future__ import annotations

import os
import resource
import sys


def main(megabytes: str, seconds: str, *command: str) -> None:
    """Become the command, within bounds that it cannot widen."""
    memory = int(megabytes) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])

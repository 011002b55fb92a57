"""A look into a file that somebody sends, by a process of its own with bounded memory and time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from service.errors import ServiceError
from service.settings import ROOT
from service.web.logs import log

MEGABYTES, SECONDS = 3_000, 60
_BOUNDED = Path(__file__).with_name("bounded.py")
# Two files at once would take twice the memory.
_looking = threading.Lock()


class TooHeavy(ServiceError):
    """The look took more memory or time than a file of this kind needs."""


def inspect_file(path: Path, menu: Path) -> Mapping[str, Any]:
    """Return what ``python -m matcher inspect`` tells of a file, or raise TooHeavy."""
    command = [sys.executable, str(_BOUNDED), str(MEGABYTES), str(SECONDS)]
    command += [sys.executable, "-m", "matcher", "inspect", str(path), "--menu", str(menu)]
    with _looking:
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, timeout=2 * SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise TooHeavy from None
    if done.returncode:
        # Only the last line, which names the kind of error: the rest may repeat what a file holds.
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.error("inspection_failed", code=done.returncode, kind=last.partition(":")[0][:80])
        raise TooHeavy
    told: Mapping[str, Any] = orjson.loads(done.stdout)
    return told

"""A look into files that somebody sends, by a process of its own with bounded memory and time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson

from matcher.evaluation.verdict import BAD_INPUT, UNCONFIRMED
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
    return _told(["inspect", str(path), "--menu", str(menu)], (0,))


def study_step(*arguments: str) -> Mapping[str, Any]:
    """Return what a step of ``python -m matcher study`` tells as JSON, or raise TooHeavy."""
    return _told([*arguments, "--json"], (0, BAD_INPUT, UNCONFIRMED))


def _told(arguments: list[str], codes: Collection[int]) -> Mapping[str, Any]:
    command = [sys.executable, str(_BOUNDED), str(MEGABYTES), str(SECONDS)]
    command += [sys.executable, "-m", "matcher", *arguments]
    with _looking:
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, timeout=2 * SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise TooHeavy from None
    # Without a word it is no refusal: the command itself was not understood.
    if done.returncode not in codes or not done.stdout:
        # Only the last line, which names the kind of error: the rest may repeat what a file holds.
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.error("inspection_failed", code=done.returncode, kind=last.partition(":")[0][:80])
        raise TooHeavy
    told: Mapping[str, Any] = orjson.loads(done.stdout)
    return told

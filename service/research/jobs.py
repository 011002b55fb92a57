"""Retrainings in the background, each a process of its own with a folder that tells how it goes.

Nothing of a job is kept in memory: whoever looks at the folder knows as much as who started it. A
lock on a file in it is held as long as the job runs, so a number that another process got by then
is never mistaken for it.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import orjson

from matcher.evaluation.verdict import (
    BAD_INPUT,
    BUSY,
    EXIT_CODES,
    UNCONFIRMED,
    Step,
    Verdict,
    step_of,
)
from matcher.model.artefact import is_version
from matcher.vocabulary import Language
from service.errors import ServiceError
from service.research import runner
from service.research.workspace import Workspace
from service.settings import ROOT

State = Literal["running", "done", "refused", "unconfirmed", "busy", "failed", "cancelled", "lost"]
_VERDICTS = {code: verdict for verdict, code in EXIT_CODES.items()}
_REFUSALS: Mapping[int, State] = {
    BAD_INPUT: "refused",
    BUSY: "busy",
    UNCONFIRMED: "unconfirmed",
}
MOST_LINES = 40
SECONDS_TO_END = 3
KEPT_JOBS = 50
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job is asked to do."""

    by: str
    quick: bool
    sources: tuple[str, ...]
    """Names of what it trains on, as a person reads them."""
    started_at: str
    keys: tuple[str, ...] = ()
    """Keys of what it trains on, to ask for the same again."""
    accept_warnings: bool = False
    """Whether what is odd is taken for right."""
    language: Language = "nl"
    """Of what it tells."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its folder tells of it now."""

    id: str
    asked: Asked
    state: State
    step: int
    steps: int
    doing: str
    """Name of the last step that was finished, or nothing yet."""
    lines: tuple[str, ...]
    verdict: Verdict | None
    version: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state != "running"


class AnotherRuns(ServiceError):
    """A job is running; two would fight for the same folder."""


def start(
    workspace: Workspace, id_: str, asked: Asked, files: Sequence[Path], texts: Mapping[str, str]
) -> Job:
    """Start a retraining in the background; the same ``id_`` again is the same job.

    Parameters
    ----------
    files : sequence of Path
        Files of trials to train on.
    texts : mapping
        Other files of trials, by name, with their content; erased when the job ends.

    Raises
    ------
    AnotherRuns
        If a job is running.
    ValueError
        If the id is not 32 hexadecimal digits.
    """
    if not _ID.fullmatch(id_):
        raise ValueError("the id of a job is 32 hexadecimal digits")
    with workspace.alone("starting"):
        there = find(workspace, id_)
        if there is not None:
            return there
        if any(not job.ended for job in jobs(workspace)):
            raise AnotherRuns
        folder = workspace.jobs / id_
        folder.mkdir(mode=0o700)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        given = [*files, *(folder / name for name in texts)]
        commands = _commands(workspace, folder, asked, given)
        (folder / "commands.json").write_bytes(orjson.dumps(commands))
        (folder / "asked.json").write_bytes(orjson.dumps(asdict(asked)))
        _run(folder)
    found = find(workspace, id_)
    assert found is not None
    return found


def _commands(
    workspace: Workspace, folder: Path, asked: Asked, files: Sequence[Path]
) -> list[list[str]]:
    matcher = [sys.executable, "-m", "matcher", "--lang", asked.language]
    menu = ["--menu", str(workspace.menu)]
    path, first = files[0], []
    if len(files) > 1:
        path = folder / "trials.csv"
        first = [[*matcher, "join", *map(str, files), *menu, "--out", str(path)]]
    options = ["--models", str(workspace.models), "--steps"]
    options += ["--quick"] if asked.quick else []
    options += ["--accept-warnings"] if asked.accept_warnings else []
    return [*first, [*matcher, "retrain", str(path), *menu, *options]]


def _run(folder: Path) -> None:
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, runner.__file__, str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,
        )
    finally:
        os.close(lock)
    (folder / "pid").write_text(str(process.pid))
    # Somebody has to ask how it ended, or its number stays taken as long as the service runs.
    threading.Thread(target=process.wait, name="job", daemon=True).start()


def cancel(workspace: Workspace, id_: str) -> None:
    """End a job with all its processes; what it had half-written, the next one clears away."""
    job = find(workspace, id_)
    if job is None or job.ended:
        return
    folder = workspace.jobs / id_
    (folder / "cancelled").touch()
    with suppress(ProcessLookupError):
        # The number is still that of the job: its lock was held a moment ago.
        os.killpg(int((folder / "pid").read_text()), signal.SIGKILL)
    # Whoever asked goes on to a page that should say that it has ended.
    for _ in range(SECONDS_TO_END * 50):
        if not _is_running(folder):
            return
        time.sleep(0.02)


def jobs(workspace: Workspace) -> list[Job]:
    """Return the jobs, newest first."""
    if not workspace.jobs.is_dir():
        return []
    names = [entry.name for entry in os.scandir(workspace.jobs) if _ID.fullmatch(entry.name)]
    found = [job for job in (find(workspace, name) for name in names) if job is not None]
    return sorted(found, key=lambda job: job.asked.started_at, reverse=True)[:KEPT_JOBS]


def find(workspace: Workspace, id_: str) -> Job | None:
    """Return a job as it is now."""
    if not _ID.fullmatch(id_):
        return None
    folder = workspace.jobs / id_
    try:
        raw = orjson.loads((folder / "asked.json").read_bytes())
    except FileNotFoundError:
        return None
    asked = Asked(**raw | {name: tuple(raw.get(name, ())) for name in ("sources", "keys")})
    state, code = _state(folder)
    if state in ("cancelled", "lost"):
        runner.erase_outcomes(folder)
    lines = _lines(folder / "stderr")
    steps = [(line, step_of(line)) for line in lines]
    last = next((step for _, step in reversed(steps) if step), Step(0, 1, ""))
    verdict = _VERDICTS.get(code) if code is not None and state == "done" else None
    return Job(
        id=id_,
        asked=asked,
        state=state,
        step=min(last.step, last.steps),
        steps=last.steps,
        doing=last.name,
        lines=tuple(line for line, step in steps if not step)[-MOST_LINES:],
        verdict=verdict,
        version=_version(folder) if verdict else None,
    )


def _state(folder: Path) -> tuple[State, int | None]:
    # Whether it runs before how it ended: between the two it may end, and then it has ended well.
    running = _is_running(folder)
    try:
        code = int((folder / "exit").read_text())
    except FileNotFoundError:
        if running:
            return "running", None
        return ("cancelled" if (folder / "cancelled").exists() else "lost"), None
    return ("done" if code in _VERDICTS else _REFUSALS.get(code, "failed")), code


def _is_running(folder: Path) -> bool:
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes()[-64_000:].decode(errors="replace")
    except FileNotFoundError:
        return []
    lines = ("".join(ch for ch in line if ch.isprintable()).strip() for line in text.splitlines())
    return [line[:400] for line in lines if line]


def _version(folder: Path) -> str | None:
    last = _lines(folder / "stdout")[-1:]
    return last[0] if last and is_version(last[0]) else None

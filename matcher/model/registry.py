"""Which version is live, and who decided so.

The ledger is the one truth: a line per decision, appended and flushed, never rewritten. The alias
``current`` is the version of its last line, ``previous`` the one that going back leads to: each
promotion is a step on, each rollback a step back, and never one forward again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from matcher.errors import (
    BrokenLedger,
    Fault,
    InvalidDecision,
    RetrainingRuns,
    UnknownVersion,
)
from matcher.files import append_line, held, whole_lines
from matcher.model.artefact import Provenance, is_version, load
from matcher.model.fitted import Model
from matcher.tables.faults import shown
from matcher.validation import first_broken

LEDGER = "ledger.jsonl"
_WRITING, _DECIDING = ".lock", ".deciding"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the ledger."""

    time: str
    action: Literal["promote", "rollback"]
    version: str
    replaced: str | None
    by: str
    reason: str


_DECISION = TypeAdapter(Decision)


def versions(models: Path) -> list[str]:
    """Return the names of all versions, oldest first."""
    if not models.is_dir():
        return []
    return sorted(e.name for e in os.scandir(models) if is_version(e.name) and e.is_dir())


def moment_after(models: Path, now: datetime) -> datetime:
    """Return now, or a second after the newest version: so the last name is of the last made.

    Also after two quick retrainings, and when the clock was set back. A name that is no date is
    nobody's moment.
    """
    known = versions(models)
    with suppress(IndexError, ValueError):
        newest = datetime.strptime(known[-1].partition("-")[0], "%Y%m%dT%H%M%SZ")
        return max(now, newest.replace(tzinfo=UTC) + timedelta(seconds=1))
    return now


def ledger(models: Path) -> list[Decision]:
    """Return all decisions, oldest first; BrokenLedger if one is not as it was written.

    A last line that a crash cut short does not count.
    """
    lines = whole_lines(models / LEDGER)
    return [_read_decision(models, number, line) for number, line in enumerate(lines, start=1)]


def _read_decision(models: Path, number: int, line: bytes) -> Decision:
    try:
        return _DECISION.validate_json(line, strict=True, extra="forbid")
    except ValidationError as error:
        place, rule = first_broken(error)
        where = ", ".join(filter(None, (f"{models / LEDGER}, line {number}", place)))
        raise BrokenLedger(Fault(where, "ledger_damaged", {"rule": rule})) from error


def current(models: Path) -> str | None:
    """Return the version that was promoted, None when none was; BrokenLedger as for `ledger`."""
    decisions = ledger(models)
    return decisions[-1].version if decisions else None


def previous(models: Path) -> str | None:
    """Return the version that a rollback makes live, or None; BrokenLedger as for `ledger`."""
    way = _way(ledger(models))
    return way[-2] if len(way) > 1 else None


def _way(decisions: list[Decision]) -> list[str]:
    """Return the versions that led to the current one, which is the last."""
    way: list[str] = []
    for decision in decisions:
        if not way and decision.replaced is not None:
            way = [decision.replaced]
        if decision.action == "rollback" and decision.version in way[:-1]:
            way.pop()
            while way[-1] != decision.version:
                way.pop()
        # Who promotes the current version once more does not lose the way back.
        elif decision.version not in way[-1:]:
            way.append(decision.version)
    return way


def live(models: Path) -> str | None:
    """Return the version that answers: current, else the newest; None means the expert prior.

    BrokenLedger as for `ledger`.
    """
    return _answering(models)


def live_marker(models: Path) -> object:
    """Return something that changes whenever the live version may have changed; cheap."""
    try:
        stat = (models / LEDGER).stat()
    except FileNotFoundError:
        return live(models)
    newest = live(models) if current(models) is None else None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, newest


@contextmanager
def writing(models: Path) -> Iterator[None]:
    """Hold the folder for writing, or raise RetrainingRuns at once when another process does."""
    with ExitStack() as stack:
        try:
            stack.enter_context(held(models / _WRITING, wait=False))
        except BlockingIOError:
            raise RetrainingRuns(Fault("", "versions_busy", {"folder": models})) from None
        yield


def promote(models: Path, version: str, by: str, reason: str) -> Decision:
    """Make a version the current one, after checking that it loads.

    Raises
    ------
    InvalidDecision
        If ``by`` or ``reason`` is empty, or no line of text.
    UnknownVersion, BrokenVersion
        If the version is not there, or is not as it was written.
    BrokenLedger
        If a line of the ledger is not.
    """
    by, reason = signed("--by", by), signed("--reason", reason)
    _check_is_there(models, version)
    load(models / version)
    # Not the lock of a retraining: that may take long, and going back may not.
    with held(models / _DECIDING):
        return _decide(models, "promote", version, by, reason)


def _check_is_there(models: Path, version: str) -> None:
    if is_version(version) and (models / version).is_dir():
        return
    known, value = versions(models), shown(version)
    if not known:
        raise UnknownVersion(Fault("", "version_of_none", {"value": value, "folder": models}))
    choices = {"value": value, "choices": ", ".join(known)}
    raise UnknownVersion(Fault("", "version_not_there", choices))


def rollback(models: Path, by: str, reason: str) -> Decision:
    """Make the version live again that was before the current one; twice is two steps back.

    Raises
    ------
    UnknownVersion
        If there was none.
    InvalidDecision, BrokenVersion, BrokenLedger
        As for `promote`.
    """
    by, reason = signed("--by", by), signed("--reason", reason)
    _before(models)  # so that a refusal makes no folder
    with held(models / _DECIDING):
        before = _before(models)
        load(models / before)
        return _decide(models, "rollback", before, by, reason)


def _before(models: Path) -> str:
    found = previous(models)
    if found is None:
        raise UnknownVersion(Fault("", "version_no_earlier"))
    return found


def signed(option: str, text: str) -> str:
    """Return who or why as one line; InvalidDecision at the option if it is empty or no text."""
    line = " ".join(text.split())
    if not line:
        raise InvalidDecision(Fault(option, "decision_empty"))
    if not line.isprintable():
        raise InvalidDecision(Fault(option, "decision_unprintable", {"value": ascii(line[:60])}))
    return line


def _answering(models: Path, decided: str | None = None) -> str | None:
    """Return what answers until a decision; before the first one that is the newest version.

    The version decided on may be that newest one itself: then the one before it, so that there is
    a way back.
    """
    others = (name for name in reversed(versions(models)) if name != decided)
    return current(models) or next(others, None)


def _decide(
    models: Path, action: Literal["promote", "rollback"], version: str, by: str, reason: str
) -> Decision:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    decision = Decision(now, action, version, _answering(models, version), by, reason)
    append_line(models / LEDGER, json.dumps(asdict(decision), ensure_ascii=False))
    return decision


def load_model(models: Path, version: str | None = None) -> tuple[Model, Provenance] | None:
    """Return a version's model and provenance; of the live one by default, None if none exists.

    Raises
    ------
    UnknownVersion
        If the version asked for does not exist.
    BrokenVersion
        If it does not pass the check of its manifest.
    """
    chosen = live(models) if version is None else version
    if chosen is None:
        return None
    _check_is_there(models, chosen)
    return load(models / chosen)

"""Files of outcomes that somebody sent: looked into, and kept only after they confirmed.

A kept file is a folder named after the SHA-256 of its content, with the content and who kept it
when. Until it is confirmed, a file stands aside for an hour at most, under a name nobody can guess.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import FileStorage

from matcher.files import whole_file
from service.errors import ServiceError
from service.research.inspection import inspect_file
from service.research.workspace import Workspace
from service.store.clock import now

LARGEST = 20 * 1024 * 1024
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".ods")
WAITS = 3_600
"""Seconds that a file waits for its confirmation."""
_PENDING = ".pending-"
_TOKEN, _DIGEST = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked into; without a token it is not kept, for it has faults."""

    name: str
    size: int
    told: Mapping[str, Any]
    token: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is kept, or was."""

    digest: str
    name: str
    suffix: str
    size: int
    trials: int
    companies: int
    simulated: bool
    by: str
    at: str
    withdrawn_by: str | None = None
    withdrawn_at: str | None = None
    accepted: Mapping[str, int] = field(default_factory=dict)
    """Code of what was odd in it and taken for right -> rows that showed it."""


_UPLOAD = TypeAdapter(Upload)


def shown_name(filename: str | None) -> str:
    """Return the name of a file as a page may show it; it never becomes a path."""
    last = re.split(r"[/\\]", filename or "")[-1]
    return "".join(ch for ch in last if ch.isprintable()).strip()[:100]


def suffix_of(name: str) -> str | None:
    """Return the ending of a kind of file that is read, or None."""
    suffix = Path(name).suffix.casefold()
    return suffix if suffix in SUFFIXES else None


def look_into(workspace: Workspace, content: FileStorage) -> Looked:
    """Look into a file; a good one stands aside, of one with faults nothing stays.

    The name must have one of ``SUFFIXES``. Raises TooHeavy.
    """
    name = shown_name(content.filename)
    suffix = suffix_of(name)
    assert suffix is not None
    _forget_old(workspace)
    token = secrets.token_hex(16)
    folder = workspace.uploads / f"{_PENDING}{token}"
    folder.mkdir(mode=0o700, parents=True)
    try:
        path = folder / f"trials{suffix}"
        content.save(path)
        size = path.stat().st_size
        told = inspect_file(path, workspace.menu)
        looked = Looked(name, size, told, token if told["good"] else None)
        if looked.token is not None:
            (folder / "looked.json").write_bytes(orjson.dumps(asdict(looked)))
        return looked
    finally:
        if not (folder / "looked.json").exists():
            shutil.rmtree(folder, ignore_errors=True)


def pending(workspace: Workspace, token: str) -> Looked | None:
    """Return a file that waits for its confirmation."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        raw = orjson.loads((workspace.uploads / f"{_PENDING}{token}" / "looked.json").read_bytes())
    except FileNotFoundError:
        return None
    return Looked(**raw)


def discard(workspace: Workspace, token: str) -> None:
    """Drop a file that waits for its confirmation."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(workspace.uploads / f"{_PENDING}{token}", ignore_errors=True)


class Doubtful(ServiceError):
    """Something in the file is odd, and nobody said that it is right."""


def confirm(
    workspace: Workspace, token: str, by: str, *, accept_warnings: bool = False
) -> Upload | None:
    """Keep a file that waits; None when it no longer does. Keeping it twice keeps it once.

    Doubtful where something in it is odd and warnings are not accepted; then it goes on waiting.
    """
    with workspace.alone("keeping"):
        looked = pending(workspace, token)
        if looked is None:
            return None
        if looked.told.get("warnings") and not accept_warnings:
            raise Doubtful
        folder = workspace.uploads / f"{_PENDING}{token}"
        suffix = suffix_of(looked.name)
        assert suffix is not None
        digest = sha256((folder / f"trials{suffix}").read_bytes()).hexdigest()
        told = looked.told
        upload = Upload(
            digest=digest,
            name=looked.name,
            suffix=suffix,
            size=looked.size,
            trials=told["trials"],
            companies=told["companies"],
            simulated=told["simulated"],
            by=by,
            at=now(),
            accepted=told.get("odd", {}),
        )
        before = find(workspace, digest)
        if before is not None and before.withdrawn_at is None:
            upload = before
        else:
            (folder / "looked.json").unlink()
            _write(folder, upload)
            shutil.rmtree(workspace.uploads / digest, ignore_errors=True)
            folder.rename(workspace.uploads / digest)
        discard(workspace, token)
        return upload


def withdraw(workspace: Workspace, digest: str, by: str) -> None:
    """Take a file out of use and erase its content; that it was there stays."""
    with workspace.alone("keeping"):
        upload = find(workspace, digest)
        if upload is None or upload.withdrawn_at is not None:
            return
        folder = workspace.uploads / digest
        _write(folder, replace(upload, withdrawn_by=by, withdrawn_at=now()))
        (folder / f"trials{upload.suffix}").unlink(missing_ok=True)


def uploads(workspace: Workspace) -> list[Upload]:
    """Return all files that are kept or were, newest first."""
    found = (find(workspace, name) for name in _names(workspace))
    return sorted((u for u in found if u is not None), key=lambda u: u.at, reverse=True)


def find(workspace: Workspace, digest: str) -> Upload | None:
    """Return a kept file by the SHA-256 of its content."""
    if not _DIGEST.fullmatch(digest):
        return None
    try:
        return _UPLOAD.validate_json((workspace.uploads / digest / "upload.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def path_of(workspace: Workspace, upload: Upload) -> Path:
    """Return where the content of a kept file is."""
    return workspace.uploads / upload.digest / f"trials{upload.suffix}"


def _names(workspace: Workspace) -> Iterator[str]:
    if workspace.uploads.is_dir():
        yield from (entry.name for entry in os.scandir(workspace.uploads))


def _write(folder: Path, upload: Upload) -> None:
    with whole_file(folder / "upload.json") as file:
        file.write(orjson.dumps(asdict(upload)))


def _forget_old(workspace: Workspace) -> None:
    for name in list(_names(workspace)):
        folder = workspace.uploads / name
        if name.startswith(_PENDING) and time.time() - folder.stat().st_mtime > WAITS:
            shutil.rmtree(folder, ignore_errors=True)

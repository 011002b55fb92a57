"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from matcher.errors import Fault, Refused


class NotWritten(Refused):
    """A file that could not be written; nothing of it was left."""


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write; at the end it is on disk under its name, readable by its owner only.

    Raises
    ------
    NotWritten
        If the disk is full or the folder does not allow it; what had the name still has it.
    """
    try:
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(aside)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        rule = error.strerror or str(error)
        raise NotWritten([Fault(str(path), "file_write", {"rule": rule})]) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

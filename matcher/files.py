"""Files and folders that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any


@contextmanager
def whole_file(
    path: Path, mode: int = 0o600, encoding: str | None = None, *, new: bool = False
) -> Iterator[IO[Any]]:
    """Give a file to write, of bytes if no encoding is named; at the end it is on disk.

    Line ends are as they are written. What had the name before has it until then.

    Raises
    ------
    FileExistsError
        If it is to be ``new``, and another has the name by then.
    OSError
        If the disk is full or the folder does not allow it; the error tells the name of the file.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder, "told.txt"), encoding="utf-8") as file:
    ...         _ = file.write("all of it"), os.path.exists(file.name)
    ...     Path(folder, "told.txt").read_text()
    'all of it'
    """
    prefix = f".{path.name}."
    kind, newline = ("w", "") if encoding else ("wb", None)
    try:
        descriptor, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
        try:
            with os.fdopen(descriptor, kind, encoding=encoding, newline=newline) as file:
                yield file
                _flush(file)
            os.chmod(name, mode)
            (os.link if new else os.replace)(name, path)
            flush_folder(path.parent)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name)
    except OSError as error:
        # Python shows one without a number as its name alone, once it has one.
        if error.errno and Path(error.filename or prefix).name.startswith(prefix):
            error.filename = str(path)
        raise


def write_together(folder: Path, texts: Mapping[str, str], mode: int = 0o600) -> None:
    """Write files that belong together, in UTF-8: none has its name before all are on disk.

    Raises
    ------
    OSError
        If the disk is full or the folder does not allow it; what was there before is still there.
    """
    with ExitStack() as stack:
        for name, text in texts.items():
            file = stack.enter_context(whole_file(folder / name, mode, "utf-8"))
            file.write(text)
            _flush(file)


@contextmanager
def whole_folder(path: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder; at the end it has its name, unless another has that already.

    ``prefix`` begins the name it has until then, and after a crash keeps. What is written in it has
    to be flushed (``write_flushed``).
    """
    aside = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
    try:
        yield aside
        aside.chmod(0o755)
        flush_folder(aside)
        if not path.exists():
            aside.rename(path)
        flush_folder(path.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_flushed(path: Path, content: bytes) -> None:
    """Write a file in a folder that nobody looks at yet, and flush it to disk."""
    with path.open("wb") as file:
        file.write(content)
        _flush(file)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, after those of its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())

"""Files and folders that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import fcntl
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


def append_line(path: Path, line: str) -> None:
    """Append a line to a file that is never rewritten, and flush it to disk with its name.

    What a crash left of a line before it, which nobody was told of, goes. Who appends holds a lock.
    """
    with path.open("a+b") as file:
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            os.ftruncate(file.fileno(), content.rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        _flush(file)
    flush_folder(path.parent)  # the first line makes the file


def whole_lines(path: Path) -> list[bytes]:
    """Return the lines of such a file; none if it is not there.

    A last line that a crash cut short does not count.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    # As bytes: the crash may have cut a letter in two.
    return content.split(b"\n")[:-1]


@contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends; its folder is made.

    Raises
    ------
    BlockingIOError
        If another holds it, and we do not wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


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

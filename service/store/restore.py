"""A backup put back: checked as a whole first, and then all at once or not at all."""

from __future__ import annotations

import gzip
import time
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, text

from matcher.errors import Fault, Refused
from service.store import audit, migrations
from service.store.backup import FORM, keep_beside, tables_of
from service.store.database import Busy, Database, TooNew, revision_of

LONGEST_LINE = 64 * 1024 * 1024
"""A line is a row; a longer one is no row of ours."""
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before it is tried again while others are at the tables: half a minute with the waits."""


class BadBackup(Refused):
    """A file that is no whole backup, or one that this release cannot read."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a whole file says of itself."""

    made_at: str
    revision: str
    rows: Mapping[str, int]
    digest: str
    broken_audit: int | None
    """Number of the first row of its audit trail that was tampered with; None if none was."""


def check(path: Path) -> Checked:
    """Read a file to its end; BadBackup if it is damaged or of a newer release."""
    with _Reader(path) as reader:
        rows = (row for table, row in reader.rows() if table == "audit")
        broken = audit.broken_among(rows)
        for _ in reader.rows():  # a broken trail is not read to its end
            pass
        if not migrations.knows(reader.revision):
            raise reader.bad("backup_newer", found=reader.revision, known=migrations.known()[-1])
        return Checked(reader.made_at, reader.revision, reader.counted, reader.digest, broken)


def put_back(database: Database, path: Path, checked: Checked, instance: Path) -> Path | None:
    """Replace all that is kept by what a checked file holds, in one transaction.

    Who reads meanwhile sees what was there before, who writes waits; so a running service need not
    be stopped. Only where the tables have another form than the file, PostgreSQL has readers wait
    too, and those may find nothing for once. Returns where what was there before is kept, None
    where there was nothing.

    Raises
    ------
    Busy
        If others were at the tables all the while, at the last of several tries.
    TooNew
        If what is there is of a newer release: this one cannot take it away.
    OSError
        If what was there cannot be kept.
    BadBackup
        If the file changed since it was checked.
    """
    for pause in (*PAUSES, None):
        kept: list[Path] = []
        try:
            _replace(database, path, checked, instance, kept)
        except Busy:
            # Nothing was done, so what was to be kept beside it is still where it was.
            for each in kept:
                each.unlink(missing_ok=True)
            if pause is None:
                raise
            time.sleep(pause)
        else:
            break
    database.forget()
    return kept[0] if kept else None


def _replace(
    database: Database, path: Path, checked: Checked, instance: Path, kept: list[Path]
) -> None:
    with database.unprepared(writes=True, alone=True) as connection:
        _clear(connection, instance, checked.revision, kept)
        migrations.bring_up(connection, checked.revision)
        with _Reader(path) as reader:
            _fill(connection, reader)
            if reader.digest != checked.digest:
                raise reader.bad("backup_changed")
        migrations.bring_up(connection)
        audit.add(connection, audit.OPERATOR, "database.restore", f"backup of {checked.made_at}")


def _clear(connection: Connection, instance: Path, revision: str, kept: list[Path]) -> None:
    """Take away what is there, and add to ``kept`` where it is kept."""
    tables = tables_of(connection)
    found = revision_of(connection)
    if found is None:
        return
    if not migrations.knows(found):
        raise TooNew(found)
    kept.append(keep_beside(connection, instance, "restore"))
    if found == revision:
        for table in reversed(tables):
            connection.execute(delete(table))
    else:
        migrations.take_down(connection, "base")


def _fill(connection: Connection, reader: _Reader) -> None:
    tables = {table.name: table for table in tables_of(connection)}
    for name, rows in groupby(reader.rows(), key=lambda pair: pair[0]):
        while some := [row for _, row in islice(rows, 200)]:
            connection.execute(insert(tables[name]), some)
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            _count_on(connection, table)


def _count_on(connection: Connection, table: Any) -> None:
    """Let PostgreSQL number new rows after those that were put in with their number."""
    if "sequence" not in table.columns:
        return
    counter = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, 'sequence')"), {"table": table.name}
    ).scalar()
    last = connection.execute(select(func.max(table.c.sequence))).scalar()
    if counter is not None and last is not None:
        connection.execute(
            text("SELECT setval(:counter, :last)"), {"counter": counter, "last": last}
        )


class _Reader:
    """The lines of a file, of which the last vouches for the others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = ""
        self._sum = sha256()
        self._file = gzip.GzipFile(path)
        try:
            header = self._line()
            if not isinstance(header, dict) or header.get("leermatch_backup") != FORM:
                raise self.bad("backup_form")
            self.made_at, self.revision = str(header.get("made_at")), str(header.get("revision"))
            self._columns: dict[str, list[str]] = header.get("tables", {})
            self.counted = dict.fromkeys(self._columns, 0)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def bad(self, code: str, **params: object) -> BadBackup:
        """Return a refusal of this file."""
        return BadBackup([Fault(str(self.path), code, params)])

    def rows(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Yield table and row; at the end everything has been checked against the last line."""
        while not self.digest:
            so_far = self._sum.hexdigest()
            line = self._line()
            if isinstance(line, dict):
                if line != {"rows": self.counted, "sha256": so_far} or self._file.read(1):
                    raise self.bad("backup_damaged")
                self.digest = so_far
                return
            if not isinstance(line, list) or not line or line[0] not in self.counted:
                raise self.bad("backup_damaged")
            name, *values = line
            self.counted[name] += 1
            try:
                row = dict(zip(self._columns[name], map(_unpacked, values), strict=False))
            except (ValueError, KeyError, TypeError):
                raise self.bad("backup_damaged") from None
            yield name, row

    def _line(self) -> Any:
        try:
            line = self._file.readline(LONGEST_LINE)
            self._sum.update(line)
            return orjson.loads(line)
        except (OSError, EOFError, zlib.error, orjson.JSONDecodeError):
            # Not gzip, cut off, or altered: for who has to find another file it is all the same.
            raise self.bad("backup_damaged") from None


def _unpacked(value: object) -> object:
    return b64decode(value["base64"]) if isinstance(value, dict) else value

"""All that is kept, as one file: the same form for SQLite and PostgreSQL, made while others write.

A file is gzip over lines of JSON. The first names the form, the moment, the revision of the tables
and their columns; then comes a line per row; the last counts the rows and holds the SHA-256 of all
lines before it, so that a file that was cut off or altered is known for one. The key that signs
sessions is not in it: who steals a backup cannot sign in with it.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, MetaData, Table, inspect, select

from matcher.files import whole_file
from service.store.clock import now
from service.store.database import revision_of
from service.store.tables import metadata

FORM = 1
"""Version of the form; a reader refuses one that it does not know."""
SUFFIX = ".jsonl.gz"


@dataclass(slots=True)
class Made:
    """What went into a file: rows by table, and the digest on its last line."""

    rows: dict[str, int] = field(default_factory=dict)
    digest: str = ""


def write(connection: Connection, path: Path) -> Made:
    """Write all rows as they are at one moment; OSError leaves nothing half-written."""
    made = Made()
    with (
        whole_file(path) as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6) as packed,
    ):
        for line in _lines(connection, made):
            packed.write(line)
    return made


def keep_beside(connection: Connection, folder: Path, why: str) -> Path:
    """Write all rows into a new file in the instance folder before something takes them away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = now().replace("-", "").replace(":", "").replace(".", "")
    path = folder / f"before-{why}-{moment}{SUFFIX}"
    write(connection, path)
    return path


def tables_of(connection: Connection) -> list[Table]:
    """Return our tables as the database has them now, those that others point to first."""
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    found = MetaData()
    found.reflect(connection, only=sorted(there))
    return found.sorted_tables


def _lines(connection: Connection, made: Made) -> Iterator[bytes]:
    digest = sha256()
    for value in _values(connection, made):
        line = orjson.dumps(value, default=_packed) + b"\n"
        digest.update(line)
        yield line
    made.digest = digest.hexdigest()
    yield orjson.dumps({"rows": made.rows, "sha256": made.digest}) + b"\n"


def _values(connection: Connection, made: Made) -> Iterator[object]:
    tables = tables_of(connection)
    yield {
        "leermatch_backup": FORM,
        "made_at": now(),
        "revision": revision_of(connection),
        # Names found in a database are a kind of str that JSON does not take.
        "tables": {str(table.name): [str(c.name) for c in table.columns] for table in tables},
    }
    for table in tables:
        made.rows[str(table.name)] = 0
        rows = select(table).order_by(*table.primary_key).execution_options(yield_per=200)
        with connection.execute(rows) as found:
            for row in found:
                made.rows[str(table.name)] += 1
                yield [str(table.name), *row]


def _packed(value: Any) -> object:
    if isinstance(value, bytes | memoryview):
        return {"base64": b64encode(value).decode()}
    raise TypeError(f"a backup cannot hold {type(value).__name__}")

"""A Parquet file, or a folder of parts, as blocks of text cells: the form all checks share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as types

from matcher.tables.faults import unreadable
from matcher.tables.records import BLOCK_ROWS, Block, Heading

_INDEX = "__index_level_"  # what pandas calls the row labels it could not leave out
_VALUES = (
    *(types.is_string, types.is_large_string, types.is_string_view),
    # Writers that know no text leave it as bytes; a cast refuses what is not UTF-8.
    *(types.is_binary, types.is_large_binary, types.is_binary_view),
    *(types.is_integer, types.is_date, types.is_null),
)
_LISTS = (
    *(types.is_list, types.is_large_list, types.is_fixed_size_list),
    *(types.is_list_view, types.is_large_list_view),
)
_DAMAGE = (pa.ArrowException, OSError, ValueError)


def read_parquet(path: Path) -> tuple[Heading | None, Iterator[Block]]:
    """Return the names of the columns and the rows in blocks; parts follow in order of their names.

    Rows are numbered as if the names were row 1 of one long sheet.

    Raises
    ------
    UnreadableFile
        If there is no part, a part is damaged, gone or differs in its columns, or holds something
        that is not a value.
    """
    parts = _parts(path)
    if not parts:
        raise unreadable(path, "table_no_parts")
    names = _names(path, parts[0])
    for part in parts[1:]:
        _check_alike(path, part, _names(path, part), parts[0], names)
    return Heading(1, names, len(names)), _blocks(path, parts, names)


def _check_alike(
    path: Path, part: Path, own: tuple[str, ...], first: Path, names: tuple[str, ...]
) -> None:
    if sorted(own) != sorted(names):
        raise unreadable(path, "table_parts_differ", part=part.name, first=first.name)


def _parts(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    # Writers leave notes such as _SUCCESS and .crc files beside the parts.
    found = (part for part in path.rglob("*.parquet") if part.is_file())
    return sorted(part for part in found if not part.name.startswith(("_", ".")))


def _names(path: Path, part: Path) -> tuple[str, ...]:
    with _refused(path, part):
        return _own(pq.read_schema(part).names)


def _own(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in names if not name.startswith(_INDEX))


@contextmanager
def _refused(path: Path, part: Path) -> Iterator[None]:
    """Turn what is wrong with a part into a refusal that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise unreadable(path, "table_part_gone", part=part.name) from error
    except _DAMAGE as error:
        raise unreadable(path, "table_parquet_broken", part=part.name) from error


def _blocks(path: Path, parts: list[Path], names: tuple[str, ...]) -> Iterator[Block]:
    row = 2
    for part in parts:
        with _refused(path, part), pq.ParquetFile(part) as file:
            # Again: whoever writes it may have put another one in its place meanwhile.
            _check_alike(path, part, _own(file.schema_arrow.names), parts[0], names)
            for batch in file.iter_batches(batch_size=BLOCK_ROWS):
                rows = np.arange(row, row + batch.num_rows, dtype=np.int64)
                yield Block(rows, _cells(path, batch, names), {})
                row += batch.num_rows


def _cells(path: Path, batch: pa.RecordBatch, names: tuple[str, ...]) -> dict[str, pa.StringArray]:
    cells: dict[str, pa.StringArray] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name.strip() not in names:
            continue
        text = _text(column)
        if text is None:
            raise unreadable(path, "table_parquet_type", column=name, type=str(column.type))
        text.validate(full=True)  # a damaged part may hold text that is not UTF-8
        cells[name.strip()] = pc.fill_null(text, "")
    return cells


def _text(column: pa.Array) -> pa.StringArray | None:
    """Return a column as text, null where it is unknown; None if its type holds no cells."""
    kind = column.type
    if types.is_dictionary(kind):
        return _text(column.cast(kind.value_type))
    if isinstance(kind, pa.Bool8Type):
        return _text(column.storage.cast(pa.bool_()))
    if isinstance(kind, pa.JsonType):
        return _text(column.storage)
    if isinstance(kind, pa.UuidType):
        return pa.array(map(_named, column.to_pylist()), type=pa.string())
    if types.is_boolean(kind):
        return pc.if_else(column, "ja", "nee")
    if types.is_floating(kind) or types.is_decimal(kind):
        # Not widened: 3.8 in 32 bits would become 3.799999952316284 in 64.
        return _number_text(column if kind == pa.float32() else column.cast(pa.float64()))
    if types.is_timestamp(kind):
        # A moment with a time zone is a day in that zone, not in UTC.
        local = pc.local_timestamp(column) if kind.tz else column
        return local.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    if any(holds(kind) for holds in _LISTS):
        return pa.array(map(_joined, column.to_pylist()), type=pa.string())
    if any(holds(kind) for holds in _VALUES):
        return column.cast(pa.string())
    return None


def _number_text(column: pa.Array) -> pa.StringArray:
    """Return numbers so that nobody reads three decimals as thousands."""
    known = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    text = pc.replace_substring_regex(known.cast(pa.string()), r"\.0$", "")
    return pc.replace_substring_regex(text, r"(\.[0-9]{3})$", r"\10")


def _named(value: object) -> str | None:
    return None if value is None else str(value)


def _joined(items: list[object] | None) -> str | None:
    if items is None:
        return None
    return "|".join("" if item is None else str(item) for item in items) or "geen"

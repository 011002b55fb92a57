"""The file of measurements: what one company's people said at one time, read and written.

An outcome belongs to a company and a time, not to a row of trials: three approaches that a company
tried in one spring share both scores, and the error of both. A trial names its measurements by
their wave, in ``measured_before`` and ``measured_after``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.disclosure import FEWEST, is_few
from matcher.errors import Fault, InvalidMeasurements, Warned
from matcher.files import whole_file
from matcher.measure.scale import SIX, Range, read_range
from matcher.measure.study import Measure
from matcher.tables.cells import written_text
from matcher.tables.columns import Column, empty_column, read_column
from matcher.tables.faults import KEPT_FAULTS, Collected, place, row_of, shown
from matcher.tables.kinds import Day, FreeText, Kind, Number, Pseudonym, Scale
from matcher.tables.reader import canonical_names, heading_faults, read_table
from matcher.tables.records import Block
from matcher.trials.checks import CheckedBlock, Found
from matcher.trials.columns import RESPONDENTS, WAVE, scale_words
from matcher.trials.plausible import ROUNDED, today
from matcher.trials.pseudonyms import telling

MEASURED_SCALES = tuple(f"{low}-{high}" for low in (0, 1) for high in range(3, 11))
"""Up to 10: in a longer one nobody can tell 3.625 from 3 625."""

KINDS: Mapping[str, Kind] = {
    "company": Pseudonym(),
    "wave": WAVE,
    "day": Day(),
    "mean": Number(0, 10),
    "sd": Number(0, 10),
    "n": Number(1, RESPONDENTS.most, whole=True),
    "n_twice": RESPONDENTS,
    "correlation": Number(-1, 1),
    "scale": Scale(scale_words(MEASURED_SCALES)),
    "instrument": FreeText(40),
}
MEASUREMENT_COLUMNS: tuple[str, ...] = tuple(KINDS)
REQUIRED_MEASUREMENTS = ("company", "mean", "n", "scale")
"""Columns a file must have, every cell filled; besides, each row has a ``wave`` or a ``day``."""


@dataclass(frozen=True)
class Measurements:
    """Measurements as they were found, one row each, with those of a company in order of time."""

    frame: pd.DataFrame
    """Columns ``MEASUREMENT_COLUMNS``, index 0..n-1; None, NaN and NaT are unknown."""
    rows: Ints
    """Row of each in a spreadsheet, where the heading is row 1."""
    warnings: tuple[Warned, ...] = ()
    """Pseudonyms that may tell who is meant."""
    notes: tuple[Fault, ...] = ()

    @property
    def on_six(self) -> pd.DataFrame:
        """The same with mean and SD on 1-6."""
        frame = self.frame.copy()
        scales = [_range(text) for text in frame["scale"]]
        frame["mean"] = [
            scale.on_six(mean) for scale, mean in zip(scales, frame["mean"], strict=True)
        ]
        frame["sd"] *= [scale.factor for scale in scales]
        frame["scale"] = str(SIX)
        return frame


def _range(text: str) -> Range:
    found = read_range(text)
    if found is None:
        raise ValueError(f"{text!r} is no scale")
    return found


def read_measurements(path: Path) -> Measurements:
    """Read a file of measurements: .csv, .xlsx, .ods or .parquet.

    Raises
    ------
    UnreadableFile
        If the file is not a table, damaged, or without rows.
    InvalidMeasurements
        With every fault, by row: the first thousand and their total.
    """
    table = read_table(path, MEASUREMENT_COLUMNS)
    if faults := heading_faults(table.heading, MEASUREMENT_COLUMNS, REQUIRED_MEASUREMENTS):
        raise InvalidMeasurements(faults)
    names = canonical_names(table.heading, MEASUREMENT_COLUMNS)
    collected = Collected()
    pieces, warnings = [], []
    for block in table.blocks:
        checked = _checked(block, names)
        for fault, rows, times in checked.told():
            collected.add(fault, rows, times)
        warnings += [
            Warned(odd.column, odd.code, checked.warned(odd, int(at)), (int(block.rows[at]),))
            for odd in checked.odd
            for at in odd.at
        ]
        pieces.append(_frame(checked))
    frame = pd.concat(pieces, ignore_index=True)
    between = list(_between_rows(frame))
    total = collected.total + len(between)
    if total:
        faults = sorted([*collected.faults(), *between], key=row_of)[:KEPT_FAULTS]
        raise InvalidMeasurements(faults, total, warnings)
    frame = _in_time(frame)
    numbers = frame.pop("row").to_numpy(np.int64)
    # An SD of one person is none, whatever a program writes for it.
    frame["sd"] = frame["sd"].where(frame["n"] > 1)
    return Measurements(frame, numbers, tuple(warnings), tuple(table.notes))


def _checked(block: Block, names: Mapping[str, str]) -> CheckedBlock:
    n_rows = len(block.rows)
    columns = {
        name: read_column(block.cells[names[name]], kind)
        if name in names
        else empty_column(kind, n_rows)
        for name, kind in KINDS.items()
    }
    fits = np.ones(n_rows, dtype=bool)
    fits[list(block.broken)] = False
    found = [
        Found(broken.code, name, np.flatnonzero(broken.mask & fits), broken.params, by_cell=True)
        for name, column in columns.items()
        for broken in column.broken
    ]
    found += [
        Found("table_empty_cell", name, np.flatnonzero(columns[name].blank & fits), _nothing, True)
        for name in REQUIRED_MEASUREMENTS
    ]
    found += [
        Found(code, name, np.flatnonzero(mask & fits), params)
        for code, name, mask, params in _within_rows(columns)
    ]
    odd = []
    why = np.array([name and telling(name) for name in columns["company"].values.tolist()])
    for reason in ("number_of_a_register", "name_of_a_company"):
        odd.append(Found(reason, "company", np.flatnonzero((why == reason) & fits), _nothing))
    surely = np.flatnonzero((why == "register_number") & fits)
    found.append(Found("trial_register_number", "company", surely, _nothing))
    found, odd = ([each for each in some if len(each.at)] for some in (found, odd))
    return CheckedBlock(block, names, columns, tuple(found), tuple(odd))


def _nothing(_: int) -> Mapping[str, object]:
    return {}


def _within_rows(columns: Mapping[str, Column]) -> Iterator[tuple[str, str, Bools, Any]]:
    """Yield code, column, rows and what the sentence needs, of what is wrong within a row."""
    n, mean, sd = (columns[name].values for name in ("n", "mean", "sd"))
    scales = [None if text is None else _range(text) for text in columns["scale"].values.tolist()]
    low = np.array([np.nan if scale is None else scale.low for scale in scales])
    high = np.array([np.nan if scale is None else scale.high for scale in scales])
    neither = columns["wave"].blank & columns["day"].blank
    yield "measurement_no_wave", "wave", neither, _nothing
    outside = (mean < low) | (mean > high)
    yield "measurement_mean_outside", "mean", outside, lambda at: {"scale": str(scales[at])}
    # As far as people can differ, half at either end (Popoviciu), of a sample.
    widest = (high - low) / 2 * np.sqrt(n / np.maximum(n - 1, 1))
    wide = (sd > widest + ROUNDED) & (n > 1)
    yield "trial_spread_too_wide", "sd", wide, _nothing
    yield "measurement_sd_of_one", "sd", (n == 1) & (sd > 0), _nothing
    more = columns["n_twice"].values > n
    yield "measurement_more_twice", "n_twice", more, lambda at: {"n": f"{n[at]:.0f}"}
    yield "measurement_to_come", "day", columns["day"].values > today(), _nothing


def _frame(checked: CheckedBlock) -> pd.DataFrame:
    """Return the good rows of a block, with their number in the sheet."""
    good = checked.good
    values = {name: column.values[good] for name, column in checked.columns.items()}
    values["day"] = values["day"].astype("datetime64[ns]")
    # Without its dtype, pandas makes text of objects, and NaN of None.
    frame = pd.DataFrame({name: pd.Series(each, dtype=each.dtype) for name, each in values.items()})
    return frame.assign(row=checked.block.rows[good])


def _in_time(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by company, in the order in which companies come, each in order of time.

    Without days the order of the file is that of time.
    """
    first = pd.factorize(frame["company"])[0]
    return frame.assign(_company=first).sort_values(
        ["_company", "day"], kind="stable", ignore_index=True
    )[[*MEASUREMENT_COLUMNS, "row"]]


def _between_rows(frame: pd.DataFrame) -> Iterator[Fault]:
    """Yield what is wrong between the rows of one company."""
    by_row = frame.sort_values("row")
    for column in ("scale", "instrument"):
        first = _first(by_row, ["company"], column)
        differs = by_row[column].notna() & (by_row[column] != first[column])
        for at in np.flatnonzero(differs):
            told = {"first": shown(first[column].iloc[at]), "other": int(first["row"].iloc[at])}
            yield _fault(by_row.iloc[at], column, f"measurement_{column}_differs", **told)
    for column in ("wave", "day"):
        alike = by_row.assign(
            alike=by_row["wave"].str.casefold() if column == "wave" else by_row["day"]
        )
        first = _first(alike, ["company", "alike"], "alike")
        again = alike["alike"].notna() & (alike["row"] != first["row"])
        for at in np.flatnonzero(again):
            other = int(first["row"].iloc[at])
            yield _fault(by_row.iloc[at], column, f"measurement_{column}_twice", other=other)
    some = by_row["day"].notna().groupby(by_row["company"]).transform("any")
    for at in np.flatnonzero(some & by_row["day"].isna()):
        yield _fault(by_row.iloc[at], "day", "measurement_day_missing")
    yield from _twice(_in_time(frame))


def _first(rows: pd.DataFrame, keys: list[str], known: str) -> pd.DataFrame:
    """Return for each row the first one with the same keys in which a column is known."""
    firsts = rows[rows[known].notna()].drop_duplicates(keys)
    columns = list(dict.fromkeys([*keys, known, "row"]))
    return rows[keys].merge(firsts[columns], on=keys, how="left").set_index(rows.index)


def _twice(rows: pd.DataFrame) -> Iterator[Fault]:
    """Yield where more people answered twice than there were to do so; rows in order of time."""
    earlier = rows["company"] == rows["company"].shift()
    before = rows[["n", "row"]].shift()
    for at in np.flatnonzero(~earlier & (rows["n_twice"] > 0)):
        yield _fault(rows.iloc[at], "n_twice", "measurement_twice_of_first")
    for at in np.flatnonzero(earlier & (rows["n_twice"] > before["n"])):
        told = {"n": f"{before['n'].iloc[at]:.0f}", "other": int(before["row"].iloc[at])}
        yield _fault(rows.iloc[at], "n_twice", "measurement_more_twice_than_before", **told)


def _fault(row: Any, column: str, code: str, **told: object) -> Fault:
    at = int(row["row"])
    value = shown(_cell(column, row[column]))
    return Fault(place(at, column), code, {"row": at, "column": column, "value": value, **told})


def measurements_of(measure: Measure) -> pd.DataFrame:
    """Return the measurements of a study as they go into a file, on 1-6, by company and wave.

    ``correlation`` is the pooled one: that of the few people of one company says nothing, and would
    tell of them. Companies in which nobody has a score are not there.
    """
    lines = []
    for at, name in enumerate(measure.companies):
        for number, wave in enumerate(measure.waves):
            found = wave.by_company
            if found.n[at] == 0:
                continue
            twice = measure.changes[number - 1].twice if number else None
            n_twice = np.nan if twice is None else twice.n[at]
            lines.append(
                {
                    "company": name,
                    "wave": wave.name,
                    "day": pd.NaT if wave.day is None else pd.Timestamp(wave.day),
                    "mean": found.mean[at],
                    "sd": found.sd[at],
                    "n": found.n[at],
                    "n_twice": n_twice,
                    "correlation": twice.correlation if twice and n_twice > 0 else np.nan,
                    "scale": str(SIX),
                    "instrument": measure.instrument.name,
                }
            )
    return pd.DataFrame(lines, columns=list(MEASUREMENT_COLUMNS))


def without_few(frame: pd.DataFrame) -> pd.DataFrame:
    """Return measurements as they may leave the study: none of fewer than five people.

    Where one to four people answered twice, or did not, that number goes as well, and what belongs
    to it. No total stands beside them from which what is left out could be worked out.
    """
    kept = frame[frame["n"] >= FEWEST].reset_index(drop=True)
    few = [
        is_few(int(twice)) or is_few(int(n - twice)) if pd.notna(twice) else False
        for n, twice in zip(kept["n"], kept["n_twice"], strict=True)
    ]
    kept.loc[few, ["n_twice", "correlation"]] = np.nan
    return kept


def write_measurements(frame: pd.DataFrame, out: Path) -> None:
    """Write measurements to a CSV file with commas and points, whole or not at all.

    Numbers are written so that reading gives the same number again.

    Raises
    ------
    OSError
        If the folder does not allow it, or the disk is full.
    """
    with whole_file(out, 0o644, "utf-8") as file:
        file.write(measurements_text(frame))


def measurements_text(frame: pd.DataFrame) -> str:
    """Return measurements as a CSV file has them."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(MEASUREMENT_COLUMNS)
    for row in frame[list(MEASUREMENT_COLUMNS)].to_dict("records"):
        writer.writerow([_cell(name, row[name]) for name in MEASUREMENT_COLUMNS])
    return file.getvalue()


def _cell(column: str, value: Any) -> str:
    kind = KINDS[column]
    if value is None or pd.isna(value):
        return ""
    if isinstance(kind, Day):
        return str(pd.Timestamp(value).date())
    if isinstance(kind, Number):
        return str(int(value)) if kind.whole else repr(float(value))
    return written_text(value, kind.most) if isinstance(kind, FreeText) else str(value)

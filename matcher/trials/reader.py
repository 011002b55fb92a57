"""Reading the outcomes of second experiments: every fault at once, or the good rows only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Ints
from matcher.errors import Fault, InvalidTrials, Warned
from matcher.menu.card import Menu
from matcher.tables.faults import KEPT_FAULTS, Collected, place, row_of, shown
from matcher.tables.kinds import Kind
from matcher.tables.reader import Table, canonical_names, heading_faults, read_table
from matcher.trials.checks import CheckedBlock, check_block
from matcher.trials.codes import TrialStore
from matcher.trials.columns import (
    ASKED_FIRST,
    FREE,
    FREE_PREFIX,
    MEASURED_COLUMNS,
    MOST_FREE,
    REQUIRED_COLUMNS,
    SCALES,
    SOURCES,
    STATES,
    TRIAL_COLUMNS,
    known_columns,
    trial_kinds,
)
from matcher.trials.companies import CompanyFinder, Doubles
from matcher.trials.duplicates import TwinFinder, Twins
from matcher.trials.gain import fill_culture
from matcher.trials.measured import measured_by_score
from matcher.trials.oddities import OddityFinder

__all__ = ["SCALES", "SOURCES", "STATES", "TRIAL_COLUMNS", "Trials", "read_trials"]

MOST_NAMED = 10_000
"""Companies up to which a version keeps their pseudonyms, so that its successor can be judged."""


@dataclass(frozen=True)
class Trials:
    """Trials as they were found, one row each."""

    frame: pd.DataFrame
    """Columns ``TRIAL_COLUMNS`` in file order, index 0..n-1; None, NaN and NaT are unknown.

    After them come the columns that the file has besides: ``CARRIED_COLUMNS`` and those of
    somebody's own. ``employees`` is a whole number, or the middle of a size class.

    Of trials read for a fit only, the columns ``FIT_COLUMNS``, with categories for texts and
    numbers for pseudonyms.
    """
    rows: Ints
    """Row of each trial in a spreadsheet, where the heading is row 1."""
    simulated: bool
    """Every row is simulated."""
    n_simulated_left_out: int
    """Simulated rows not used because a real row is present."""
    n_faulty_left_out: int
    companies: tuple[str, ...] | None = None
    """Pseudonyms of the companies, in order; None where they are more than ``MOST_NAMED``."""
    warnings: tuple[Warned, ...] = ()
    """What is odd and may be right, the first rows first; who uses the trials has it confirmed."""
    notes: tuple[Fault, ...] = ()
    """What to say of a file without faults: which sheet was read, what is not in it."""

    @property
    def measured(self) -> pd.DataFrame | None:
        """The ``MEASURED_COLUMNS`` of a file that has any of them, a row for each trial."""
        if self.frame.columns.isin(MEASURED_COLUMNS).any():
            return self.frame.reindex(columns=list(MEASURED_COLUMNS))
        return None


def read_trials(
    path: Path, menu: Menu, *, skip_faulty: bool = False, for_fit: bool = False
) -> Trials:
    """Read a file of trials: .csv, .xlsx, .ods, .parquet, or a folder of Parquet parts.

    The file comes by in blocks, each checked whole. With ``for_fit`` only what a fit reads is kept
    of a block, some 90 bytes of each trial: enough for a million trials in little memory, too
    little for an evaluation. With ``skip_faulty`` the rows without a fault are used and the others
    counted; rows that stand for the same trial are all faulty, for nobody knows which one is right,
    and so are those of one pseudonym that cannot be one company.

    Raises
    ------
    UnreadableFile
        If the file is not a table, damaged, or without rows.
    InvalidTrials
        If a column or a row is at fault, with the first thousand faults by row and their total;
        with ``skip_faulty`` only if a column is, or no good row is left.

    Examples
    --------
    >>> from matcher.menu.card import read_menu
    >>> from matcher.paths import MENU, TRIALS
    >>> trials = read_trials(TRIALS, read_menu(MENU))
    >>> len(trials.frame), trials.simulated
    (126, True)
    """
    opened = open_trials(path, menu)
    reading = _Reading(skip_faulty, partial(TrialStore, opened.kinds, for_fit))
    notes: list[Fault] = []
    reading.take(opened.blocks(notes))
    trials = reading.finish()
    return replace(trials, notes=(*notes, *_of_simulated(path, trials), *_shared(path, trials)))


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of trials of which the heading was read."""

    path: Path
    names: Mapping[str, str]
    """Name of a column -> its name in the file."""
    kinds: Mapping[str, Kind]
    """Kind of every column of the contract, and of what the file has besides."""
    _table: Table

    def blocks(self, notes: list[Fault] | None = None) -> Iterator[CheckedBlock]:
        """Yield its rows in checked blocks, once.

        What is to be said of a file without faults is added to the notes, at the end.
        """
        said: Counter[str] = Counter()
        for block in self._table.blocks:
            checked = check_block(block, self.names, self.kinds)
            said.update(_counted(checked))
            yield checked
        if notes is not None:
            notes += self._table.notes
            notes += [Fault(self.path.name, code, {"n": n}) for code, n in said.items() if n]
            if "culture_after" not in self.names:
                notes.append(Fault(self.path.name, "trial_no_scores"))
            if free := [name for name in self.kinds if name.startswith(FREE_PREFIX)]:
                told = {"n": len(free), "names": ", ".join(free)}
                notes.append(Fault(self.path.name, "trial_free_columns", told))


def open_trials(path: Path, menu: Menu) -> Opened:
    """Read the heading of a file of trials.

    Raises
    ------
    UnreadableFile
        If the file is not a table.
    InvalidTrials
        If a column is at fault.
    """
    table = read_table(path, TRIAL_COLUMNS)
    known = known_columns(table.heading.names)
    free = [name for name in known if name.startswith(FREE_PREFIX)]
    faults = heading_faults(table.heading, known, REQUIRED_COLUMNS)
    faults += _free_faults(table, free)
    if faults:
        raise InvalidTrials(faults)
    names = canonical_names(table.heading, known)
    carried = [name for name in names if name not in TRIAL_COLUMNS]
    return Opened(path, names, trial_kinds(menu.ids, carried), table)


def _free_faults(table: Table, free: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with the columns of somebody's own."""
    row = table.heading.row
    for name in free:
        if not FREE.fullmatch(name):
            told = {"row": row, "column": shown(name)}
            yield Fault(place(row, shown(name)), "trial_free_name", told)
    if len(free) > MOST_FREE:
        name = free[MOST_FREE]
        told = {"row": row, "column": shown(name), "n": len(free), "bound": MOST_FREE}
        yield Fault(place(row, shown(name)), "trial_free_many", told)


def _counted(checked: CheckedBlock) -> dict[str, int]:
    """Return of how many good rows something is to be said, by the code of its sentence."""
    columns, good = checked.columns, checked.good
    employees = columns["employees"]
    said = {"trial_months": sum(int(columns[day].months[good].sum()) for day in _DAYS)}
    for name in ASKED_FIRST:
        said[f"trial_unknown_{name}"] = int(columns[name].blank[good].sum())
    said["trial_size_classes"] = int((employees.most > employees.least)[good].sum())
    if "tried_before" in columns:
        said["trial_tried_before"] = int(columns["tried_before"].known[good].sum())
    return said


_DAYS = ("start_date", "end_date")


def _shared(path: Path, trials: Trials) -> Iterator[Fault]:
    """Yield that rows share a measurement, where they do not name it themselves."""
    frame = trials.frame
    named = any(name in frame and frame[name].notna().any() for name in MEASURED_COLUMNS)
    if not named and frame["company"].dtype == object:  # of trials for a fit the names are gone
        for note in measured_by_score(frame).notes:
            yield replace(note, where=path.name)


def _of_simulated(path: Path, trials: Trials) -> Iterator[Fault]:
    if trials.n_simulated_left_out:
        told = {"n": trials.n_simulated_left_out}
        yield Fault(path.name, "trial_simulated_left_out", told)


@dataclass(slots=True)
class _Reading:
    """What is known of a file while its blocks come by."""

    keep_good: bool
    empty: Callable[[], TrialStore]
    store: TrialStore = field(init=False)
    finder: TwinFinder = field(default_factory=TwinFinder)
    companies: CompanyFinder = field(default_factory=CompanyFinder)
    odd: OddityFinder = field(default_factory=OddityFinder)
    collected: Collected = field(default_factory=Collected)
    kept: list[Fault] = field(default_factory=list)
    total: int = 0
    n_rows: int = 0
    real_seen: bool = False
    rows: list[Ints] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.empty()

    def take(self, blocks: Iterable[CheckedBlock]) -> None:
        """Take in all blocks, and keep none of them."""
        for checked in blocks:
            self._add(checked)

    def _add(self, checked: CheckedBlock) -> None:
        self.n_rows += len(checked.block.rows)
        self.finder.add(checked)
        self.companies.add(checked)
        self.odd.add(checked)
        self._count(checked)
        if self.total and not self.keep_good:
            self.store = self.empty()  # nothing will be used: give the memory back
            return
        good = checked.good
        self.rows.append(checked.block.rows[good])
        self.store.add(checked.columns, good)

    def _count(self, checked: CheckedBlock) -> None:
        # Also a faulty row shows that real trials are there, and that the simulated ones must go.
        source = checked.columns["source"].values
        self.real_seen |= bool(np.isin(source.astype(str), ("experiment", "service")).any())
        self.total += checked.n_faults
        for fault, rows, times in checked.told():
            self.collected.add(fault, rows, times)

    def finish(self) -> Trials:
        """Return the trials, or refuse them."""
        twins, doubles = self.finder.twins(), self.companies.doubles()
        self._count_faults(twins, doubles)
        warnings = self.odd.warnings((*twins.warnings, *doubles.warnings))
        if self.total and not self.keep_good:
            raise InvalidTrials(self.kept, self.total, warnings)
        rows = np.concatenate(self.rows)
        good = ~np.isin(rows, np.concatenate([twins.rows, doubles.rows]))
        n_good = int(good.sum())
        used = good & ~self.store.simulated() if self.real_seen else good
        if not used.any():
            raise InvalidTrials(self.kept, self.total, warnings)
        frame = _completed(self.store.frame(used))
        return Trials(
            frame=frame,
            rows=rows[used],
            simulated=not self.real_seen,
            n_simulated_left_out=n_good - len(frame),
            n_faulty_left_out=self.n_rows - n_good,
            companies=self.store.companies(frame, MOST_NAMED),
            warnings=warnings,
        )

    def _count_faults(self, *found: Twins | Doubles) -> None:
        """Count the faults between rows, and keep the first of all in the order of rows."""
        self.total += sum(len(each.rows) for each in found)
        between = [fault for each in found for fault in each.faults(KEPT_FAULTS)]
        self.kept = sorted([*self.collected.faults(), *between], key=row_of)[:KEPT_FAULTS]


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with what an empty cell means filled in."""
    employees = frame["employees"]
    # NaN is no whole number, nor is the middle of most classes.
    if (employees % 1 == 0).all():
        frame["employees"] = employees.astype(np.int64)
    frame["state"] = frame["state"].where(frame["state"].notna(), "unknown")
    for name in ("respondents_before", "respondents_after"):
        frame[name] = frame[name].where(frame[name] > 0)  # nobody answered: there is no mean either
    fill_culture(frame)
    return frame

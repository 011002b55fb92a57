"""Reading the outcomes of second experiments: every fault at once, or the good rows only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.errors import Fault, InvalidTrials, Warned
from matcher.menu.card import Menu
from matcher.tables.faults import KEPT_FAULTS, Collected, row_of
from matcher.tables.kinds import Kind
from matcher.tables.reader import canonical_names, heading_faults, read_table
from matcher.trials.checks import CheckedBlock, check_block
from matcher.trials.codes import TrialStore
from matcher.trials.columns import (
    FILE_COLUMNS,
    MEASURED_COLUMNS,
    REQUIRED_COLUMNS,
    SCALES,
    SOURCES,
    STATES,
    TRIAL_COLUMNS,
    WAVE,
    trial_kinds,
)
from matcher.trials.companies import CompanyFinder, Doubles
from matcher.trials.duplicates import TwinFinder, Twins
from matcher.trials.gain import fill_culture
from matcher.trials.oddities import OddityFinder

__all__ = ["SCALES", "SOURCES", "STATES", "TRIAL_COLUMNS", "Trials", "read_trials"]

MOST_NAMED = 10_000
"""Companies up to which a version keeps their pseudonyms, so that its successor can be judged."""


@dataclass(frozen=True)
class Trials:
    """Trials as they were found, one row each."""

    frame: pd.DataFrame
    """Columns ``TRIAL_COLUMNS`` in file order, index 0..n-1; None, NaN and NaT are unknown.

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
    measured: pd.DataFrame | None = None
    """Of a file that has any of ``MEASURED_COLUMNS`` both, a row for each trial."""
    notes: tuple[Fault, ...] = ()
    """What to say of a file without faults: which sheet was read, what is not in it."""


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
    kinds = trial_kinds(menu.ids)
    reading = _Reading(skip_faulty, partial(TrialStore, kinds, for_fit))
    notes: list[Fault] = []
    reading.take(checked_blocks(path, kinds, notes))
    trials = reading.finish()
    return replace(trials, notes=(*notes, *_of_simulated(path, trials)))


def checked_blocks(
    path: Path, kinds: Mapping[str, Kind], notes: list[Fault] | None = None
) -> Iterator[CheckedBlock]:
    """Yield the rows of a file of trials in checked blocks.

    What is to be said of a file without faults is added to the notes, at the end. UnreadableFile if
    it is no table, InvalidTrials if its heading is at fault.
    """
    table = read_table(path, FILE_COLUMNS)
    if faults := heading_faults(table.heading, FILE_COLUMNS, REQUIRED_COLUMNS):
        raise InvalidTrials(faults)
    names = canonical_names(table.heading, FILE_COLUMNS)
    kinds = {**kinds, **{name: WAVE for name in MEASURED_COLUMNS if name in names}}
    n_months = 0
    for block in table.blocks:
        checked = check_block(block, names, kinds)
        n_months += sum(int(checked.columns[day].months[checked.good].sum()) for day in _DAYS)
        yield checked
    if notes is not None:
        notes += table.notes
        if n_months:
            notes.append(Fault(path.name, "trial_months", {"n": n_months}))
        if "culture_after" not in names:
            notes.append(Fault(path.name, "trial_no_scores"))


_DAYS = ("start_date", "end_date")


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
    measured: list[pd.DataFrame] = field(default_factory=list)

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
        if any(name in checked.columns for name in MEASURED_COLUMNS):
            self.measured.append(_measured(checked, good))
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
            measured=pd.concat(self.measured)[used].reset_index(drop=True)
            if self.measured
            else None,
        )

    def _count_faults(self, *found: Twins | Doubles) -> None:
        """Count the faults between rows, and keep the first of all in the order of rows."""
        self.total += sum(len(each.rows) for each in found)
        between = [fault for each in found for fault in each.faults(KEPT_FAULTS)]
        self.kept = sorted([*self.collected.faults(), *between], key=row_of)[:KEPT_FAULTS]


def _measured(checked: CheckedBlock, good: Bools) -> pd.DataFrame:
    """Return the waves that the good rows of a block name."""
    waves = pd.DataFrame(index=range(int(good.sum())), columns=list(MEASURED_COLUMNS), dtype=object)
    for name in MEASURED_COLUMNS:
        column = checked.columns.get(name)
        waves[name] = pd.Series(column.values[good] if column else None, waves.index, dtype=object)
    return waves


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with what an empty cell means filled in."""
    frame["employees"] = frame["employees"].astype(np.int64)
    frame["state"] = frame["state"].where(frame["state"].notna(), "unknown")
    for name in ("respondents_before", "respondents_after"):
        frame[name] = frame[name].where(frame[name] > 0)  # nobody answered: there is no mean either
    fill_culture(frame)
    return frame

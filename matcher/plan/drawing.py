"""One draw from files to plan, as it is recorded and as it is made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import Fault, InvalidPlan
from matcher.plan.designs import Settings
from matcher.plan.files import at_table, check_table, read_plan_files
from matcher.plan.ledger import LEDGER, Draw, differences, digest, draw_of, read_ledger, record
from matcher.plan.proposal import Plan, propose
from matcher.plan.table import trials_text
from matcher.ranking.engine import Engine


@dataclass(frozen=True, slots=True)
class Question:
    """What is drawn for, and how."""

    companies: Path
    seats: Path
    table: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Found:
    """A plan, with what a ledger tells of it."""

    question: Question
    plan: Plan
    inputs: Mapping[str, str]
    """Digests of what went in."""
    notes: tuple[Fault, ...]
    """What is to be said of the files."""

    @property
    def draw(self) -> str:
        """Digest of what came out."""
        return digest(trials_text(self.plan).encode())

    def record(self, folder: Path | None, by: str, *, seed_given: bool, accepted: bool) -> None:
        """Append the draw to the ledger in a folder; None is nowhere.

        Raises
        ------
        Unconfirmed, BrokenLedger
            As for ``ledger.record``.
        """
        if folder is None:
            return
        plan = self.plan
        line = Draw(
            time="",
            by=by,
            settings=plan.asked,
            table=self.question.table,
            seed=plan.seed,
            seed_given=seed_given,
            version=plan.version,
            companies=tuple(company.name for company in plan.companies),
            inputs=self.inputs,
            draw=self.draw,
        )
        record(folder / LEDGER, line, accepted=accepted)


def drawn(engine: Engine, question: Question, seed: int) -> Found:
    """Return the plan that a seed draws.

    Raises
    ------
    InvalidPlan, UnreadableFile
        With the faults of files and options, and everything for which the design has no room.
    """
    check_table(question.table)
    notes: list[Fault] = []
    companies, seats = read_plan_files(question.companies, question.seats, engine.menu, notes)
    made = propose(engine, at_table(companies, question.table), seats, seed, question.settings)
    inputs = {
        "companies": digest(question.companies.read_bytes()),
        "seats": digest(question.seats.read_bytes()),
        "menu": engine.menu.ranked_sha256,
    }
    return Found(question, made, inputs, tuple(notes))


def verified(
    engine_of: Callable[[str], Engine],
    companies: Path,
    seats: Path,
    folder: Path,
    number: int | None = None,
    written: Path | None = None,
) -> Draw:
    """Return the draw of a ledger's line (the last) after making it again.

    Parameters
    ----------
    engine_of : callable
        Gives what answers under the version of a draw.
    companies, seats, folder : Path
        The files, and where the ledger is.
    number : int, optional
        The line, from 1.
    written : Path, optional
        The plan that was written then, to be held to the draw too.

    Raises
    ------
    InvalidPlan
        If inputs, version, plan or what comes out are not those of the draw, or there is none.
    BrokenLedger
        If a line is not as it was written.
    """
    path = folder / LEDGER
    line = draw_of(read_ledger(path), number, path)
    engine = engine_of(line.version)
    found = drawn(engine, Question(companies, seats, line.table, line.settings), line.seed)
    faults = differences(line, found.inputs, engine.version, found.draw)
    if written is not None and digest(written.read_bytes()) != line.draw:
        faults.append(Fault(written.name, "plan_other_plan", {"time": line.time}))
    if faults:
        raise InvalidPlan(faults)
    return line

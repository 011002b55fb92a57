"""Which lots were drawn: a line per draw, appended before its plan has a name, never rewritten.

Who draws until it pleases has no chances left to log. Each line holds the seed and digests of what
went in and came out, and chains to the line before it, so that a draw can be made again, and one
that was left out or changed shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from matcher.errors import BrokenLedger, Fault, InvalidPlan, Unconfirmed, Warned
from matcher.files import append_line, held, whole_lines
from matcher.plan.designs import Settings
from matcher.validation import first_broken

LEDGER = "plan-ledger.jsonl"
_LOCK = ".plan-drawing"
_FIRST = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """One line of the ledger."""

    time: str
    by: str
    settings: Settings
    table: str
    """What ``--table`` said."""
    seed: int
    seed_given: bool
    """Somebody chose the seed; else the tool drew it."""
    version: str
    companies: tuple[str, ...]
    """Pseudonyms of all who were in the lot."""
    inputs: Mapping[str, str]
    """Digests (sha256) of ``companies``, ``seats`` and ``menu``."""
    draw: str
    """Digest of the plan that came out."""
    chain: str = ""
    """Digest of the chain before it and of all the above."""

    def chained(self, before: str) -> str:
        """Return the chain of this line after another."""
        told = asdict(self)
        del told["chain"]
        return sha256((before + json.dumps(told, sort_keys=True)).encode()).hexdigest()


_DRAW = TypeAdapter(Draw)


def digest(content: bytes) -> str:
    """Return the digest by which a ledger knows a file."""
    return sha256(content).hexdigest()


def read_ledger(path: Path) -> list[Draw]:
    """Return all draws, oldest first.

    Raises
    ------
    BrokenLedger
        If a line is not as it was written, or one was left out.
    """
    draws: list[Draw] = []
    for number, line in enumerate(whole_lines(path), start=1):
        where = f"{path}, line {number}"
        try:
            draw = _DRAW.validate_json(line, extra="forbid")
        except ValidationError as error:
            place, rule = first_broken(error)
            told = ", ".join(filter(None, (where, place)))
            raise BrokenLedger(Fault(told, "ledger_damaged", {"rule": rule})) from error
        if draw.chain != draw.chained(draws[-1].chain if draws else _FIRST):
            raise BrokenLedger(Fault(where, "plan_ledger_chain", {"n": number}))
        draws.append(draw)
    return draws


def record(path: Path, draw: Draw, *, accepted: bool) -> Draw:
    """Append a draw, with its time and chain, and return it.

    Raises
    ------
    Unconfirmed
        If some of the companies were drawn for before, and nobody accepts that.
    BrokenLedger
        As for `read_ledger`.
    """
    with held(path.with_name(_LOCK)):
        draws = read_ledger(path)
        if not accepted and (warnings := repeats(draws, draw.companies)):
            raise Unconfirmed(warnings)
        told = {f.name: getattr(draw, f.name) for f in fields(draw)}
        told["time"] = datetime.now(UTC).isoformat(timespec="seconds")
        made = Draw(**told)
        told["chain"] = made.chained(draws[-1].chain if draws else _FIRST)
        made = Draw(**told)
        append_line(path, json.dumps(asdict(made), ensure_ascii=False))
        return made


def repeats(draws: Sequence[Draw], companies: Sequence[str]) -> list[Warned]:
    """Return a warning that names the last draw in which some of these companies were."""
    for number, draw in reversed([*enumerate(draws, start=1)]):
        again = [name for name in companies if name in set(draw.companies)]
        if again:
            told = {
                "n": len(again),
                "total": len(companies),
                "number": number,
                "time": draw.time,
                "by": draw.by,
                "design": draw.settings.design,
                "names": ", ".join(again[:5]) + (" ..." if len(again) > 5 else ""),
            }
            return [Warned("--companies", "plan_drawn_before", told)]
    return []


def draw_of(draws: Sequence[Draw], number: int | None, path: Path) -> Draw:
    """Return a draw by its line, by default the last; InvalidPlan if there is none."""
    if not draws:
        raise InvalidPlan([Fault(str(path), "plan_ledger_empty")])
    if number is None:
        return draws[-1]
    if not 1 <= number <= len(draws):
        raise InvalidPlan([Fault("--draw", "plan_no_draw", {"value": number, "n": len(draws)})])
    return draws[number - 1]


def differences(draw: Draw, inputs: Mapping[str, str], version: str, made: str) -> list[Fault]:
    """Return what is not as when a draw was made: its inputs, its version, or what comes out."""
    found = [
        Fault(f"--{name}" if name != "menu" else name, "plan_other_input", {"value": name})
        for name, known in draw.inputs.items()
        if inputs[name] != known
    ]
    if version != draw.version:
        told = {"value": version, "version": draw.version}
        found.append(Fault("--version", "plan_other_version", told))
    if made != draw.draw:
        found.append(Fault("", "plan_other_draw", {"time": draw.time}))
    return found

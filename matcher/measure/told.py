"""What a report may tell of each company: nothing of fewer than five people."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.disclosure import Told, beside_total, is_few
from matcher.measure.study import Measure


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """One company in one wave, as a report shows it; None is not known, or not told."""

    company: str
    n: int
    mean: float
    sd: float
    error: float
    response: float | None
    """Not told where it would tell that one to four people did not answer."""
    n_twice: int | None
    """Who answered in the wave before as well; not told of one to four, or of all but those."""


@dataclass(frozen=True, slots=True)
class ToldWave:
    """The companies of one wave that a report shows."""

    name: str
    lines: tuple[CompanyLine, ...]
    hides: bool
    """Whether companies with answers are left out."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """The change of one company between two waves, as a report shows it."""

    company: str
    change: float
    error: float


def told_waves(measure: Measure) -> list[ToldWave]:
    """Return the companies of each wave that a report shows.

    Beside the total of the wave the people of a company that is left out could be worked out, and
    from the mean of all its own: where that is so, another company goes with it.
    """
    told = []
    for number, wave in enumerate(measure.waves):
        found, counts = wave.by_company, [int(n) for n in wave.by_company.n]
        twice = measure.changes[number - 1].twice.n if number else None
        lines = [
            CompanyLine(
                company=measure.companies[at],
                n=counts[at],
                mean=float(found.mean[at]),
                sd=float(found.sd[at]),
                error=float(found.error[at]),
                response=_response(counts[at], float(found.headcount[at])),
                n_twice=None if twice is None else _part(float(twice[at]), counts[at]),
            )
            for at, n in enumerate(beside_total(counts))
            if _is_shown(n)
        ]
        told.append(ToldWave(wave.name, tuple(lines), len(lines) < sum(n > 0 for n in counts)))
    return told


def told_changes(measure: Measure) -> list[tuple[ChangeLine, ...]]:
    """Return the changes between waves of the companies that are told in both."""
    named = [{line.company for line in wave.lines} for wave in told_waves(measure)]
    return [
        tuple(
            ChangeLine(company, float(change.change[at]), float(change.error[at]))
            for at, company in enumerate(measure.companies)
            if company in named[number] & named[number + 1]
        )
        for number, change in enumerate(measure.changes)
    ]


def _is_shown(n: Told) -> bool:
    return n.exact is not None and n.exact > 0


def _response(n: int, headcount: float) -> float | None:
    known = headcount >= n and headcount > 0  # not of what is not known
    return n / headcount if known and not is_few(int(headcount) - n) else None


def _part(part: float, whole: int) -> int | None:
    """Return a part of the people of a company, where neither it nor the rest is of a few."""
    if part != part:  # nobody knows
        return None
    return int(part) if not is_few(int(part)) and not is_few(whole - int(part)) else None

"""Reading how a plan is to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import get_args

from matcher.errors import Fault, InvalidPlan
from matcher.plan.designs import DESIGNS, STRATA, Clusters, Settings

_MOST_PERIODS = 100
_MOST_WEEKS = 520


def read_settings(
    design: str,
    controls: int,
    strata: str,
    clusters: str,
    periods: int,
    start: str,
    period_weeks: int,
) -> Settings:
    """Return how is drawn, from what was typed; what another design asks does not count.

    Raises
    ------
    InvalidPlan
        With everything that cannot be.
    """
    names = tuple(dict.fromkeys(name.strip() for name in strata.split(",") if name.strip()))
    found = [name for name in DESIGNS if name == design]
    units: list[Clusters] = [name for name in get_args(Clusters) if name == clusters]
    faults = [*_faults(design, controls, names, periods, start, period_weeks)]
    faults += [_fault("--design", design, ", ".join(DESIGNS))] * (not found)
    faults += [_fault("--clusters", clusters, ", ".join(get_args(Clusters)))] * (not units)
    if faults:
        raise InvalidPlan(faults)
    base = Settings(found[0], controls)
    if design == "stratified":
        return Settings(found[0], controls, names)
    if design == "stepped-wedge":
        day = date.fromisoformat(start).isoformat()
        return Settings(found[0], 0, base.strata, units[0], periods, day, period_weeks)
    return base


def _faults(
    design: str, controls: int, strata: tuple[str, ...], periods: int, start: str, weeks: int
) -> Iterator[Fault]:
    if controls < 0:
        yield _fault("--controls", controls, ">= 0")
    elif controls and design in ("thompson", "stepped-wedge"):
        yield Fault("--controls", "plan_controls_none", {"design": design})
    if design == "stratified":
        wrong = [name for name in strata if name not in STRATA]
        if wrong or not strata:
            yield _fault("--strata", ", ".join(wrong) or "''", ", ".join(STRATA))
    if design == "stepped-wedge":
        if not 2 < periods <= _MOST_PERIODS:
            yield _fault("--periods", periods, f"3 - {_MOST_PERIODS}")
        if not _is_day(start):
            yield _fault("--start", start or "''", "2027-01-31")
        if not 0 < weeks <= _MOST_WEEKS:
            yield _fault("--period-weeks", weeks, f"1 - {_MOST_WEEKS}")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year >= 2000
    except ValueError:
        return False


def _fault(where: str, value: object, rule: str) -> Fault:
    return Fault(where, "plan_setting", {"value": value, "rule": rule})

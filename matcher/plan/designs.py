"""Lotteries that look at no expected gain: equal chances, in strata, of whole tables, by turns.

Each is a finite list of tickets, made with a fixed seed, of which one is drawn; companies that are
alike to the design (the same cards suit them, the same stratum) then swap their places by lot. The
chance of a choice is the share of tickets with that choice, averaged over those who swap: exact,
and the same for companies that are alike.

References
----------
D. R. Cox and N. Reid, The theory of the design of experiments, 2000, chapters 3 and 4.
M. Zelen, The randomization and stratification of patients to clinical trials, 1974.
M. A. Hussey and J. P. Hughes, Design and analysis of stepped wedge cluster randomized trials, 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Bools, Ints
from matcher.errors import Fault, InvalidPlan
from matcher.plan.files import Company, Seats
from matcher.plan.lottery import Lottery, assign, room_for
from matcher.profile.schema import PROFILE_FIELDS
from matcher.vocabulary import sector_group, size_class

Design = Literal["thompson", "equal", "stratified", "cluster", "stepped-wedge"]
DESIGNS: tuple[Design, ...] = get_args(Design)
Clusters = Literal["tables", "companies"]

_MANY_VALUES = ("employees", "needs", "transitions", "culture_baseline", "owner_support")
STRATA = (
    "table",
    "size_class",
    "sector_group",
    *(name for name in PROFILE_FIELDS if name not in _MANY_VALUES),
)
"""What companies can be alike in: few values, so that a stratum holds more than one."""

N_TICKETS = 256
N_TABLE_TICKETS = 1024
"""Tickets of tables cost no solving."""
_SEED = 20_260_104
_LEAST = 1e-3

Ticket = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Settings:
    """How is drawn, beside companies and seats."""

    design: Design = "thompson"
    controls: int = 0
    """Companies, or tables in ``cluster``, that wait by lot even where seats are left."""
    strata: tuple[str, ...] = ("size_class", "sector_group")
    clusters: Clusters = "tables"
    """What starts by turns in a stepped wedge."""
    periods: int = 4
    """Of a stepped wedge, with the first, in which nobody has started."""
    start: str = ""
    """First day of its first period, as 2027-01-31."""
    period_weeks: int = 0


@dataclass(frozen=True)
class Drawn:
    """What a design gives each company."""

    lottery: Lottery
    """Over units; a place is a card's, or in a stepped wedge that of a period."""
    unit: Ints
    """Which unit of the lottery each company belongs to; -1 is none (n_companies,)."""

    def propensities(self) -> Array:
        """Return the chance of every choice (n_companies, n_places + 1); in no unit waiting."""
        return self._of_companies(self.lottery.propensities())

    def draw(self, rng: np.random.Generator) -> Ticket:
        """Return the place of every company (n_companies,)."""
        ticket = np.append(self.lottery.draw(rng), self.lottery.n_cards)
        place: Ticket = ticket[self.unit]
        return place

    def _of_companies(self, chances: Array) -> Array:
        waits = np.eye(1, chances.shape[1], chances.shape[1] - 1)
        found: Array = np.vstack((chances, waits))[self.unit]
        return found


def by_lot(
    companies: Sequence[Company], seats: Sequence[Seats], feasible: Bools, asked: Settings
) -> Drawn:
    """Return the lottery of a design other than Thompson's.

    Parameters
    ----------
    companies, seats : sequence
        Seats are those of cards with any.
    feasible : ndarray of shape (n_companies, n_cards)
        Which cards suit which company.
    asked : Settings
        The design and what belongs to it.

    Raises
    ------
    InvalidPlan
        With everything for which the design has no room.
    """
    suited = np.asarray(feasible.any(axis=1), dtype=np.bool_)
    if faults := _faults(companies, seats, suited, asked):
        raise InvalidPlan(faults)
    if asked.design in ("equal", "stratified"):
        names = asked.strata if asked.design == "stratified" else ()
        strata = _labels([tuple(stratum_of(c, name) for name in names) for c in companies])
        return Drawn(_of_companies(seats, feasible, strata, asked), np.arange(len(companies)))
    unit = _units(companies, suited, asked)
    if asked.design == "cluster":
        return Drawn(_of_tables(seats, feasible, unit, asked.controls), unit)
    return Drawn(_by_turns(int(unit.max()) + 1, asked.periods), unit)


def stratum_of(company: Company, name: str) -> object:
    """Return in what a company is like others: a column of `STRATA`."""
    profile = company.profile
    if name == "table":
        return company.table
    if name == "size_class":
        return size_class(profile.employees)
    if name == "sector_group":
        return sector_group(profile.sector, profile.sbi_version)
    return getattr(profile, name)


def _faults(
    companies: Sequence[Company], seats: Sequence[Seats], suited: Bools, asked: Settings
) -> list[Fault]:
    found = []
    unit = _units(companies, suited, asked)
    n_units = int(unit.max(initial=-1)) + 1
    of_tables = asked.design == "cluster" or (
        asked.design == "stepped-wedge" and asked.clusters == "tables"
    )
    if of_tables:
        lost = [c.name for c in companies if not c.table]
        if lost:
            told = {"names": ", ".join(lost[:10]), "n": len(lost), "design": asked.design}
            found.append(Fault("table", "plan_no_table", told))
    n_lots = n_units if asked.design == "cluster" else int(suited.sum())
    if asked.design == "cluster" and n_units < 2 and not found:
        found.append(Fault("table", "plan_one_cluster", {"n": n_units}))
    if asked.design != "stepped-wedge" and asked.controls and asked.controls >= n_lots:
        told = {"value": asked.controls, "n": n_lots}
        found.append(Fault("--controls", "plan_all_controls", told))
    if asked.design == "stepped-wedge":
        if len(seats) != 1:
            told = {"n": len(seats), "names": ", ".join(s.intervention for s in seats)}
            found.append(Fault("seats", "plan_wedge_cards", told))
        room = min((min(s.seats, s.coach_seats or s.seats) for s in seats), default=0)
        if len(seats) == 1 and room < suited.sum():
            told = {"n": int(suited.sum()), "value": room}
            found.append(Fault("seats", "plan_wedge_seats", told))
        if n_units < asked.periods - 1:
            told = {"value": asked.periods, "n": n_units, "bound": n_units + 1}
            found.append(Fault("--periods", "plan_wedge_periods", told))
    return found


def _units(companies: Sequence[Company], suited: Bools, asked: Settings) -> Ints:
    """Return the cluster of each company, -1 where nothing suits it (n_companies,)."""
    alone = asked.design == "stepped-wedge" and asked.clusters == "companies"
    unit = np.full(len(companies), -1)
    names = [c.name if alone else c.table for c in companies]
    unit[suited] = _labels([names[at] for at in np.flatnonzero(suited)])
    return unit


def _labels(values: Sequence[object]) -> Ints:
    """Return equal numbers for equal values, from 0 in order of appearance (n,)."""
    number: dict[object, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)


def _of_companies(
    seats: Sequence[Seats], feasible: Bools, strata: Ints, asked: Settings
) -> Lottery:
    n, n_cards = feasible.shape
    room = room_for(seats, n)
    suited = np.flatnonzero(feasible.any(axis=1))

    def ticket(rng: np.random.Generator, company: int = -1, card: int = -1) -> Ticket:
        laid = _laid_out(rng, seats, suited, strata, asked.controls)
        control = laid == -1
        if company >= 0 and control[company] != (card == n_cards):
            # The choice asked for trades places with one that was laid out the other way.
            others = np.flatnonzero((laid >= 0) if control[company] else control)
            if len(others):
                other = rng.choice(others)
                laid[[company, other]] = laid[[other, company]]
        control = laid == -1
        values = _LEAST * rng.random((n, n_cards + 1))
        values[np.arange(n), laid] += 1.0
        if company >= 0:
            values[company, card] += 2 * n
        return assign(values, feasible & ~control[:, None], room)

    alike = _labels([(int(s), row.tobytes()) for s, row in zip(strata, feasible, strict=True)])
    return _listed(ticket, N_TICKETS, feasible, alike)


def _laid_out(
    rng: np.random.Generator, seats: Sequence[Seats], suited: Ints, strata: Ints, controls: int
) -> Ints:
    """Return a card for each company as if all suited it: the last is no seat, -1 a control (n,).

    Companies stand in a row, stratum after stratum, in each by lot; the places of every card are
    spread evenly over the row, and the row is turned by lot. So each stretch of it, and each
    stratum, has all cards as nearly in proportion as whole companies allow: a permuted block.
    """
    n_cards = len(seats)
    laid = np.full(len(strata), n_cards)
    order = rng.permutation(suited)
    place = rng.permutation(int(strata.max(initial=0)) + 1)
    row = order[np.argsort(place[strata[order]], kind="stable")]
    counts = _counts(rng, seats, len(row) - controls)
    left = len(row) - controls - int(counts.sum())
    arms = [*range(n_cards), n_cards, -1]
    spread = [(np.arange(k) + rng.random()) / k for k in (*counts, left, controls) if k]
    of = np.repeat(arms, [*counts, left, controls])
    sequence = of[np.argsort(np.concatenate(spread), kind="stable")] if spread else of
    laid[row] = np.roll(sequence, rng.integers(max(len(row), 1)))
    return laid


def _counts(rng: np.random.Generator, seats: Sequence[Seats], n: int) -> Ints:
    """Return how many companies each card gets: as equal as seats and coaches allow."""
    counts = np.zeros(len(seats), dtype=np.int64)
    by_coach = {s.coach: s.coach_seats for s in seats if s.coach is not None}
    for _ in range(n):
        free = np.array(
            [
                counts[at] < s.seats and (s.coach is None or (by_coach[s.coach] or 0) > 0)
                for at, s in enumerate(seats)
            ]
        )
        if not free.any():
            break
        fewest = np.flatnonzero(free & (counts == counts[free].min()))
        card = int(rng.choice(fewest))
        counts[card] += 1
        coach = seats[card].coach
        if coach is not None:
            by_coach[coach] = (by_coach[coach] or 0) - 1
    return counts


def _of_tables(seats: Sequence[Seats], feasible: Bools, unit: Ints, controls: int) -> Lottery:
    n_units, n_cards = int(unit.max()) + 1, feasible.shape[1]
    size = np.bincount(unit[unit >= 0], minlength=n_units)
    suits = np.array([feasible[unit == at].all(axis=0) for at in range(n_units)])

    def ticket(rng: np.random.Generator, table: int = -1, card: int = -1) -> Ticket:
        order = rng.permutation(n_units)
        if table >= 0:  # first in the row, so that the seats are still there
            order = np.append(table, order[order != table])
        waits = {int(at) for at in order[order != table][:controls]}
        if table >= 0 and card == n_cards and controls:
            waits = {table, *list(waits)[: controls - 1]}
        left = [s.seats for s in seats]
        by_coach = {s.coach: s.coach_seats or 0 for s in seats if s.coach is not None}
        got, used = np.full(n_units, n_cards), np.zeros(n_cards)
        for at in order.tolist():
            if at in waits:
                continue
            room = [
                (left[c] if s.coach is None else min(left[c], by_coach[s.coach])) >= size[at]
                for c, s in enumerate(seats)
            ]
            free = suits[at] & np.array(room)
            if at == table and card < n_cards and free[card]:
                chosen = card
            elif free.any():
                # As equal as can be: the card that the fewest tables have, by lot among those.
                chosen = int(rng.choice(np.flatnonzero(free & (used == used[free].min()))))
            else:
                continue
            got[at], used[chosen] = chosen, used[chosen] + 1
            left[chosen] -= int(size[at])
            coach = seats[chosen].coach
            if coach is not None:
                by_coach[coach] -= int(size[at])
        return got

    alike = _labels([(int(k), row.tobytes()) for k, row in zip(size, suits, strict=True)])
    return _listed(ticket, N_TABLE_TICKETS, suits, alike)


def _by_turns(n_units: int, periods: int) -> Lottery:
    """Return the lottery over the periods in which units start, all but the first.

    Where they cannot be spread evenly, it is drawn which periods have one more: the tickets are the
    turns of one row, so that every period has the same chance for every unit.
    """
    steps = periods - 1
    row = np.arange(n_units) % steps
    tickets = np.array([(row + turn) % steps for turn in range(steps)])
    return Lottery(tickets, np.full(steps, 1 / steps), steps, np.zeros(n_units, dtype=np.int64))


def _listed(ticket: Callable[..., Ticket], n: int, suits: Bools, alike: Ints) -> Lottery:
    """Return the lottery of n tickets, and of one for each choice that is in none of them.

    Their seed is fixed: the lottery must be the same whichever ticket is drawn from it. A choice
    that the seats rule out, or that makes more wait than need be, is in no ticket: chance 0.
    """
    rng = np.random.default_rng(_SEED)
    tickets = [ticket(rng) for _ in range(n)]
    n_cards = suits.shape[1]
    possible = np.zeros((int(alike.max()) + 1, n_cards + 1), dtype=np.bool_)
    possible[alike, :-1] = suits
    possible[:, -1] = True
    first = np.unique(alike, return_index=True)[1]
    for each in tickets:
        possible[alike, each] = False
    for group, card in np.argwhere(possible):
        if possible[group, card]:
            made = ticket(rng, int(first[group]), int(card))
            if made[first[group]] == card:
                tickets.append(made)
                possible[alike, made] = False
    return Lottery(np.array(tickets), np.full(len(tickets), 1 / len(tickets)), n_cards, alike)

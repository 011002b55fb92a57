"""A proposal for every company, drawn from the lottery of its design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Bools
from matcher.design.encoding import encode
from matcher.plan.designs import Drawn, Settings, by_lot
from matcher.plan.files import Company, Seats
from matcher.plan.lottery import Lottery, lottery, room_for
from matcher.profile.schema import Constraints
from matcher.ranking.conditions import judge
from matcher.ranking.engine import Engine

_THOMPSON = Settings()
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Plan:
    """A proposal for every company, with the chances of all that could have been proposed."""

    companies: Sequence[Company]
    cards: tuple[str, ...]
    """Those with seats, in the order of the file."""
    proposed: NDArray[np.intp]
    """Place of the card of each company, or of its period; the last is waiting (n_companies,)."""
    propensities: Array
    """(n_companies, n_places + 1), the last column is waiting."""
    gains: Array
    """Sampled expected gains in points (n_draws, n_companies, n_cards)."""
    feasible: Bools
    seed: int
    version: str
    asked: Settings = _THOMPSON

    @property
    def lot(self) -> str:
        """Name of the lot that was drawn, for the rows of trials."""
        return f"{self.asked.design}-{self.seed}"

    @property
    def by_turns(self) -> bool:
        """Whether places are periods in which companies start, and not cards."""
        return self.asked.design == "stepped-wedge"

    @property
    def tables(self) -> frozenset[str]:
        """The learning tables in the plan; empty is unknown."""
        return frozenset(company.table for company in self.companies)

    @property
    def n_waiting(self) -> int:
        """How many companies get nothing now."""
        return int((self.proposed == self.propensities.shape[1] - 1).sum())

    @property
    def unsuited(self) -> tuple[str, ...]:
        """Companies for which no card with seats is suitable."""
        return tuple(
            company.name
            for company, suits in zip(self.companies, self.feasible, strict=True)
            if not suits.any()
        )

    @property
    def certain(self) -> tuple[str, ...]:
        """Companies that something suits and that wait for certain, whatever is drawn."""
        waits = self.propensities[:, -1] > 1 - _ROUNDING
        return tuple(
            company.name
            for company, suits, sure in zip(self.companies, self.feasible, waits, strict=True)
            if sure and suits.any()
        )


def propose(
    engine: Engine,
    companies: Sequence[Company],
    seats: Sequence[Seats],
    seed: int,
    asked: Settings = _THOMPSON,
) -> Plan:
    """Return one assignment of cards to companies, drawn from the lottery.

    ``seed`` chooses the ticket only: the propensities are those of any seed.

    Raises
    ------
    InvalidPlan
        With everything for which the design has no room.
    """
    seats = [s for s in seats if s.seats and s.coach_seats != 0]
    cards = [engine.menu.ids.index(s.intervention) for s in seats]
    gains = np.array(
        [engine.gain_draws(encode(c.profile))[cards] for c in companies], dtype=np.float64
    ).transpose(2, 0, 1)
    feasible = np.array([_suits(engine, company, seats)[cards] for company in companies])
    drawn: Lottery | Drawn
    if asked.design == "thompson":
        drawn = lottery(gains, feasible, room_for(seats, len(companies)))
    else:
        drawn = by_lot(companies, seats, feasible, asked)
    return Plan(
        companies,
        tuple(s.intervention for s in seats),
        drawn.draw(np.random.default_rng(seed)),
        drawn.propensities(),
        gains,
        feasible,
        seed,
        engine.version,
        asked,
    )


def _suits(engine: Engine, company: Company, seats: Sequence[Seats]) -> Bools:
    """Return which cards of the menu suit a company; the seats say when each can start."""
    hours = Constraints(
        exclude=company.exclude, max_hours_per_participant=company.max_hours_per_participant
    )
    suits = judge(engine.menu, company.profile, hours).suitable.copy()
    if company.max_lead_weeks is not None:
        planned = {s.intervention: s.lead_weeks for s in seats if s.lead_weeks is not None}
        lead = [planned.get(card.id, card.lead_weeks.min) for card in engine.menu]
        suits &= np.array(lead) <= company.max_lead_weeks
    return suits

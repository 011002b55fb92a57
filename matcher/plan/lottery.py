"""Who tries what next: a lottery over assignments, of which every chance is known beforehand.

A draw from the posterior gives every company and card a gain; the solver fills the seats so that
the sum of those gains is largest (Thompson sampling, here for a whole table at once). The 256 fixed
draws of the model give 256 assignments. A small share of the lottery goes to assignments that look
at no gain at all, so that every possible choice keeps a chance. One ticket is then drawn. The
procedure is this finite lottery itself, so that the propensity of a choice is not an estimate: it
is the weight of the tickets with that choice in them.

References
----------
W. R. Thompson, On the likelihood that one unknown probability exceeds another, 1933.
D. G. Horvitz and D. J. Thompson, A generalization of sampling without replacement, 1952.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from matcher.arrays import Array, Bools, Ints
from matcher.plan.files import Seats

FLOOR = 0.05
"""Share of the lottery that looks at no gain: chances of some .002 at 26 cards, never 0."""
N_BLIND = 256
"""Tickets in that share, before those that are added for a choice not yet in any."""
_BLIND_SEED = 20_260_102
_TIES_SEED = 20_260_103
_LEAST = 1e-6
"""Points that decide between equal gains: far below any that matters."""


@dataclass(frozen=True)
class Room:
    """The seats as the solver sees them: a column per seat, and rows that keep seats empty."""

    card: NDArray[np.intp]
    """Which row of the seats file each column is a seat of (n_columns,)."""
    kept_empty: Bools
    """A row per seat that a coach has no time for: the columns it may take (n_rows, n_columns)."""


def room_for(seats: Sequence[Seats], n_companies: int) -> Room:
    """Return the seats of cards and coaches for so many companies.

    A coach of k companies whose cards have s > k seats together gets s - k rows that must each take
    one of those seats: what is left for companies is k, however it is spread over the cards.
    """
    most = [
        min(s.seats, n_companies, n_companies if s.coach_seats is None else s.coach_seats)
        for s in seats
    ]
    card = np.repeat(np.arange(len(seats)), most)
    coach_of = np.array([seats[c].coach or "" for c in card.tolist()], dtype=np.str_)
    rows: list[Bools] = []
    for coach, shared in {s.coach: s.coach_seats for s in seats if s.coach}.items():
        theirs = np.asarray(coach_of == coach, dtype=np.bool_)
        assert shared is not None  # the reader refuses a coach without seats
        rows += [theirs] * max(int(theirs.sum()) - shared, 0)
    return Room(card, np.array(rows, dtype=np.bool_).reshape(len(rows), len(card)))


def assign(values: Array, feasible: Bools, room: Room) -> NDArray[np.intp]:
    """Return the assignment of the largest sum among those that let the fewest companies wait.

    Parameters
    ----------
    values : ndarray of shape (n_companies, n_cards + 1)
        What each card is worth to each company, and in the last column waiting.
    feasible : ndarray of shape (n_companies, n_cards)
        Which cards suit which company.
    room : Room
        The seats.

    Returns
    -------
    ndarray of shape (n_companies,)
        Place of the card; ``n_cards`` is waiting.

    Examples
    --------
    Both companies want the first card, of which there is one seat; the second loses most.

    >>> values = np.array([[3.0, 2.0, 0.0], [2.0, 0.0, 0.0]])
    >>> room = room_for([Seats("bbl", 1), Seats("evc", 1)], n_companies=2)
    >>> assign(values, np.full((2, 2), True), room).tolist()
    [1, 0]
    """
    n, n_cards = feasible.shape
    n_seats, n_empty = len(room.card), len(room.kept_empty)
    # One company more that waits costs more than all values together can bring.
    waiting = 1 + 2 * n * float(np.abs(values).max(initial=0))
    worth = np.full((n + n_empty, n_seats + n), -np.inf)
    worth[:n, :n_seats] = np.where(feasible, values[:, :-1], -np.inf)[:, room.card]
    worth[:n, n_seats:] = values[:, -1:] - waiting
    worth[n:, :n_seats][room.kept_empty] = 0.0
    rows, columns = linear_sum_assignment(worth, maximize=True)
    at = columns[np.argsort(rows)][:n]
    return np.append(room.card, np.full(n, n_cards))[at]


@dataclass(frozen=True)
class Lottery:
    """Assignments with the chance of each."""

    tickets: NDArray[np.intp]
    """A card's place for every company, ``n_cards`` is waiting (n_tickets, n_companies)."""
    weights: Array
    """Chance of each ticket (n_tickets,); they sum to 1."""
    n_cards: int
    alike: Ints | None = None
    """Companies with the same number swap what a ticket gives them, by lot; None swaps nobody."""

    def propensities(self) -> Array:
        """Return the chance of every choice (n_companies, n_cards + 1)."""
        n = self.tickets.shape[1]
        chances = np.zeros((n, self.n_cards + 1))
        for company in range(n):
            at = self.tickets[:, company]
            chances[company] = np.bincount(at, self.weights, minlength=self.n_cards + 1)
        if self.alike is None:
            return chances
        sums = np.zeros((int(self.alike.max()) + 1, self.n_cards + 1))
        np.add.at(sums, self.alike, chances)
        shared: Array = sums[self.alike] / np.bincount(self.alike)[self.alike, None]
        return shared

    def draw(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Return one ticket, drawn with the weights (n_companies,)."""
        ticket: NDArray[np.intp] = self.tickets[rng.choice(len(self.weights), p=self.weights)]
        if self.alike is None:
            return ticket
        swapped = ticket.copy()
        for group in range(int(self.alike.max()) + 1):
            of = np.flatnonzero(self.alike == group)
            swapped[of] = ticket[rng.permutation(of)]
        return swapped


def lottery(gains: Array, feasible: Bools, room: Room, floor: float = FLOOR) -> Lottery:
    """Return the lottery over assignments.

    Parameters
    ----------
    gains : ndarray of shape (n_draws, n_companies, n_cards)
        Sampled expected gains, in points.
    feasible, room
        As for `assign`.
    floor : float
        Share of the tickets that look at no gain, above 0 and below 1; else ValueError.
    """
    if not 0 < floor < 1:
        raise ValueError(f"floor must be above 0 and below 1, got {floor!r}")
    waiting = np.zeros((feasible.shape[0], 1))
    # Companies with the same answers have the same gains in every draw: a lot decides between them
    # and not who stands first in the file.
    rng = np.random.default_rng(_TIES_SEED)
    lots = _LEAST * rng.random(gains.shape)
    seen = [assign(np.hstack((drawn, waiting)), feasible, room) for drawn in gains + lots]
    blind = _blind(feasible, room)
    weights = np.repeat([(1 - floor) / len(seen), floor / len(blind)], [len(seen), len(blind)])
    return Lottery(np.array(seen + blind), weights, feasible.shape[1])


def _blind(feasible: Bools, room: Room) -> list[NDArray[np.intp]]:
    """Return assignments by random values, with every choice that can be made in one of them.

    Their seed is fixed: the lottery must be the same whichever ticket is drawn from it.
    """
    n, n_cards = feasible.shape
    rng = np.random.default_rng(_BLIND_SEED)
    tickets = [assign(rng.random((n, n_cards + 1)), feasible, room) for _ in range(N_BLIND)]
    missing = np.hstack((feasible, np.ones((n, 1), dtype=np.bool_)))
    for ticket in tickets:
        missing[np.arange(n), ticket] = False
    for company, card in np.argwhere(missing):
        if not missing[company, card]:
            continue
        values = rng.random((n, n_cards + 1))
        values[company, card] += n  # more than the others can bring together
        ticket = assign(values, feasible, room)
        # A choice that makes one company more wait than need be is none: it stays at chance 0.
        if ticket[company] == card:
            tickets.append(ticket)
            missing[np.arange(n), ticket] = False
    return tickets

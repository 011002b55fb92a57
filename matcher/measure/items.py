"""From answers to a score per person: reversed items, odd rows, how items go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.measure.scale import SIX, Range

ALIKE_ITEMS = 6
"""So many items answered alike, none reversed among them, and nobody may have read them [J]."""
FEWEST_PEOPLE = 10
"""People below which a correlation between items says nothing yet [J]."""


def turned_on_six(
    answers: Array, scale: Range, reversed_items: Bools, rows: Bools | None = None
) -> Array:
    """Return a copy of answers (n_people, n_items) on 1-6, those to reversed items turned.

    Of all people, or of those in ``rows`` (n_people,).

    Raises
    ------
    ValueError
        If there is not one mark for each item, or an answer lies outside the scale.
    """
    if answers.shape[1] != len(reversed_items):
        raise ValueError(f"{answers.shape[1]} items, but {len(reversed_items)} marks of reversal")
    if scale.outside(answers).any():
        raise ValueError(f"an answer lies outside the scale {scale}")
    on_six = answers.copy() if rows is None else answers[rows]
    # In place, as ``Range.on_six`` has it: 200,000 people in 40 items are 64 MB.
    on_six -= scale.low
    on_six *= scale.factor
    on_six += SIX.low
    on_six[:, reversed_items] = SIX.turned(on_six[:, reversed_items])
    return on_six


def person_scores(answers: Array, min_items: int) -> Array:
    """Return the mean of each person's answers (n_people,); NaN with fewer than ``min_items``.

    Raises
    ------
    ValueError
        If ``min_items`` is not between 1 and the number of items.
    """
    if not 1 <= min_items <= answers.shape[1]:
        raise ValueError(f"min_items must lie between 1 and {answers.shape[1]}, got {min_items}")
    known = np.isfinite(answers)
    n = known.sum(axis=1)
    total = np.sum(answers, axis=1, where=known)
    scores: Array = np.where(n >= min_items, total / np.maximum(n, 1), np.nan)
    return scores


@dataclass(frozen=True, slots=True)
class ItemFit:
    """How each item goes with the others, after the declared ones are turned."""

    rest: Array
    """(n_items,) correlation with the sum of the other items; NaN where it is not known."""
    doubtful: Bools
    """(n_items,) the correlation is negative: a reversed item that was not declared, or not."""
    explained: Bools
    """(n_items,) the fewest items that, turned, leave no item against the rest."""


def item_fit(covariance: Array) -> ItemFit:
    """Return how items go together, from their covariances (n_items, n_items).

    The correlation is the one that R's psych calls r.drop.

    One forgotten item pulls its neighbours down with it, so that several may be doubtful for the
    sake of one. ``explained`` turns the worst of them, looks again, and stops when none is left.
    """
    n_items = len(covariance)
    sign = np.ones(n_items)
    rest = _item_rest(covariance)
    now = rest
    for _ in range(n_items):
        if not (now < 0).any():
            break
        sign[np.nanargmin(now)] *= -1
        now = _item_rest(covariance * np.outer(sign, sign))
    explained = sign < 0
    # Which way round is right follows from most items: turning all of them explains the same.
    if explained.sum() > n_items / 2:
        explained = ~explained
    return ItemFit(rest, rest < 0, explained & bool((rest < 0).any()))


def _item_rest(covariance: Array) -> Array:
    """Return each item's correlation with the sum of the others, from their covariances."""
    own, row = np.diag(covariance), np.nansum(covariance, axis=1)
    others = row - np.nan_to_num(own)
    variance = np.nansum(covariance) - 2 * row + np.nan_to_num(own)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = others / np.sqrt(own * variance)
    found[~np.isfinite(found)] = np.nan
    return found


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows that are there twice, or may be; nothing is left out because of them."""

    by_code: Bools
    """(n_people,) another row of the company has the same person's code."""
    by_answers: Bools
    """(n_people,) another row of the company has the same answers and began at the same time."""
    n_extra: int
    """Rows that would go if of each such group one were kept."""


def repeats(
    company: Ints, answers: Array, person: Ints | None = None, started: Array | None = None
) -> Repeats:
    """Return which rows of one wave tell of the same person twice.

    Parameters
    ----------
    company : ndarray of shape (n_people,)
        Code of the company.
    answers : ndarray of shape (n_people, n_items)
        As they were given; NaN is no answer.
    person : ndarray of shape (n_people,), optional
        Code of the person, below 0 where there is none.
    started : ndarray of shape (n_people,), optional
        When somebody began, in any unit; NaN where it is not known.
    """
    nobody = np.zeros(len(company), dtype=bool)
    by_code, first_code = nobody, nobody
    if person is not None:
        by_code, first_code = _again(np.column_stack([company, person]), person >= 0)
    by_answers, first_answers = nobody, nobody
    if started is not None:
        known = np.isfinite(started) & np.isfinite(answers).any(axis=1)
        # Only who began at the same time is compared: that leaves few rows of any size.
        at_once, _ = _again(np.column_stack([company, started]), known)
        at = np.flatnonzero(at_once)
        given = np.nan_to_num(answers[at], nan=np.inf)
        rows = np.column_stack([company[at], started[at], given])
        by_answers, first_answers = nobody.copy(), nobody.copy()
        by_answers[at], first_answers[at] = _again(rows, np.ones(len(at), dtype=bool))
    extra = (by_code & ~first_code) | (by_answers & ~first_answers)
    return Repeats(by_code, by_answers, int(extra.sum()))


def _again(keys: Array | Ints, compared: Bools) -> tuple[Bools, Bools]:
    """Return which of the compared rows have a twin, and which are the first of theirs."""
    twice = np.zeros(len(keys), dtype=bool)
    first = np.zeros(len(keys), dtype=bool)
    at = np.flatnonzero(compared)
    if len(at):
        rows = keys[at]
        order = np.lexsort(rows.T[::-1])
        same = (rows[order][1:] == rows[order][:-1]).all(axis=1)
        before, after = np.append(False, same), np.append(same, False)
        twice[at[order]] = before | after
        first[at[order]] = after & ~before
    return twice, first


@dataclass(frozen=True, slots=True)
class StraightLines:
    """Rows in which every answer is the same; nothing is left out because of them."""

    against_itself: Bools
    """(n_people,) the same answer to a reversed item and to one that is not."""
    throughout: Bools
    """(n_people,) the same answer to all of six items or more, none of them reversed or all."""

    @property
    def n(self) -> int:
        """How many rows are either."""
        return int((self.against_itself | self.throughout).sum())


def straight_lines(answers: Array, reversed_items: Bools) -> StraightLines:
    """Return who gave one and the same answer to everything, as the answers were given.

    The longest run of equal answers (longstring) is then all that somebody answered. Where a
    reversed item is among them the answers contradict each other; where there is none, six answers
    alike may still be meant.
    """
    known = np.isfinite(answers)
    n = known.sum(axis=1)
    # fmin and fmax pass over what is not known.
    alike = (n >= 2) & (np.fmin.reduce(answers, axis=1) == np.fmax.reduce(answers, axis=1))
    both = known[:, reversed_items].any(axis=1) & known[:, ~reversed_items].any(axis=1)
    return StraightLines(alike & both, alike & ~both & (n >= ALIKE_ITEMS))

"""Who answered, who did not answer again, and whether the scale was long enough.

References
----------
C. B. Terwee and others, Quality criteria were proposed for measurement properties of health status
questionnaires, *Journal of Clinical Epidemiology* 60, 2007: floor and ceiling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as t_distribution

from matcher.arrays import Array, Bools, Ints
from matcher.measure.figure import Figure
from matcher.measure.items import FEWEST_PEOPLE
from matcher.measure.moments import grouped
from matcher.measure.reliability import FEWEST_COMPANIES, LEVEL
from matcher.measure.scale import SIX

TOO_MANY_AT_AN_END = 0.15
"""Share at the lowest or the highest score above which a scale is too short (Terwee and others)."""


@dataclass(frozen=True, slots=True)
class Response:
    """How many of a company's people answered."""

    share: Array
    """(n_companies,) of the headcount; NaN where that is not known or less than who answered."""
    whole: Figure
    """Of all companies whose headcount is known, together."""
    more_than_headcount: Bools
    """(n_companies,) more people answered than work there: one of the two numbers is wrong."""


def response(n: Array, headcount: Array) -> Response:
    """Return the response per company from who answered and who works there (n_companies,)."""
    more = headcount < n
    known = np.isfinite(headcount) & ~more & (headcount > 0)
    share = np.divide(n, headcount, where=known, out=np.full(len(n), np.nan))
    if not known.any():
        return Response(share, Figure(unknown="no_headcount"), more)
    return Response(share, Figure(float(n[known].sum() / headcount[known].sum())), more)


def paired(
    company: tuple[Ints, Ints], person: tuple[Ints | None, Ints | None]
) -> tuple[Ints, Ints]:
    """Return the rows, before and after, of each person who is in both waves.

    A pair is one code at one company, once in each wave: of a code that is there twice nobody knows
    which row is whose, so it makes no pair.

    Parameters
    ----------
    company, person : pairs of ndarray of shape (n_people,)
        Codes before and after, of one numbering; a person below 0, or no array, has no code.
    """
    if person[0] is None or person[1] is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    n_codes = max(int(codes.max(initial=0)) for codes in person if codes is not None) + 1
    kept = []
    for where, who in zip(company, person, strict=True):
        rows = np.flatnonzero(who >= 0)  # type: ignore[operator]  # neither is None
        keys, first, times = np.unique(
            where[rows] * n_codes + who[rows],  # type: ignore[index]
            return_index=True,
            return_counts=True,
        )
        kept.append((keys[times == 1], rows[first[times == 1]]))
    _, at, again = np.intersect1d(kept[0][0], kept[1][0], True, return_indices=True)
    return kept[0][1][at], kept[1][1][again]


@dataclass(frozen=True, slots=True)
class Attrition:
    """Who answered before and not after, among companies where both waves have codes of people."""

    n_before: int
    n_stayed: int
    n_left: int
    n_companies: int
    n_companies_gone: int
    """Companies with answers before and none after; their people are in none of the counts."""
    n_without_code: int
    """Rows before, anywhere, whose person has no code: whether they answered again is not known."""
    difference: Figure
    """Mean score before of who left less that of who stayed, in points on 1-6.

    Its interval takes colleagues together (cluster-robust, t with one less than the companies).
    """
    effect: float | None
    """The same in SDs of the score before within both groups (Cohen's d)."""


def attrition(
    company: tuple[Ints, Ints], person: tuple[Ints | None, Ints | None], before: Array
) -> Attrition:
    """Return who left between two waves, and how their scores before differed.

    Parameters
    ----------
    company, person : pairs of ndarray of shape (n_people,)
        Codes before and after, of one numbering; a person below 0, or no array, has no code.
    before : ndarray of shape (n_people_before,)
        Score of each person before; NaN is left out of the difference.
    """
    gone = len(np.setdiff1d(company[0], company[1]))
    coded = [
        np.zeros(len(where), dtype=bool) if who is None else who >= 0
        for where, who in zip(company, person, strict=True)
    ]
    compared = np.intersect1d(company[0][coded[0]], company[1][coded[1]])
    stayed = np.zeros(len(before), dtype=bool)
    stayed[paired(company, person)[0]] = True
    there = coded[0] & np.isin(company[0], compared)
    difference, effect = _difference(before, there & ~stayed, there & stayed, company[0])
    return Attrition(
        n_before=int(there.sum()),
        n_stayed=int((there & stayed).sum()),
        n_left=int((there & ~stayed).sum()),
        n_companies=len(compared),
        n_companies_gone=gone,
        n_without_code=int((~coded[0]).sum()),
        difference=difference,
        effect=effect,
    )


def _difference(
    score: Array, left: Bools, stayed: Bools, company: Ints
) -> tuple[Figure, float | None]:
    left, stayed = left & np.isfinite(score), stayed & np.isfinite(score)
    n_left, n_stayed = int(left.sum()), int(stayed.sum())
    if min(n_left, n_stayed) < FEWEST_PEOPLE:
        return Figure(unknown="few_people"), None
    value = float(score[left].mean() - score[stayed].mean())
    # What each person adds to the difference; colleagues are summed before they are squared.
    influence = np.zeros(len(score))
    influence[left] = (score[left] - score[left].mean()) / n_left
    influence[stayed] = -(score[stayed] - score[stayed].mean()) / n_stayed
    used = left | stayed
    within = float(
        np.sum((influence[left] * n_left) ** 2) + np.sum((influence[stayed] * n_stayed) ** 2)
    )
    sd = np.sqrt(within / (n_left + n_stayed - 2))
    effect = value / float(sd) if sd > 0 else None
    sums = grouped(company[used]).sums(influence[used])
    n = len(sums)
    if n < FEWEST_COMPANIES:
        return Figure(value, unknown="few_companies"), effect
    error = float(np.sqrt(n / (n - 1) * (sums @ sums)))
    half = float(t_distribution.ppf((1 + LEVEL) / 2, n - 1)) * error
    return Figure(value, value - half, value + half), effect


@dataclass(frozen=True, slots=True)
class Ends:
    """How many are at the ends of the scale, where it cannot tell better from best."""

    floor: float | None
    """Share of people whose score is the lowest there is; None where nobody has a score."""
    ceiling: float | None
    item_floor: Array
    """(n_items,) share of the answers that are the lowest; NaN where nobody answered."""
    item_ceiling: Array

    @property
    def too_short(self) -> bool:
        """Whether so many people are at one end that the scale is too short for them."""
        return max(self.floor or 0.0, self.ceiling or 0.0) > TOO_MANY_AT_AN_END


def ends(answers: Array, scores: Array) -> Ends:
    """Return the shares at both ends of 1-6, of answers (n_people, n_items) and of scores."""
    known = scores[np.isfinite(scores)]
    low, high = ((known <= SIX.low + _ROUNDING), (known >= SIX.high - _ROUNDING))
    with np.errstate(invalid="ignore"):
        n = np.isfinite(answers).sum(axis=0)
        lowest, highest = (
            np.divide(at.sum(axis=0), n, where=n > 0, out=np.full(len(n), np.nan))
            for at in (answers <= SIX.low + _ROUNDING, answers >= SIX.high - _ROUNDING)
        )
    floor, ceiling = (float(at.mean()) if len(known) else None for at in (low, high))
    return Ends(floor, ceiling, lowest, highest)


_ROUNDING = 1e-9

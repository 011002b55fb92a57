"""What to expect, as a range in plain words and as a bar; never a bare decimal.

The bounds are a judgement: below .15 point nobody notices, from .35 it is clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from matcher.ranking.result import ExpectedGain, Finish
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l

SMALL, CLEAR = 0.15, 0.35
AXIS = (-0.30, 0.55)
"""Points at the left and right end of the bar; zones of the stylesheet follow from it."""
WIDTH = 850
"""Width of the bar in its own units: a thousand to a point."""

WORSE, NOTHING, A_LITTLE, A_LOT = range(4)

_MAIN: dict[int, LazyText] = {
    WORSE: _l("Waarschijnlijk gaat het iets achteruit"),
    NOTHING: _l("Waarschijnlijk geen duidelijk verschil"),
    A_LITTLE: _l("Waarschijnlijk een klein verschil"),
    A_LOT: _l("Waarschijnlijk een duidelijk verschil"),
}
_UP = {
    NOTHING: _l("het kan ook niets uitmaken"),
    A_LITTLE: _l("een klein verschil kan ook"),
    A_LOT: _l("een duidelijk verschil kan ook"),
}
_DOWN = {
    WORSE: _l("het kan ook achteruit gaan"),
    NOTHING: _l("het kan ook niets uitmaken"),
    A_LITTLE: _l("het kan ook bij een klein verschil blijven"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Where the range and its middle stand on the bar, in its own units."""

    start: int
    length: int
    middle: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What to expect of a card at one company."""

    words: str
    bar: Bar


def _zone(points: float) -> int:
    if points < -SMALL:
        return WORSE
    return NOTHING if points < SMALL else A_LITTLE if points < CLEAR else A_LOT


def _at(points: float) -> int:
    low, high = AXIS
    return round((min(max(points, low), high) - low) * 1000)


def effect(gain: ExpectedGain) -> Effect:
    """Return the range of an expected gain in words and as a bar."""
    start, end = _at(gain.low), _at(gain.high)
    return Effect(_words(gain), Bar(start, max(end - start, 6), _at(gain.mean)))


def _words(gain: ExpectedGain) -> str:
    low, middle, high = _zone(gain.low), _zone(gain.mean), _zone(gain.high)
    clauses = [str(_MAIN[middle])]
    if high > middle:
        clauses.append(str(_UP[high]))
    if low < middle:
        clauses.append(str(_DOWN[low]))
    if len(clauses) == 3:
        main, up, down = clauses
        return gettext("%(main)s; %(up)s, en %(down)s.", main=main, up=up, down=down)
    return "; ".join(clauses) + "."


@dataclass(frozen=True, slots=True)
class Chances:
    """Of ten companies that choose a card: how many begin, how many finish, between which bounds.

    The bounds lie outwards of the interval, so that they never promise more than it does.
    """

    begin: int
    finish: int
    least: int
    most: int
    words: str
    short: str


def chances(p_started: float, finish: Finish) -> Chances:
    """Return the chances of a card, out of ten companies."""
    begin = round(p_started * 10)
    middle = min(round(finish.mean * 10), begin)
    least, most = floor(finish.low * 10), ceil(finish.high * 10)
    counts = {"finish": middle, "least": least, "most": most}
    words = gettext(
        "Ongeveer %(finish)s van de 10 bedrijven zoals dit ronden het af. "
        "Waarschijnlijk zijn het er %(least)s tot %(most)s.",
        **counts,
    )
    short = gettext(
        "%(finish)s van de 10 ronden het af; waarschijnlijk %(least)s tot %(most)s.", **counts
    )
    return Chances(begin, middle, least, most, words, short)

"""Words of answer scales: which scale some words are of, and which point of it each is."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matcher.tables.cells import BLANK_WORDS, MONTHS, read_number


@dataclass(frozen=True, slots=True)
class WordScale:
    """A scale whose points have words, from 1 up."""

    family: str
    points: Mapping[str, int]
    """Word, tidied -> its point."""
    meanings: Mapping[str, str]
    """Word, tidied -> what it means: two meanings may be one point."""

    @property
    def most(self) -> int:
        """How many points it has."""
        return max(self.points.values())

    def told(self) -> str:
        """Return the first word of each point, from the least to the most."""
        first: dict[int, str] = {}
        for word, point in self.points.items():
            first.setdefault(point, word)
        return ", ".join(first[point] for point in sorted(first))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says: a number, words, or both, as in ``5 - Helemaal mee eens``."""

    number: float | None
    words: str
    """Tidied; empty where there is only a number."""


_AFTER = re.compile(r"\(?([+-]?[0-9]{1,2})\)?\s*([=:.)–—-]*)\s*([^\W\d].*)", re.S)
_BEFORE = re.compile(r"(.*[^\W\d].*?)\s*[(\[=:–—-]\s*([+-]?[0-9]{1,2})\s*[)\]]?", re.S)
_BETWEEN = re.compile(r"[\W_]+")


@cache
def tidied(text: str) -> str:
    """Return words as they are compared: without case, accents and punctuation.

    Examples
    --------
    >>> tidied("Niet mee eens, niet méé oneens")
    'niet mee eens niet mee oneens'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(ch for ch in plain if not unicodedata.combining(ch))
    return _BETWEEN.sub(" ", bare).strip()


@cache
def read_answer(text: str) -> Answer:
    """Return what a cell says.

    Examples
    --------
    >>> read_answer("1 = helemaal oneens"), read_answer("Eens (4)").number
    (Answer(number=1.0, words='helemaal oneens'), 4.0)
    """
    number = read_number(text, short=True)
    if isinstance(number, float):
        return Answer(number, "")
    if found := _AFTER.fullmatch(text.strip()):
        words = tidied(found[3])
        # 3 maanden and 1-mei are no points, with whatever words.
        if words in known_words() or (found[2] and words not in MONTHS):
            return Answer(float(found[1]), words)
    if found := _BEFORE.fullmatch(text.strip()):
        return Answer(float(found[2]), tidied(found[1]))
    return Answer(None, tidied(text))


NO_ANSWER = frozenset(map(tidied, BLANK_WORDS)) - {""} | frozenset(
    map(
        tidied,
        (
            *("weet ik niet", "weet niet / geen mening", "geen mening", "geen idee", "niet gezien"),
            *("weet niet/n.v.t.", "weet niet / niet van toepassing", "n.v.t. / weet niet"),
            *("wil ik niet zeggen", "zeg ik liever niet", "liever niet", "geen van deze"),
            *("don't know", "do not know", "dont know", "i don't know", "not sure", "no opinion"),
            *("don't know / not applicable", "n/a / don't know", "does not apply", "refused"),
            *("prefer not to say", "prefer not to answer", "rather not say", "no answer"),
        ),
    )
)
"""What somebody answers who gives no answer on the scale, tidied."""


MISSING_CODES = frozenset(
    map(float, (-1, -8, -9, -77, -88, -99, -999, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999))
)
"""Numbers that often stand for no answer. They are no points of a scale of 0 to 10, but only who
made the file knows what they mean."""


def is_no_answer(text: str) -> bool:
    """Return whether a cell says that somebody does not know, or that it does not apply."""
    return text.strip().casefold() in BLANK_WORDS or read_answer(text).words in NO_ANSWER


@cache
def scales() -> tuple[WordScale, ...]:
    """Return all scales that are known by their words."""
    file = resources.files(__package__).joinpath("likert.toml")
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    meanings = {tidied(word): name for name, words in told["words"].items() for word in words}
    return tuple(
        WordScale(family, dict(_points(told["words"], points)), meanings)
        for family, listed in told["scales"].items()
        for points in listed
    )


def _points(
    words: Mapping[str, list[str]], points: list[str | list[str]]
) -> Iterator[tuple[str, int]]:
    for point, names in enumerate(points, start=1):
        for name in [names] if isinstance(names, str) else names:
            yield from ((tidied(word), point) for word in words[name])


@cache
def known_words() -> frozenset[str]:
    """Return the words of all scales, tidied."""
    return frozenset(word for scale in scales() for word in scale.points)


def scales_of(words: Collection[str]) -> list[WordScale]:
    """Return the scales that hold the most of some tidied words, the likeliest first.

    Of those that hold equally many it is the one that tells their meanings apart, and then the one
    with the fewest points that are not seen.
    """
    seen = set(words)
    most = max(len(seen & scale.points.keys()) for scale in scales())
    likely = [scale for scale in scales() if most and len(seen & scale.points.keys()) == most]
    return sorted(likely, key=lambda scale: (*_misfit(scale, seen), scale.most != 5, scale.most))


def _misfit(scale: WordScale, seen: Collection[str]) -> tuple[int, int]:
    """Return how many meanings share a point with another, and how many points are not seen."""
    held = [word for word in seen if word in scale.points]
    points = {scale.points[word] for word in held}
    return len({scale.meanings[word] for word in held}) - len(points), scale.most - len(points)

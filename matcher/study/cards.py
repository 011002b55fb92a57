"""Which card of the menu the words in a log mean."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rapidfuzz import fuzz

from matcher.errors import Fault, InvalidMenu
from matcher.menu.card import Menu, read_menu
from matcher.paths import MENU, SYNONYMS
from matcher.study.lookup import Candidate
from matcher.study.spelling import filled, plain
from matcher.tables.faults import nearest, shown
from matcher.trials.columns import CONTROL

How = Literal["word", "confirmed", "near", "several", "off_menu"]
LANGUAGES = ("nl", "en")
OFF_MENU = "-"
"""The decision that words are of no card."""
NEAR = 80.0
"""Likeness of 0 to 100 from which on a card may be meant."""
MOST_CANDIDATES = 4

_CONTROL_WORDS = (
    *(
        "geen",
        "niets",
        "controle",
        "controlegroep",
        "alleen gemeten",
        "alleen gemeten (controle)",
        "alleen meten",
        "controlebedrijf",
        "wachtlijst",
        "none",
    ),
    *("nothing", "control", "control group", "only measured", "waiting list", "geen interventie"),
)
_MARKS = re.compile(r"[\W_]+")
_BETWEEN = re.compile(r"\s*[;+/|&\n(),:]\s*|\s+-\s+|\s+(?:en|and|plus)\s+")
_LEAST_LETTERS = 5
"""A word of fewer letters in a sentence says too little."""


@dataclass(frozen=True, slots=True)
class CardMatch:
    """What the words in a cell stand for."""

    words: str
    """As they were typed first."""
    card: str | None
    """Id of the card, or ``geen`` for a company that tried none; None of what is off the menu, and
    of what has to be asked."""
    how: How
    candidates: tuple[Candidate, ...] = ()
    """The likeliest cards first, where a person has to say; those in the cell, of several."""


def form(words: str) -> str:
    """Return words as they are compared: small letters and digits, without what is between.

    Examples
    --------
    >>> form("Job-Crafting (workshop)")
    'jobcraftingworkshop'
    """
    return _MARKS.sub("", plain(words))


class CardWords:
    """A menu with the words that people use for its cards.

    Parameters
    ----------
    menu : Menu
    synonyms : mapping
        Id of a card -> words for it; ``read_synonyms`` gives them.
    """

    def __init__(self, menu: Menu, synonyms: Mapping[str, Sequence[str]]) -> None:
        self.menu = menu
        self._card: dict[str, str] = dict.fromkeys(map(form, _CONTROL_WORDS), CONTROL)
        self._names = {card.id: card.name.nl for card in menu}
        self._phrases = [(_spaced(words), CONTROL) for words in _CONTROL_WORDS]
        names = {card.id: (card.id, card.name.nl, card.name.en) for card in menu}
        # Names last: they hold, whatever word another menu has for another card.
        for told in (synonyms, names):
            for card, words in told.items():
                self._card |= {form(word): card for word in words}
                self._phrases += [(_spaced(word), card) for word in words]

    def knows(self, card: str | None) -> bool:
        """Whether a decision can be this: a card, ``geen``, or None for off the menu."""
        return card in (None, CONTROL) or card in self._names

    def label(self, card: str) -> str:
        """Return how a person knows a card: its id and its Dutch name."""
        return f"{card} ({self._names[card]})" if card in self._names else card

    def find(self, cell: str, decisions: Mapping[str, str] | None = None) -> CardMatch | None:
        """Return what a cell means, None if it is blank.

        Parameters
        ----------
        cell : str
        decisions : mapping, optional
            Words as typed -> id of a card, ``geen`` or ``OFF_MENU``. Case and signs do not matter.
        """
        words = filled(cell)
        told = {form(typed): card for typed, card in (decisions or {}).items()}.get(form(words))
        if told is not None:
            return CardMatch(words, None if told == OFF_MENU else told, "confirmed")
        if not words and not form(cell):
            return None
        words = words or " ".join(cell.split())
        if card := self._card.get(form(words)):
            return CardMatch(words, card, "word")
        parts = {self._card.get(form(part)) for part in _BETWEEN.split(words) if form(part)}
        cards = sorted(card for card in parts if card is not None)
        if len(cards) == len(parts) == 1:
            return CardMatch(words, cards[0], "word")  # told twice: leercoach (learning coach)
        if cards and len(cards) == len(parts):
            return CardMatch(words, None, "several", tuple(Candidate(c, 100.0) for c in cards))
        near = self._near(words)
        return CardMatch(words, None, "near" if near else "off_menu", near)

    def _near(self, words: str) -> tuple[Candidate, ...]:
        spaced, tight = _spaced(words), form(words)
        scores: dict[str, float] = defaultdict(float)
        for phrase, card in self._phrases:
            bare = phrase.replace(" ", "")
            within = len(bare) >= _LEAST_LETTERS and f" {phrase} " in f" {spaced} "
            score = 100.0 if within else max(
                fuzz.ratio(tight, bare), fuzz.token_sort_ratio(spaced, phrase)
            )  # fmt: skip
            if score >= NEAR:
                scores[card] = max(scores[card], score)
        best = sorted(scores.items(), key=lambda each: (-each[1], each[0]))
        return tuple(Candidate(card, round(score, 1)) for card, score in best[:MOST_CANDIDATES])


def _spaced(words: str) -> str:
    return _MARKS.sub(" ", plain(words)).strip()


def read_synonyms(path: Path, menu: Menu) -> Mapping[str, tuple[str, ...]]:
    """Return the words for each card of a menu, Dutch and English together.

    A card may be left out: its name and its id count in any case.

    Raises
    ------
    InvalidMenu
        If the file is not there, is no TOML, names a card that the menu lacks, holds anything but
        words, or has one word under two cards: all faults at once.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InvalidMenu([Fault(path.name, "words_file", {"problem": problem})]) from None
    faults = list(_faults(raw, path.name, menu))
    if faults:
        raise InvalidMenu(faults)
    return {
        card: tuple(word for language in LANGUAGES for word in rows.get(language, ()))
        for card, rows in raw.items()
    }


def card_words(path: Path, menu: Menu) -> CardWords:
    """Return a menu with the words that lie beside its file, or else with the product's.

    Of the product's words those of cards that this menu lacks say nothing.

    Raises
    ------
    InvalidMenu
        If the words break a rule.
    """
    own = path.with_name(SYNONYMS.name)
    if own.exists():
        return CardWords(menu, read_synonyms(own, menu))
    words = read_synonyms(SYNONYMS, read_menu(MENU))
    return CardWords(menu, {card: words[card] for card in words if card in menu.by_id})


def _faults(raw: Mapping[str, object], file: str, menu: Menu) -> Iterator[Fault]:
    known = {card.id for card in menu}
    names = {form(name): card.id for card in menu for name in (card.id, card.name.nl, card.name.en)}
    taken = {**names, **dict.fromkeys(map(form, _CONTROL_WORDS), CONTROL)}
    for card, rows in raw.items():
        where = f"{file} /{shown(card)}"
        if card not in known:
            told = {"value": shown(card), "near": nearest(card, known) or ", ".join(sorted(known))}
            yield Fault(where, "words_no_such_card", told)
            continue
        if not isinstance(rows, dict) or not rows.keys() <= set(LANGUAGES):
            yield Fault(where, "words_shape", {"card": card})
            continue
        for language, words in rows.items():
            if not isinstance(words, list) or not all(
                isinstance(word, str) and form(word) for word in words
            ):
                yield Fault(f"{where}/{language}", "words_shape", {"card": card})
                continue
            for word in words:
                other = taken.setdefault(form(word), card)
                if other != card:
                    told = {"value": shown(word), "other": other}
                    yield Fault(f"{where}/{language}", "words_two_cards", told)

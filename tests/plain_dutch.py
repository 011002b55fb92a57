"""Whether Dutch texts are plain: words of policy, long sentences, hard reading.

``python -m tests.plain_dutch`` lists the texts that fail, of the pages, of the reasons, of the menu
card and of the files of a study; the tests run the same rules, so ``make check`` does too.

What counts as plain, and why:

- no word of policy: those keep an entrepreneur at a distance;
- a sentence has at most 20 words on the pages and 25 on a card, and 12 on average: the measure of
  B1 is 15 on average, and what somebody reads aloud at a table is better shorter;
- reading ease after Flesch and Douma (206.84 - 0.93 x words per sentence - 77 x syllables per word)
  is at least 60 over all texts of one kind, which Douma calls standard. One sentence says too
  little for such a score: of a text of under 40 words only the words and the length count.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

from matcher.menu.card import Menu, Text, read_menu
from matcher.messages import catalogue
from matcher.paths import MENU
from matcher.study.questionnaire import own_toml

CATALOGUE = Path(__file__).parents[1] / "service/translations/en/LC_MESSAGES/messages.po"

AVOIDED = (
    "ai adviseert",
    "betreffende",
    "competentie",
    "creëren",
    "duurzame inzetbaarheid",
    "evidence",
    "faciliter",
    "implementer",
    "interventie",
    "leercultuur",
    "leven lang",
    "medewerkers met afstand",
    "nulmeting",
    "prioriteit",
    "relevant",
    "verstrekken",
    r"(?<!slim-)scholing",
)
LONGEST_ON_A_PAGE, LONGEST_ON_A_CARD, LONGEST_ON_AVERAGE = 20, 25, 12
EASIEST_ENOUGH = 60.0
ENOUGH_TO_SCORE = 40

_SENTENCE_END = re.compile(r"(?<=[.?!:;])\s+")
_VOWELS = re.compile(
    r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|ou|au|[aeiouyàáèéëêïíöóüú]"
)
_CARD_TEXTS = ("summary", "description", "first_step", "roles", "money", "success_measure")


class Fault(NamedTuple):
    """One text that is not plain."""

    where: str
    text: str
    why: str


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; what stands after a colon or semicolon is one of its own."""
    return [part for part in _SENTENCE_END.split(" ".join(text.split())) if part]


def words(text: str) -> list[str]:
    """Return the words of a text, without the values that are filled in."""
    return re.findall(r"[^\W\d_][\w'-]*", re.sub(r"%\(\w+\)s", "", text))


def syllables(word: str) -> int:
    """Return about how many syllables a Dutch word has: its groups of vowels, at least one."""
    return max(len(_VOWELS.findall(word.casefold())), 1)


def reading_ease(text: str) -> float:
    """Return the reading ease of a text after Flesch and Douma: higher is easier."""
    n_sentences, found = len(sentences(text)), words(text)
    per_word = sum(map(syllables, found)) / len(found)
    return 206.84 - 0.93 * len(found) / n_sentences - 77 * per_word


def faults(texts: Mapping[str, str], longest: int) -> Iterator[Fault]:
    """Yield what is not plain in texts by name."""
    for where, text in texts.items():
        for word in AVOIDED:
            if re.search(word, text.casefold()):
                yield Fault(where, text, f"uses '{word}'")
        for sentence in sentences(text):
            if len(words(sentence)) > longest:
                yield Fault(where, sentence, f"has {len(words(sentence))} words")
        if len(words(text)) >= ENOUGH_TO_SCORE and reading_ease(text) < EASIEST_ENOUGH:
            yield Fault(where, text, f"reads at {reading_ease(text):.0f}")


def page_texts() -> dict[str, str]:
    """Return the sentences of the pages: the Dutch side of the catalogue."""
    with CATALOGUE.open("rb") as file:
        ids = [message.id for message in read_po(file, locale="en") if message.id]
    return {text: text for text in (one if isinstance(one, str) else one[-1] for one in ids)}


def reason_texts() -> dict[str, str]:
    """Return the sentences that the model says on the pages: reasons, refusals, notices."""
    kinds = ("reason.", "refusal.", "notice.", "success.", "menu.")
    return {key: text for key, text in catalogue("nl").items() if key.startswith(kinds)}


def read_aloud(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that are whole sentences: headings and lists of words say little of ease."""
    return {where: text for where, text in texts.items() if text[-1] in ".?!"}


def card_texts(menu: Menu) -> dict[str, str]:
    """Return what a card says to an entrepreneur; what was studied holds names of studies."""
    found: dict[str, str] = {}
    for card in menu:
        for name in _CARD_TEXTS:
            value = getattr(card, name)
            if isinstance(value, Text):
                found[f"{card.id} {name}"] = value.nl
        for condition in card.conditions:
            found[f"{card.id} {condition.id}"] = condition.text.nl
    for fact in menu.facts:
        if fact.kind != "evidence":
            found[fact.id] = fact.text.nl
            if fact.deadline_text is not None:
                found[f"{fact.id} deadline"] = fact.deadline_text.nl
    return found


def study_texts() -> dict[str, str]:
    """Return what the templates, the questionnaire and the example of a study say."""
    found: dict[str, str] = {}
    for name in ("questionnaire.toml", "templates.toml", "example.toml"):
        for number, text in enumerate(_dutch(own_toml(name))):
            for line, each in enumerate(text.split("\n")):
                if words(each):
                    found[f"{name} {number}.{line}"] = each
    return found


def _dutch(raw: object) -> Iterator[str]:
    """Yield every text below a key ``nl``."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key == "nl":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _dutch(value)
    elif isinstance(raw, list):
        for each in raw:
            yield from _dutch(each)


def average(texts: Mapping[str, str]) -> float:
    """Return the average number of words in a sentence."""
    lengths = [len(words(s)) for text in texts.values() for s in sentences(text)]
    return sum(lengths) / len(lengths)


def kinds() -> dict[str, tuple[dict[str, str], int]]:
    """Return the texts by kind, each with the longest sentence that is allowed there."""
    return {
        "pages": (page_texts(), LONGEST_ON_A_PAGE),
        "reasons": (reason_texts(), LONGEST_ON_A_PAGE),
        "cards": (card_texts(read_menu(MENU)), LONGEST_ON_A_CARD),
        "study": (study_texts(), LONGEST_ON_A_PAGE),
    }


def main() -> int:
    """List every text that is not plain; return 1 when there are any."""
    found = []
    for name, (texts, longest) in kinds().items():
        found += [*faults(texts, longest)]
        spoken = read_aloud(texts)
        ease = reading_ease(" ".join(spoken.values()))
        print(f"{name}: {average(spoken):.1f} words per sentence, reading ease {ease:.0f}")
    for fault in found:
        print(f"{fault.where}: {fault.why}: {fault.text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

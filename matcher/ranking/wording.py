"""Reasons and measures in words: sentences from the catalogues, facts from profile and card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from string import Formatter

from matcher.design.cards import hours_of
from matcher.menu.card import Intervention
from matcher.messages import catalogue, say
from matcher.ranking.result import Reason
from matcher.vocabulary import TERMS, Language, SuccessMeasure

Fact = Callable[[Reason, Intervention, Language], object]

MANY_NEEDS = 3
"""More needs than this are not all named in one sentence."""


def reason_text(reason: Reason, card: Intervention, language: Language) -> str:
    """Return a reason as one sentence."""
    side = "for" if reason.effect >= 0 else "against"
    sentence, named = _sentence(language, reason.code, _case(reason, card), side)
    if not named:
        return sentence
    return sentence.format(**{name: _FACTS[name](reason, card, language) for name in named})


@cache
def _sentence(language: Language, code: str, case: str, side: str) -> tuple[str, tuple[str, ...]]:
    """Return the sentence that fits best, and which facts it is filled with."""
    known = catalogue(language)
    keys = (f"reason.{code}.{case}.{side}", f"reason.{code}.{side}", f"reason.{code}")
    sentence = known[next((key for key in keys if key in known), keys[-1])]
    named = tuple(sorted({name for _, name, _, _ in Formatter().parse(sentence) if name}))
    return sentence if named else sentence.format(), named


def _case(reason: Reason, card: Intervention) -> str:
    """Return which of a reason's sentences fits."""
    if reason.code == "need_match":
        if not reason.params["needs"]:
            return "none"
        return "part" if reason.params["missed"] else "all"
    if reason.code == "hours_pressure":
        scarce = reason.params["pressure"] in ("krap", "zeer_krap")
        many = hours_of(card) >= 10.0
        return f"{'scarce' if scarce else 'ample'}_{'many' if many else 'few'}"
    return str(reason.params.get("term", ""))


def _needs(name: str) -> Fact:
    def told(reason: Reason, card: Intervention, language: Language) -> str:
        ids = reason.params.get(name, ())
        return listed(
            [_term("needs", need, language) for need in list(ids)[:MANY_NEEDS]]
            if isinstance(ids, list | tuple)
            else [],
            language,
        )

    return told


def _weeks(_reason: Reason, card: Intervention, _language: Language) -> str:
    return f"{card.lead_weeks.middle:.0f}"


def _employees(reason: Reason, _card: Intervention, _language: Language) -> object:
    return reason.params.get("employees", "")


def _sector(reason: Reason, _card: Intervention, language: Language) -> str:
    return TERMS["sector_group"][str(reason.params["sector_group"])].label(language)


_FACTS: Mapping[str, Fact] = {
    "needs": _needs("needs"),
    "missed": _needs("missed"),
    "weeks": _weeks,
    "employees": _employees,
    "sector": _sector,
}
"""Name in a sentence -> what it is filled with; only what a sentence names is worked out."""


@cache
def _term(name: str, slug: str, language: Language) -> str:
    label = TERMS[name][slug].label(language)
    return label[0].lower() + label[1:]


def listed(words: list[str], language: Language) -> str:
    """Return words as one reads them aloud: a, b en c; with a semicolon where they hold commas."""
    if len(words) < 2:
        return "".join(words)
    comma = "; " if any("," in word for word in words) else ", "
    last = f"{';' if comma == '; ' else ''} {say(language, 'word.and')} "
    return comma.join(words[:-1]) + last + words[-1]


def success_sentence(measure: SuccessMeasure, at_least: float | None, language: Language) -> str:
    """Return what of the outcomes counts as success."""
    bound = "" if at_least is None else decimal(f"{at_least:g}", language)
    return say(language, f"success.{measure}", bound=bound)


def decimal(number: str, language: Language) -> str:
    """Return a number with the decimal mark of the language."""
    return number.replace(".", ",") if language == "nl" else number

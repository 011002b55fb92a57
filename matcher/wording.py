"""Reasons and measures in words: sentences from the catalogues, facts from profile and card."""

from __future__ import annotations

from matcher.card_features import hours_of, middle
from matcher.findings import SuccessMeasure
from matcher.menu import Intervention
from matcher.messages import catalogue, say
from matcher.ranking import Reason
from matcher.vocabulary import TERMS, Language

MANY_NEEDS = 3
"""More needs than this are not all named in one sentence."""


def reason_text(reason: Reason, card: Intervention, language: Language) -> str:
    """Return a reason as one sentence."""
    known = catalogue(language)
    side = "for" if reason.effect >= 0 else "against"
    for key in (f"{reason.code}.{_case(reason, card)}.{side}", f"{reason.code}.{side}"):
        if f"reason.{key}" in known:
            return say(language, f"reason.{key}", **_facts(reason, card, language))
    return say(language, f"reason.{reason.code}")


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


def _facts(reason: Reason, card: Intervention, language: Language) -> dict[str, object]:
    facts: dict[str, object] = {
        "needs": _listed([_term("needs", n, language) for n in _ids(reason, "needs")], language),
        "missed": _listed([_term("needs", n, language) for n in _ids(reason, "missed")], language),
        "weeks": f"{middle(card.lead_weeks, 0.0):.0f}",
        "employees": reason.params.get("employees", ""),
    }
    if "sector_group" in reason.params:
        facts["sector"] = TERMS["sector_group"][str(reason.params["sector_group"])].label(language)
    return facts


def _ids(reason: Reason, name: str) -> list[str]:
    ids = reason.params.get(name, ())
    return list(ids)[:MANY_NEEDS] if isinstance(ids, list | tuple) else []


def _term(name: str, slug: str, language: Language) -> str:
    label = TERMS[name][slug].label(language)
    return label[0].lower() + label[1:]


def _listed(words: list[str], language: Language) -> str:
    if len(words) < 2:
        return "".join(words)
    # Labels hold commas of their own: a semicolon keeps them apart.
    comma = "; " if any("," in word for word in words) else ", "
    last = f"{';' if comma == '; ' else ''} {say(language, 'word.and')} "
    return comma.join(words[:-1]) + last + words[-1]


def success_sentence(measure: SuccessMeasure, at_least: float | None, language: Language) -> str:
    """Return what of the outcomes counts as success."""
    bound = "" if at_least is None else f"{at_least:g}"
    if language == "nl":
        bound = bound.replace(".", ",")
    return say(language, f"success.{measure}", bound=bound)

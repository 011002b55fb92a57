"""What is wrong with an answer, said so that somebody at the table can mend it."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.errors import Fault, InvalidProfile
from matcher.vocabulary import Language
from service.pages.shared.language import LazyText
from service.pages.shared.language import lazy_gettext as _l

ORDER = (
    "needs",
    "employees",
    "sector",
    "spare",
    "vacancies",
    "horizon",
    "staffing_pressure",
    "place",
    "province",
)
"""The questions in sight; complaints come in this order, the folded ones after."""

_WORDS: Mapping[tuple[str, str], LazyText] = {
    ("needs", "missing"): _l("Kies minstens één punt waar u tegenaan loopt."),
    ("employees", "missing"): _l("Vul in hoeveel mensen er werken."),
    ("employees", "not_whole"): _l("Vul een heel getal in, bijvoorbeeld 38."),
    ("employees", "too_small"): _l("Vul 1 of meer in. U telt zelf ook mee."),
    ("employees", "too_large"): _l("Dit getal is te groot. Vul hoogstens 100.000 in."),
    ("sector", "missing"): _l("Kies de sector die het best past."),
    ("sector", "unknown_sector"): _l("Kies een sector uit de lijst."),
    ("vacancies", "not_whole"): _l("Vul een heel getal in, bijvoorbeeld 2. Of laat het leeg."),
    ("staffing_pressure", "missing"): _l("Kies of u mensen kunt missen."),
    ("province", "missing"): _l("Kies uw provincie, of 'ergens anders'."),
    ("culture_baseline", "not_a_number"): _l("Vul een getal in van 1 tot en met 6."),
    ("culture_baseline", "too_small"): _l("Vul een getal in van 1 tot en met 6."),
    ("culture_baseline", "too_large"): _l("Vul een getal in van 1 tot en met 6."),
    ("max_hours_per_participant", "not_a_number"): _l("Vul een aantal uren in, bijvoorbeeld 16."),
    ("max_lead_weeks", "not_a_number"): _l("Vul een aantal weken in, bijvoorbeeld 8."),
}
_OTHER = _l("Kies een van de antwoorden.")
_CHOICES = {"unknown_value", "not_a_boolean", "not_whole", "duplicate"}
"""Faults that only a changed form can cause where an answer is chosen from a list."""


def complaints(read: object, language: Language, place: str = "") -> dict[str, str]:
    """Return one sentence per field that is wrong, in the order of the page.

    ``read`` is what came of reading the answers, ``place`` what is wrong with the place that was
    typed: it asks for the province itself.
    """
    found: dict[str, str] = {"place": place} if place else {}
    for fault in read.faults if isinstance(read, InvalidProfile) else ():
        field = _field(fault)
        if not (place and field == "province" and fault.code == "missing"):
            found.setdefault(field, _sentence(field, fault, language))
    return dict(sorted(found.items(), key=lambda item: _place(item[0])))


def _field(fault: Fault) -> str:
    field = fault.where.split("/")[1]
    return "sector" if field == "sbi_version" else field


def _place(field: str) -> int:
    return ORDER.index(field) if field in ORDER else len(ORDER)


def _sentence(field: str, fault: Fault, language: Language) -> str:
    words = _WORDS.get((field, fault.code))
    if words is None:
        words = _OTHER if fault.code in _CHOICES else None
    return fault.text(language) if words is None else str(words)

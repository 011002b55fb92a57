"""The questions of the first conversation and their answers, in the entrepreneur's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from matcher.places.lookup import Places
from matcher.places.table import ELSEWHERE
from matcher.vocabulary import NEEDS, PRESSURES, SECTORS, TERMS, Language, Need, SbiVersion
from service.pages.shared import words
from service.pages.shared.language import LazyText
from service.pages.shared.language import lazy_gettext as _l

Text = str | LazyText
Value = TypeVar("Value", bound=str)

NEED_WORDS: Mapping[Need, LazyText] = {
    "vakkennis": _l("Het vak verandert en wij moeten bijblijven"),
    "inwerken": _l("Nieuwe mensen moeten sneller meedraaien"),
    "kennis-bewaren": _l("Ervaren mensen gaan weg en nemen hun kennis mee"),
    "breed-inzetbaar": _l("Mensen kunnen te weinig voor elkaar invallen"),
    "digitaal": _l("Werken met computers en apps gaat moeizaam"),
    "leidinggeven": _l("Leiding geven aan mensen is lastig"),
    "samenwerken": _l("We overleggen te weinig en leren weinig van elkaar"),
    "klant": _l("Klanten vragen meer van ons dan vroeger"),
    "taal": _l("Lezen, schrijven of rekenen is voor sommigen moeilijk"),
    "loopbaan": _l("Ik wil goede mensen gezond en met plezier houden"),
    "erkenning": _l("Mensen kunnen veel, maar hebben er geen bewijs van"),
    "verplicht": _l("We moeten papieren en veiligheid op orde krijgen"),
    "transitie": _l("Er komt nieuwe techniek of verduurzaming op ons af"),
    "inzicht-plan": _l("Ik weet nog niet waar we moeten beginnen"),
}

SECTOR_EXAMPLES: Mapping[str, LazyText] = {
    "A": _l("akkerbouw, veehouderij, hovenier"),
    "C": _l("metaal, voeding, meubels"),
    "D": _l("stroom, gas, warmte"),
    "E": _l("afval, riool, recycling"),
    "F": _l("aannemer, installateur, schilder"),
    "G": _l("winkel, groothandel, webshop"),
    "H": _l("transport, koerier, magazijn"),
    "I": _l("restaurant, café, hotel"),
    "J": _l("krant, uitgever, film"),
    "K": _l("software, websites, netwerken"),
    "L": _l("bank, verzekeringen, pensioen"),
    "M": _l("makelaar, verhuur van panden"),
    "N": _l("accountant, architect, reclame"),
    "O": _l("uitzendbureau, schoonmaak, beveiliging"),
    "Q": _l("school, rijschool, cursussen"),
    "R": _l("thuiszorg, huisarts, kinderopvang"),
    "S": _l("sportclub, theater, museum"),
    "T": _l("kapper, garage, wasserij"),
}
"""Letter of SBI 2025 -> companies people know."""

SECTOR_WORDS: Mapping[str, LazyText] = {
    "A": _l("boer, boerderij, melkvee, tuinder, kas, loonwerk, hoveniers, visser, bos"),
    "B": _l("zand, grind, gas winnen, zout"),
    "C": _l("fabriek, bakker, slager, machinebouw, timmerfabriek, drukkerij, kunststof, laswerk"),
    "D": _l("energie, zonnepark, wind, warmtenet"),
    "E": _l("milieu, vuilnis, schroot, water"),
    "F": _l("bouw, loodgieter, elektricien, dakdekker, stukadoor, metselaar, timmerman, wegenbouw"),
    "G": _l("supermarkt, kledingwinkel, verkoop, handel, bloemist, slijterij, autodealer"),
    "H": _l("vrachtwagen, taxi, verhuizer, post, logistiek, haven, opslag, chauffeur"),
    "I": _l("kroeg, camping, snackbar, cateraar, bar, hotel, eten, horeca"),
    "J": _l("media, boeken, omroep, podcast, fotografie voor film"),
    "K": _l("ict, it, programmeur, webbureau, app, telecom, computers, internet"),
    "L": _l("geld, hypotheek, financieel, tussenpersoon"),
    "M": _l("vastgoed, woning, huur"),
    "N": _l("advies, ingenieur, notaris, advocaat, boekhouder, marketing, dierenarts, ontwerp"),
    "O": _l("verhuur, reisbureau, schoonmaker, bewaking, hoveniersdienst, callcenter, detachering"),
    "P": _l("gemeente, overheid"),
    "Q": _l("onderwijs, opleiding, les, trainer, leraar"),
    "R": _l("zorg, tandarts, fysio, apotheek, jeugdzorg, welzijn, verpleging, opvang"),
    "S": _l("sport, fitness, cultuur, muziek, recreatie, zwembad"),
    "T": _l("auto, fiets, reparatie, schoonheidssalon, uitvaart, vereniging, kerk, stomerij"),
}
"""Letter of SBI 2025 -> more words by which people look for their sector."""

SCHEME: SbiVersion = "2025"
RARE_SECTORS = frozenset("BPUV")
"""Sections with hardly any smaller company, shown last."""

OPTIONAL = (
    "owner_support",
    "hr_function",
    "shift_work",
    "location_work",
    "share_practical",
    "age55_share",
    "flex_share",
    "training_budget",
    "oo_fund",
    "recognised_training_company",
    "running_slim",
    "works_council",
)
"""Fields of one choice each, the ones that change most first."""

OWNER_SUPPORT: Mapping[str, LazyText] = {
    "1": _l("1: nee, daar heb ik geen tijd voor"),
    "2": _l("2: een enkele keer"),
    "3": _l("3: af en toe"),
    "4": _l("4: vaak"),
    "5": _l("5: ja, elke week"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen."""

    value: str
    label: Text
    hint: Text = ""
    words: Text = ""
    """More words by which somebody may look for it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the answers to choose from."""

    name: str
    label: Text
    options: tuple[Option, ...]


def options_of(answers: Mapping[Value, Text]) -> tuple[Option, ...]:
    """Return answers with their words, in their order."""
    return tuple(Option(value, label) for value, label in answers.items())


def need_options() -> tuple[Option, ...]:
    """Return the needs as an entrepreneur says them."""
    return tuple(Option(need, NEED_WORDS[need]) for need in NEEDS)


def cost_options() -> tuple[Option, ...]:
    """Return the bands of cost as limits somebody can set."""
    return tuple(Option(str(n), words.cost_limit(n)) for n in range(len(words.COST_BOUNDS)))


def pressure_options(language: Language) -> tuple[Option, ...]:
    """Return the classes of staffing pressure: the word, and what it means here."""
    options = []
    for slug in PRESSURES:
        word, _, meaning = TERMS["staffing_pressure"][slug].label(language).partition(": ")
        options.append(Option(slug, word, meaning[:1].upper() + meaning[1:]))
    return tuple(options)


def sector_options(language: Language, rare: bool) -> tuple[Option, ...]:
    """Return the ordinary or the rare sectors, with companies people know as examples."""
    return tuple(
        Option(
            f"{SCHEME}-{letter}",
            sector.label(language),
            SECTOR_EXAMPLES.get(letter, ""),
            SECTOR_WORDS.get(letter, ""),
        )
        for letter, sector in SECTORS[SCHEME].items()
        if (letter in RARE_SECTORS) == rare
    )


def term_options(name: str, language: Language) -> tuple[Option, ...]:
    """Return the answers of a field with a closed list."""
    if name == "owner_support":
        return options_of(OWNER_SUPPORT)
    yes_no = {"ja": TERMS["yes_no"]["true"], "nee": TERMS["yes_no"]["false"]}
    terms = TERMS.get(name, yes_no)
    return tuple(Option(value, term.label(language)) for value, term in terms.items())


def province_options(places: Places, language: Language) -> tuple[Option, ...]:
    """Return the provinces of the region, and elsewhere."""
    elsewhere = Option(ELSEWHERE, TERMS["province"][ELSEWHERE].label(language))
    named = (Option(id_, row.of(language)) for id_, row in places.provinces.items())
    return (*named, elsewhere)


def optional_questions(language: Language) -> tuple[Question, ...]:
    """Return the questions that may stay unanswered."""
    return tuple(
        Question(name, TERMS["field"][name].label(language), term_options(name, language))
        for name in OPTIONAL
    )

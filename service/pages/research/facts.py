"""The facts of the menu card: what has to be looked up again, and a form for what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import zip_longest

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import Fault, InvalidMenu
from matcher.menu.attention import WITHIN, Attention, attention
from matcher.menu.card import Menu
from matcher.menu.facts import Fact
from matcher.menu.renewal import digest_of, faults_in, is_renewable
from matcher.tables.cells import read_day
from matcher.validation import Loc
from matcher.vocabulary import Language
from service.caller import organisation
from service.live.current import current_engine, current_live
from service.pages.research.blueprint import bp, draft, signed, unsigned
from service.pages.shared import clock
from service.pages.shared.guards import render
from service.pages.shared.language import (
    LazyText,
    format_day,
    gettext,
    is_language_switch,
    page_language,
)
from service.pages.shared.language import lazy_gettext as _l
from service.pages.shared.region import current_region
from service.research import facts as kept
from service.research.workspace import current_workspace
from service.store.current import current_database
from service.store.database import Unavailable

KINDS = {
    "law": _l("Wet"),
    "money": _l("Geld"),
    "provider": _l("Aanbieder"),
    "evidence": _l("Onderzoek"),
    "term": _l("Woord"),
}
CERTAINTIES = {
    "high": _l("Zeker: een officiële tekst, of twee bronnen"),
    "medium": _l("Redelijk zeker: één goede of een oudere bron"),
    "low": _l("Een hint: meer niet"),
}
_TEXTS = ("text_nl", "text_en", "deadline_nl", "deadline_en")
_LINES = ("source_title", "source_address", "certainty")
_DAYS = ("checked", "valid_until", "deadline")
_FIELD_OF: Mapping[Loc, str] = {
    ("text", "nl"): "text_nl",
    ("text", "en"): "text_en",
    ("source", "title"): "source_title",
    ("source", "address"): "source_address",
    ("deadline_text", "nl"): "deadline_nl",
    ("deadline_text", "en"): "deadline_en",
    ("deadline_text",): "deadline_nl",
}
_SAYS = {
    "menu_fact_no_address": _l("Schrijf het adres van de bron, of kies bij zekerheid: een hint."),
    "menu_fact_no_deadline_text": _l("Schrijf wat een bedrijf op die dag gedaan moet hebben."),
    "menu_fact_no_deadline": _l("Vul de laatste dag in, of haal de zin weg."),
}
"""Code of a fault -> what it is on a form, where the file is out of sight."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fact in the list."""

    id: str
    kind: str
    text: str
    cards: tuple[tuple[str, str], ...]
    """Id and name of each card it stands on."""
    why: str
    renewable: bool


@dataclass
class Form:
    """A fact as the form has it: all that was typed, right or wrong."""

    by: str
    known: bool
    values: dict[str, str]
    windows: list[tuple[str, str]]
    made_on: str
    errors: dict[str, str | LazyText] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields on the page."""
        days = (f"{name}_{n}" for n in range(len(self.windows)) for name in ("opens", "closes"))
        return ("by", "changes_yearly", *_TEXTS, *_LINES, *_DAYS, *days)


@bp.get("/feiten")
def facts() -> str:
    """List what ends soon or was never checked, and behind it all facts."""
    menu, language = current_engine().menu, page_language()
    due = attention(menu, clock.today())
    urgent = {each.fact.id for each in due}
    return render(
        "research/facts.html",
        menu=menu,
        within=WITHIN,
        due=[_row(each.fact, menu, language, _why(each)) for each in due],
        others=[
            _row(fact, menu, language, _until(fact)) for fact in menu.facts if fact.id not in urgent
        ],
        providers=[
            (
                row.of(language),
                gettext("Nagekeken op %(day)s", day=format_day(row.checked, language)),
            )
            for row in current_region().due(clock.today() + timedelta(WITHIN))
        ],
    )


def _row(fact: Fact, menu: Menu, language: Language, why: str) -> Row:
    return Row(
        id=fact.id,
        kind=str(KINDS[fact.kind]),
        text=fact.text.of(language),
        cards=tuple((card.id, card.name.of(language)) for card in menu.cards_of(fact)),
        why=why,
        renewable=is_renewable(fact),
    )


def _why(found: Attention) -> str:
    if found.why == "never_checked" or found.last_day is None:
        return gettext("Nooit nagekeken")
    day = format_day(found.last_day, page_language())
    if found.why == "past":
        return gettext("Kan verlopen zijn sinds %(day)s", day=day)
    return gettext("Geldt tot en met %(day)s", day=day)


def _until(fact: Fact) -> str:
    if fact.checked is None:
        return gettext("Nooit nagekeken")
    return gettext("Nagekeken op %(day)s", day=format_day(fact.checked, page_language()))


@bp.get("/feiten/<name>")
def ask_to_renew(name: str) -> ResponseReturnValue:
    """Show a fact in a form, as the file of the menu has it now."""
    try:
        menu = kept.on_file(current_workspace())
    except InvalidMenu as refusal:
        return _broken(refusal)
    fact = kept.find(menu, name) or abort(404)
    signer = unsigned()
    return _page(menu, fact, _as_it_is(fact, signer.by, known=signer.known))


@bp.post("/feiten/<name>")
def renew(name: str) -> ResponseReturnValue:
    """Write what was found to the menu, once: who comes second is shown what stands there now."""
    workspace, switching = current_workspace(), is_language_switch()
    signer = draft() if switching else signed()
    form = _as_sent(signer.by, known=signer.known)
    try:
        menu = kept.on_file(workspace)
    except InvalidMenu as refusal:
        return _broken(refusal, form)
    fact = kept.find(menu, name)
    if switching:
        return _page(menu, fact, form)
    if fact is None or digest_of(fact) != form.made_on:
        return _overtaken(menu, fact, form)
    form.errors = dict(signer.errors)
    keys = _keys(form, fact)
    _tell(form, faults_in(menu, name, keys), page_language())
    if form.errors:
        return _page(menu, fact, form, status=400)
    try:
        kept.renew(workspace, current_database(), organisation(), form.by, name, form.made_on, keys)
    except kept.Overtaken:
        menu = kept.on_file(workspace)
        return _overtaken(menu, kept.find(menu, name), form)
    except kept.Unwritable:
        form.errors["file"] = gettext(
            "Het bestand van de menukaart is hier niet te schrijven. Vraag uw beheerder om hulp. "
            "Uw tekst staat er nog."
        )
        return _page(menu, fact, form, status=503)
    except Unavailable:
        form.errors["file"] = gettext(
            "De database antwoordt niet, en zonder logboek verandert er niets. Probeer het zo weer."
        )
        return _page(menu, fact, form, status=503)
    except InvalidMenu as refusal:
        return _broken(refusal, form)
    current_live().look()
    return redirect(url_for("pages.research.facts", _anchor=name), 303)


def _page(
    menu: Menu, fact: Fact | None, form: Form, *, overtaken: bool = False, status: int = 200
) -> ResponseReturnValue:
    cards = () if fact is None else menu.cards_of(fact)
    page = render(
        "research/fact.html",
        fact=fact,
        name=(request.view_args or {})["name"],
        cards=[(card.id, card.name.of(page_language())) for card in cards],
        kind=None if fact is None else KINDS[fact.kind],
        certainties=CERTAINTIES,
        form=form,
        now=_as_it_is(fact, "", known=False) if overtaken and fact is not None else None,
    )
    return page, status


def _overtaken(menu: Menu, fact: Fact | None, form: Form) -> ResponseReturnValue:
    """Show what stands there now beside what was typed; sent again it takes its place."""
    if fact is None:
        form.errors["overtaken"] = gettext("Dit feit staat niet meer op de menukaart.")
    else:
        form.errors["overtaken"] = gettext(
            "Iemand anders heeft dit feit intussen vernieuwd. Uw tekst staat er nog. Vergelijk, en "
            "bewaar opnieuw als uw tekst moet blijven."
        )
        form.made_on = digest_of(fact)
    return _page(menu, fact, form, overtaken=True, status=409)


def _broken(refusal: InvalidMenu, form: Form | None = None) -> ResponseReturnValue:
    """Say which faults the file has now: nothing can be renewed before they are mended."""
    language = page_language()
    faults = [fault.line(language) for fault in refusal.faults[:20]]
    return render("research/menu_broken.html", faults=faults, form=form), 409


def _as_it_is(fact: Fact, by: str, *, known: bool) -> Form:
    deadline = fact.deadline_text
    return Form(
        by=by,
        known=known,
        values={
            "text_nl": fact.text.nl,
            "text_en": fact.text.en,
            "deadline_nl": "" if deadline is None else deadline.nl,
            "deadline_en": "" if deadline is None else deadline.en,
            "source_title": fact.source.title,
            "source_address": fact.source.address,
            "certainty": fact.certainty,
            "changes_yearly": "ja" if fact.changes_yearly else "",
            **{name: _typed(getattr(fact, name)) for name in _DAYS},
        },
        windows=[*((_typed(each.opens), _typed(each.closes)) for each in fact.windows), ("", "")],
        made_on=digest_of(fact),
    )


def _typed(day: date | None) -> str:
    return "" if day is None else f"{day:%d-%m-%Y}"


def _as_sent(by: str, *, known: bool) -> Form:
    sent = request.form
    names = (*_TEXTS, *_LINES, *_DAYS, "changes_yearly")
    opens, closes = sent.getlist("opens"), sent.getlist("closes")
    return Form(
        by=by,
        known=known,
        values={name: sent.get(name, "") for name in names},
        windows=list(zip_longest(opens, closes, fillvalue="")) or [("", "")],
        made_on=sent.get("made_on", ""),
    )


def _keys(form: Form, fact: Fact) -> dict[str, object]:
    """Return what was typed as values of the file, and note at each field what is no day."""
    text = {name: " ".join(form.values[name].split()) for name in (*_TEXTS, *_LINES)}
    source: dict[str, object] = {
        "title": text["source_title"],
        "address": text["source_address"] or None,
    }
    keys: dict[str, object] = {
        "text": {"nl": text["text_nl"], "en": text["text_en"]},
        "source": source,
        "certainty": text["certainty"],
        "changes_yearly": True if form.values["changes_yearly"] == "ja" else None,
        "deadline_text": _both(text["deadline_nl"], text["deadline_en"]),
        "window": _windows(form) or None,
    }
    if (text["source_title"], text["source_address"]) != (fact.source.title, fact.source.address):
        keys["marks"] = None  # they number the sources of before
    for name in _DAYS:
        day = _day(form, name, form.values[name])
        if day is not None or not form.values[name].strip():
            keys[name] = day
    if not form.values["checked"].strip():
        del keys["checked"]
        form.errors["checked"] = gettext("Vul in op welke dag u dit nakeek.")
    checked = keys.get("checked")
    if isinstance(checked, date) and checked > clock.today():
        form.errors["checked"] = gettext("Deze dag moet nog komen. Vul in wanneer u dit nakeek.")
    return keys


def _both(dutch: str, english: str) -> dict[str, object] | None:
    return {"nl": dutch, "en": english} if dutch or english else None


def _windows(form: Form) -> list[dict[str, object]]:
    found = []
    for number, pair in enumerate(form.windows):
        named = dict(zip(("opens", "closes"), pair, strict=True))
        if not any(value.strip() for value in named.values()):
            continue
        days: dict[str, object] = {}
        for name, value in named.items():
            day = _day(form, f"{name}_{number}", value)
            if day is not None:
                days[name] = day
            elif not value.strip():
                form.errors[f"{name}_{number}"] = gettext("Vul ook deze dag in.")
        if len(days) == len(named):
            found.append(days)
    return found


def _day(form: Form, name: str, typed: str) -> date | None:
    """Return the day in a field; None where it is empty or no day, which is noted."""
    if not typed.strip():
        return None
    day = read_day(typed)
    if isinstance(day, date):
        return day
    form.errors[name] = gettext("Dit is geen dag. Schrijf bijvoorbeeld 31-12-2026.")
    return None


def _tell(form: Form, found: Sequence[tuple[Loc, Fault]], language: Language) -> None:
    """Put every fault at its field; where one was noted already, that one says enough."""
    for loc, fault in found:
        name = _FIELD_OF.get(loc, str(loc[0]))
        if loc[0] == "window" and len(loc) == 3:
            name = f"{loc[2]}_{_shown_window(form, loc[1])}"
        if name == "valid_until" and "checked" in form.errors:
            continue  # it is compared with a day that has to change
        form.errors.setdefault(name, _SAYS.get(fault.code, fault.text(language)))


def _shown_window(form: Form, number: int | str) -> int:
    """Return the row on the page of a window: rows left empty are none."""
    filled = [n for n, pair in enumerate(form.windows) if all(day.strip() for day in pair)]
    return filled[int(number)]

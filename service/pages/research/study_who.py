"""The second step of a study, "Wie is wie?": only what is doubtful, each asked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.study.study_file import LEAVE_OUT, UNDECIDED, StudyFile
from matcher.trials.columns import CONTROL
from service.pages.research import words
from service.pages.research.blueprint import ROOMY, Room, accepts_warnings, bp
from service.pages.research.studies import OVERTAKEN, TOO_HEAVY, studied
from service.pages.research.study_changes import require_choices
from service.pages.research.study_form import study_form
from service.pages.research.study_reading import MOST_OF_FORM
from service.pages.shared.guards import render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.pages.shared.language import lazy_gettext as _l
from service.research import studies as store
from service.research import study_choices
from service.research.inspection import TooHeavy
from service.research.workspace import current_workspace

TABLES = ("companies", "cards", "cells")
OTHER = "other"
LONGEST = 200
STATES = {
    "not_started": _l("Nog niet begonnen"),
    "started": _l("Begonnen"),
    "stopped": _l("Gestopt"),
    "finished": _l("Afgerond"),
    "unknown": _l("Onbekend"),
}


@dataclass
class Question:
    """Words that somebody has to say the meaning of."""

    name: str
    table: str
    words: str
    text: str
    candidates: Sequence[tuple[str, str]]
    value: str = ""
    other: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Words of which somebody said what they are."""

    name: str
    words: str
    value: str
    label: str


@dataclass
class WhoForm:
    """The whole form of the second step."""

    questions: list[Question]
    chosen: list[Chosen]
    others: Mapping[str, Sequence[tuple[str, str]]]
    """Table -> everything that words of it may be."""
    asks_to_accept: bool
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """Name of a field -> what stands above it."""
        asked = {each.name: each.words for each in self.questions}
        return asked | {"accept_warnings": gettext("Waarschuwingen")}


def _name(table: str, said: str) -> str:
    """Return how the form calls words, the same as long as they are asked."""
    return f"d_{sha256(f'{table} {said}'.encode()).hexdigest()[:16]}"


def _form(study: store.Study, told: Mapping[str, Any]) -> WhoForm:
    language = page_language()
    labels: dict[str, dict[str, str]] = {
        "companies": {each["id"]: each["label"] for each in told.get("companies", ())},
        "cards": {each["id"]: each[language] for each in told.get("cards", ())}
        | {CONTROL: gettext("Niets: alleen gemeten")},
        "cells": {key: str(label) for key, label in STATES.items()},
    }
    questions = [
        Question(
            _name(each["table"], each["words"]),
            each["table"],
            each["words"],
            each[language],
            [(key, labels[each["table"]].get(key, key)) for key in each["candidates"]],
        )
        for each in told.get("doubts", ())
    ]
    chosen = [
        Chosen(_name(table, said), said, value, _label(value, labels[table]))
        for table, said, value in _decided(store.settings_of(current_workspace(), study))
    ]
    others = {table: list(labels[table].items()) for table in ("companies", "cards")}
    accept = bool(told.get("n_warnings")) and told.get("warned") not in study.accepted
    return WhoForm(questions, chosen, others, accept)


def _label(value: str, labels: Mapping[str, str]) -> str:
    return gettext("geen van deze") if value == LEAVE_OUT else labels.get(value, value)


def _decided(settings: StudyFile) -> Iterator[tuple[str, str, str]]:
    """Yield table, words and choice of all that is decided."""
    for table in TABLES:
        for said, value in getattr(settings, table).items():
            if value != UNDECIDED:
                yield table, said, value


def _fill(form: WhoForm) -> None:
    """Put what was sent into the form."""
    for each in form.questions:
        each.value = request.form.get(each.name, "")
        each.other = " ".join(request.form.get(f"{each.name}_other", "").split())


def _page(
    study: store.Study, told: Mapping[str, Any], form: WhoForm, status: int = 200
) -> ResponseReturnValue:
    page = render("research/study_who.html", study=study, told=told, form=form)
    return page, status


def _told(study: store.Study) -> tuple[Mapping[str, Any] | None, ResponseReturnValue]:
    """Return what the study asks now; None where another page comes first, with that page."""
    if study.state == "erased":
        return None, redirect(url_for("pages.research.outcome", token=study.token), 303)
    workspace = current_workspace()
    folder = store.folder_of(workspace, study)
    first = study_form(store.settings_of(workspace, study), store.looked(folder), page_language())
    require_choices(first)
    step1 = redirect(url_for("pages.research.study", token=study.token), 303)
    if first.errors or not first.files:
        return None, step1
    try:
        return store.matched(workspace, study, page_language()), step1
    except TooHeavy:
        told = {"state": "refused", "faults": [dict.fromkeys(("nl", "en"), str(TOO_HEAVY))]}
        return told | {"total": 1, "warnings": [], "n_warnings": 0}, step1


@bp.get("/studies/<token>/wie")
def who(token: str) -> ResponseReturnValue:
    """Ask what is doubtful in a study."""
    study = studied(token)
    told, instead = _told(study)
    return instead if told is None else _page(study, told, _form(study, told))


@bp.post("/studies/<token>/wie")
def say_who(token: str) -> ResponseReturnValue:
    """Keep what somebody chose, ask what is left, or go on to what comes out."""
    study = studied(token)
    told, instead = _told(study)
    if told is None:
        return instead
    form = _form(study, told)
    _fill(form)
    if is_language_switch():
        return _page(study, told, form)
    changes = [change for each in form.questions for change in _choice(each, form)]
    again = [each for each in form.chosen if f"{each.name}_again" in request.form]
    if form.asks_to_accept and not (
        accepts_warnings() and request.form.get("warned") == told["warned"]
    ):
        form.errors["accept_warnings"] = str(words.UNCONFIRMED)
    if _was_overtaken(form):
        form.errors["overtaken"] = str(OVERTAKEN)
        return _page(study, told, form, 409)
    workspace, language = current_workspace(), page_language()
    changes += [study_choices.answered(*_place(study, each), UNDECIDED) for each in again]
    try:
        study_choices.choose(workspace, study, request.form.get("seen", ""), changes, {}, language)
    except store.Overtaken:
        form.errors["overtaken"] = str(OVERTAKEN)
        return _page(study, told, form, 409)
    if form.errors and not again:
        # What was chosen is kept; only what is left is asked again.
        told, instead = _told(study)
        if told is None:
            return instead
        left = _form(study, told)
        _fill(left)
        left.errors = form.errors
        for each in left.questions:
            each.error = form.errors.get(each.name, "")
        return _page(study, told, left, 400)
    if form.asks_to_accept and "accept_warnings" not in form.errors:
        store.accept(workspace, study, told["warned"])
    told, instead = _told(studied(token))
    if told is None:
        return instead
    left = _form(studied(token), told)
    on = not (left.questions or told["faults"] or left.asks_to_accept)
    step = "outcome" if on else "who"
    return redirect(url_for(f"pages.research.{step}", token=token), 303)


def _place(study: store.Study, chosen: Chosen) -> tuple[str, str]:
    settings = store.settings_of(current_workspace(), study)
    return next(
        (table, said) for table, said, _ in _decided(settings) if _name(table, said) == chosen.name
    )


def _choice(each: Question, form: WhoForm) -> list[study_choices.Change]:
    """Return what somebody chose for words; what is missing or unknown is told at the question."""
    value = each.other if each.value == OTHER else each.value
    known = {key for key, _ in form.others.get(each.table, ())}
    if each.value == OTHER and each.table == "companies":
        value = _company(value, form)
    if not value or len(value) > LONGEST:
        each.error = gettext("Hier moet u nog kiezen.")
    elif known and value != LEAVE_OUT and value not in known:
        each.error = gettext("'%(value)s' staat niet in de lijst. Kies er een uit.", value=value)
    if each.error:
        form.errors[each.name] = each.error
        return []
    return [study_choices.answered(each.table, each.words, value)]


def _company(typed: str, form: WhoForm) -> str:
    """Return the key of a company that was typed by its key or as the list shows it."""
    for key, label in form.others["companies"]:
        if typed.casefold() in (key.casefold(), label.casefold()):
            return key
    return typed


def _was_overtaken(form: WhoForm) -> bool:
    """Return whether words that were asked are decided otherwise by now."""
    for each in form.chosen:
        sent = request.form.get(each.name, "")
        if sent == OTHER:
            sent = _company(" ".join(request.form.get(f"{each.name}_other", "").split()), form)
        if sent not in ("", each.value):
            return True
    return False


def _no_room() -> ResponseReturnValue:
    study = studied((request.view_args or {})["token"])
    told, instead = _told(study)
    if told is None:
        return instead
    form = _form(study, told)
    form.errors["large"] = gettext("Dit formulier is te groot. Er is niets veranderd.")
    return _page(study, told, form, 413)


ROOMY["pages.research.say_who"] = Room(MOST_OF_FORM, _no_room)

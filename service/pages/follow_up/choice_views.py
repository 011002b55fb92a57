"""Around the choice at the table: the advisor's own pick before, the choice, and the way back."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import UnknownVersion
from matcher.profile.schema import Question
from service.access.throttle import Throttle
from service.answering.recording import conversation_of
from service.caller import organisation
from service.live.current import current_engine, current_served
from service.live.watch import Served
from service.pages.advice.answer import MORE
from service.pages.advice.question import asked_in
from service.pages.advice.recorded import talk_of
from service.pages.follow_up import trial
from service.pages.follow_up.choice import read_choice, revision_of, said, value_of
from service.pages.intake import talk
from service.pages.intake.questions import Option
from service.pages.intake.situation import situation, situation_of
from service.pages.shared.guards import guard, render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.store import codes
from service.store import conversations as store
from service.store.conversation import Choice, Conversation, NotFound
from service.store.current import current_database, current_settings
from service.web.origin import counted_address

bp = Blueprint("choice", __name__)
guard(bp)

WRONG_CODES = 10
"""Codes one address may have wrong in a minute, in this process."""
_wrong = Throttle(WRONG_CODES, 60)


@bp.post("/keuze")
def choose() -> ResponseReturnValue:
    """Record what was shown and chosen, and go to its page."""
    form, about = request.form, talk.needed()
    choice = read_choice(form.get("keuze", ""), "", current_engine().menu) or abort(400)
    if form.get("once") != about.id:
        # A page that does not say what it is about, after another company was filled in.
        flash(gettext("Er is niets vastgelegd: hier stonden andere antwoorden. Tik nog eens."))
        return redirect(url_for("pages.advise"), 303)
    served = _served(form.get("model", ""))
    shown = _shown(about, served)
    try:
        id_ = trial.record_choice(organisation(), shown, choice, revision_of(form.get("zelfde")))
    except trial.SameCompany as question:
        return _ask_whose(question.recorded, shown, choice)
    return redirect(url_for("follow_up.show", id_=id_), 303)


def _shown(about: talk.Talk, served: Served) -> trial.Shown:
    """Return what a page about this talk showed when this version answered."""
    asked = asked_in(about, served.engine.menu)
    question = Question(profile=asked.profile, constraints=asked.constraints, limit=MORE)
    new = conversation_of(question, served, page_language(), own_pick=about.own_pick or None)
    return trial.Shown(about, asked, new)


def _ask_whose(before: Conversation, shown: trial.Shown, choice: Choice) -> str:
    """Ask whether what was recorded before is of the same company; nothing is recorded yet."""
    engine, language, about = current_engine(), page_language(), shown.talk
    another = about.of_another
    return render(
        "same_company.html",
        before=situation_of(before.profile, language),
        now=situation(shown.asked, language),
        said=said(before.choice, engine.menu, language) if before.choice else "",
        revision=before.revision,
        choice=value_of(choice),
        chosen=said(choice, engine.menu, language),
        model=request.form.get("model", ""),
        about=about,
        another=another,
        another_handle=talk.handle(another),
    )


def _served(version: str) -> Served:
    """Return the version that answered, or the one of now where that one is gone."""
    try:
        return current_served(version)
    except UnknownVersion:
        return current_served()


@bp.get("/eigen-keuze")
def pick() -> str:
    """Ask what the advisor would choose, before the ranking is seen."""
    return _pick_page(talk.needed().own_pick)


def _pick_page(picked: str) -> str:
    engine, language = current_engine(), page_language()
    cards = [Option(card.id, card.name.of(language)) for card in engine.menu.rankable]
    return render("own_pick.html", cards=cards, picked=picked)


@bp.post("/eigen-keuze")
def keep_pick() -> ResponseReturnValue:
    """Keep the pick and show the answer."""
    about, card = talk.needed(), request.form.get("kaart", "")
    if is_language_switch():
        return _pick_page(card)
    if card and card not in current_engine().menu.by_id:
        abort(400)
    talk.go_on_with(replace(about, own_pick=card))
    return redirect(url_for("pages.advise"), 303)


@bp.get("/code")
def ask_code() -> str:
    """Ask for the code on a sheet."""
    return render("code.html", error="", typed="")


@bp.post("/code")
def read_code() -> ResponseReturnValue:
    """Bring back what a code stands for: the answers, on this device."""
    typed, address = request.form.get("code", "")[:40], counted_address(current_settings().proxy)
    if is_language_switch():
        return _no_code("", typed)
    if _wrong.full(address):
        words = gettext("Dat waren veel codes achter elkaar. Wacht een minuut.")
        return _no_code(words, typed), 429
    code = codes.read(typed)
    if code is None:
        words = gettext("Een code heeft acht tekens, zoals K7QF-2M9P. Kijk hem na op het blad.")
        return _no_code(words, typed), 400
    try:
        with current_database().reading() as connection:
            found = store.find_by_code(connection, code)
    except NotFound:
        _wrong.count(address)
        words = gettext("Deze code kennen we niet. Kijk hem na op het blad.")
        return _no_code(words, typed), 404
    talk.go_on_with(talk_of(found))
    return redirect(url_for("pages.sheet"), 303)


def _no_code(error: str, typed: str) -> str:
    return render("code.html", error=error, typed=typed)

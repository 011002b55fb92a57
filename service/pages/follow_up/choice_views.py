"""Around the choice at the table: the advisor's own pick before, the choice, and the way back."""

from __future__ import annotations

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
from service.pages.advice.picks import forget_picks, keep_own_pick, own_pick
from service.pages.follow_up import trial
from service.pages.follow_up.choice import read_choice
from service.pages.intake import answers
from service.pages.intake.questions import Option
from service.pages.shared.guards import guard, render
from service.pages.shared.language import gettext, page_language
from service.store import codes
from service.store import conversations as store
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
    id_ = answers.once()
    choice = read_choice(request.form.get("keuze", ""), "", current_engine().menu) or abort(400)
    if not id_ or request.form.get("once") != id_:
        # Another tab asked for another company meanwhile: show what is asked now.
        flash(gettext("Er is niets vastgelegd: hier stonden andere antwoorden. Tik nog eens."))
        return redirect(url_for("pages.advise"), 303)
    asked = answers.kept_question()
    question = Question(profile=asked.profile, constraints=asked.constraints, limit=MORE)
    served = _served(request.form.get("model", ""))
    new = conversation_of(question, served, page_language(), own_pick=own_pick())
    trial.record_choice(organisation(), id_, new, choice)
    return redirect(url_for("follow_up.show", id_=id_), 303)


def _served(version: str) -> Served:
    """Return the version that answered, or the one of now where that one is gone."""
    try:
        return current_served(version)
    except UnknownVersion:
        return current_served()


@bp.get("/eigen-keuze")
def pick() -> str:
    """Ask what the advisor would choose, before the ranking is seen."""
    engine, language = current_engine(), page_language()
    cards = [Option(card.id, card.name.of(language)) for card in engine.menu.rankable]
    return render("own_pick.html", cards=cards, picked=own_pick() or "")


@bp.post("/eigen-keuze")
def keep_pick() -> ResponseReturnValue:
    """Keep the pick and show the answer."""
    card = request.form.get("kaart", "")
    if card and card not in current_engine().menu.by_id:
        abort(400)
    keep_own_pick(card)
    return redirect(url_for("pages.advise"), 303)


@bp.get("/code")
def ask_code() -> str:
    """Ask for the code on a sheet."""
    return render("code.html", error="", typed="")


@bp.post("/code")
def read_code() -> ResponseReturnValue:
    """Bring back what a code stands for: the answers, on this device."""
    typed, address = request.form.get("code", "")[:40], counted_address(current_settings().proxy)
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
    except store.NotFound:
        _wrong.count(address)
        words = gettext("Deze code kennen we niet. Kijk hem na op het blad.")
        return _no_code(words, typed), 404
    forget_picks()
    answers.keep(answers.cells_of(found.profile, found.constraints))
    if found.organisation == organisation():
        answers.go_on_with(found.id)
    return redirect(url_for("pages.sheet"), 303)


def _no_code(error: str, typed: str) -> str:
    return render("code.html", error=error, typed=typed)

"""The pages: read what was sent, ask the domain, show."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import InvalidProfile
from service.live.current import current_engine
from service.pages.advice.answer import FIRST, advice
from service.pages.advice.card_page import history, page, suits
from service.pages.advice.cards import left_out_options
from service.pages.advice.compare import LEAST, MOST, columns
from service.pages.advice.explanation import explanation
from service.pages.advice.limits import moved, sliders
from service.pages.advice.menu import browse
from service.pages.advice.question import asked_in
from service.pages.advice.reach import desk, werkcentrum
from service.pages.advice.sheet import sheet as take_home
from service.pages.advice.sheet import sheet_code
from service.pages.follow_up.choice import choice_block
from service.pages.intake import answers, place, pressure, talk
from service.pages.intake.form import intake
from service.pages.intake.situation import situation
from service.pages.shared import words
from service.pages.shared.guards import guard, render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.pages.shared.region import current_region
from service.pages.shell import shell

bp = Blueprint("pages", __name__, static_folder="../static", static_url_path="/static")
guard(bp)
bp.app_context_processor(shell)


@bp.get("/")
def start() -> str:
    """Ask the questions, with the answers kept on this device filled in."""
    if talk.is_stale():
        raise talk.NoQuestion
    found = talk.at_hand()
    if found is None:
        return _intake_page({}, None)
    return _intake_page(found.cells, answers.read_answers(found.cells))


def _intake_page(
    cells: answers.Cells,
    read: answers.Asked | InvalidProfile | None,
    found: place.Found = place.NOTHING,
) -> str:
    language = page_language()
    cards = left_out_options(current_engine().menu, language)
    return render("intake.html", intake=intake(cells, language, read, found), cards=cards)


@bp.post("/advies")
def answer() -> ResponseReturnValue:
    """Keep the answers and go to the advice, or back to what is wrong."""
    cells = answers.on_menu(answers.collect(request.form), current_engine().menu.by_id)
    found = place.found_in(request.form, cells, current_region(), page_language())
    if is_language_switch():
        return _intake_page(cells, None, replace(found, wrong=False, choices=()))
    cells = place.with_place(cells, found, current_region())
    talk.go_on_with(talk.answered(cells))
    read = answers.read_answers(cells)
    if found.wrong or isinstance(read, InvalidProfile):
        return _intake_page(cells, read, found), 400
    if request.form.get("eerst") == "eigen":
        return redirect(url_for("choice.pick"), 303)
    return redirect(url_for("pages.advise"), 303)


@bp.post("/druk")
def pressure_said() -> str:
    """Say what the answers about missing people come to; nothing is kept."""
    cells = answers.collect(request.form)
    return pressure.derived_words(cells, page_language())


@bp.post("/plaats")
def place_said() -> dict[str, object]:
    """Say where a typed place is; nothing is kept."""
    cells = answers.collect(request.form)
    found = place.found_in(request.form, cells, current_region(), page_language())
    return {
        "said": found.said,
        "wrong": found.wrong,
        "choices": found.choices,
        "province": found.province,
    }


@bp.get("/advies")
def advise() -> ResponseReturnValue:
    """Show the menu card in order for the company that was described."""
    return _advice_page(talk.needed())


@bp.app_errorhandler(talk.NoQuestion)
def no_question(_: talk.NoQuestion) -> ResponseReturnValue:
    """Send back to the questions what was answered with a fault; say so where nothing was."""
    if talk.at_hand() is not None:
        return redirect(url_for("pages.start"), 303)
    stale = talk.is_stale()
    return render("no_answers.html", stale=stale), 410 if stale else 200


def _advice_page(about: talk.Talk, wrong: str = "") -> str:
    engine, language = current_engine(), page_language()
    asked = asked_in(about, engine.menu)
    shown = advice(engine, asked, language)
    return render(
        "advice.html",
        situation=situation(asked, language),
        advice=shown,
        choice=choice_block(about.id, shown.ranked, FIRST, engine, language),
        sliders=sliders(about.cells),
        picks=[card for card in about.picks if card in engine.menu.by_id],
        wrong=wrong,
        desk=desk(asked.home, language),
        werkcentrum=werkcentrum(asked.home, language),
    )


@bp.post("/grenzen")
def set_limits() -> ResponseReturnValue:
    """Put the limits where the sliders stand, and go to the new order."""
    about = talk.needed()
    talk.go_on_with(replace(about, cells=moved(about.cells, request.form)))
    return redirect(url_for("pages.advise"), 303)


@bp.get("/advies/<card_id>")
def explain(card_id: str) -> ResponseReturnValue:
    """Say why a card stands no higher, and what would change that."""
    engine, language = current_engine(), page_language()
    asked = asked_in(talk.needed(), engine.menu)
    found = engine.menu.by_id.get(card_id) or abort(404)
    return render(
        "explanation.html",
        situation=situation(asked, language),
        explanation=explanation(engine, asked, found, language),
    )


@bp.post("/vergelijk")
def pick() -> ResponseReturnValue:
    """Keep the ticked cards and lay them side by side."""
    about, cards = talk.needed(), current_engine().menu.by_id
    ticked = tuple(dict.fromkeys(card for card in request.form.getlist("pick") if card in cards))
    about = replace(about, picks=ticked)
    talk.go_on_with(about)
    if not LEAST <= len(ticked) <= MOST:
        return _advice_page(about, gettext("Vink twee of drie aanpakken aan.")), 400
    return redirect(url_for("pages.sheet" if "blad" in request.form else "pages.compare"), 303)


@bp.get("/vergelijk")
def compare() -> ResponseReturnValue:
    """Show two or three cards side by side."""
    engine, about, language = current_engine(), talk.needed(), page_language()
    asked = asked_in(about, engine.menu)
    return render(
        "compare.html",
        situation=situation(asked, language),
        columns=columns(engine, asked, about.picks, language),
    )


@bp.get("/blad")
def sheet() -> ResponseReturnValue:
    """Show the page that an entrepreneur takes home."""
    engine, about, language = current_engine(), talk.needed(), page_language()
    asked = asked_in(about, engine.menu)
    return render(
        "sheet.html",
        situation=situation(asked, language),
        sheet=take_home(engine, asked, about.picks, language),
        code=sheet_code(about, asked),
    )


@bp.post("/opnieuw")
def restart() -> ResponseReturnValue:
    """Clear the answers for the next company."""
    talk.wipe()
    return redirect(url_for("pages.start"), 303)


@bp.get("/menukaart")
def menu() -> str:
    """Show every approach there is."""
    menu = current_engine().menu
    return render("menu.html", browsed=browse(menu, request.args, page_language()), menu=menu)


@bp.get("/menukaart/<card_id>")
def card(card_id: str) -> str:
    """Show one approach."""
    engine = current_engine()
    found = engine.menu.by_id.get(card_id) or abort(404)
    language = page_language()
    return render(
        "card.html",
        card=page(found, engine.menu, language),
        suits=suits(engine, found.id, language),
        history=history(engine, found.id),
    )


@bp.get("/over")
def over() -> str:
    """Say what this is, where the numbers come from and what nobody knows."""
    info, menu = current_engine().info, current_engine().menu
    return render(
        "over.html",
        cards=len(menu),
        trials=words.counted(info.trials),
        companies=words.counted(info.companies),
        menu_version=menu.version,
        evidence=words.EVIDENCE,
        most_locks=max((card.evidence for card in menu), default=0),
    )

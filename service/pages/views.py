"""The pages: read what was sent, ask the domain, show."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import InvalidProfile
from service.live.current import current_engine
from service.pages.advice.answer import FIRST, advice
from service.pages.advice.card_page import history, page, suits
from service.pages.advice.compare import columns
from service.pages.advice.explanation import explanation
from service.pages.advice.limits import moved, sliders
from service.pages.advice.menu import browse
from service.pages.advice.picks import forget_own_pick, forget_picks, keep_picks, picks
from service.pages.advice.reach import desk, werkcentrum
from service.pages.advice.sheet import sheet as take_home
from service.pages.advice.sheet import sheet_code
from service.pages.follow_up.choice import choice_block
from service.pages.intake import answers, pressure
from service.pages.intake.form import intake
from service.pages.intake.situation import situation
from service.pages.shared import words
from service.pages.shared.guards import guard, render
from service.pages.shared.language import gettext, page_language
from service.pages.shell import shell

bp = Blueprint("pages", __name__, static_folder="../static", static_url_path="/static")
guard(bp)
bp.app_context_processor(shell)


@bp.get("/")
def start() -> str:
    """Ask the questions, with the answers kept on this device filled in."""
    cells = answers.kept()
    return _intake_page(cells, answers.read_answers(cells) if cells else None)


def _intake_page(cells: answers.Cells, read: answers.Asked | InvalidProfile | None) -> str:
    return render("intake.html", intake=intake(cells, page_language(), read))


@bp.post("/advies")
def answer() -> ResponseReturnValue:
    """Keep the answers and go to the advice, or back to what is wrong."""
    cells = answers.collect(request.form)
    answers.keep(cells)
    read = answers.read_answers(cells)
    if isinstance(read, InvalidProfile):
        return _intake_page(cells, read), 400
    if request.form.get("eerst") == "eigen":
        return redirect(url_for("choice.pick"), 303)
    return redirect(url_for("pages.advise"), 303)


@bp.post("/druk")
def pressure_said() -> str:
    """Say what the answers about missing people come to; nothing is kept."""
    cells = answers.collect(request.form)
    return pressure.derived_words(cells, page_language())


@bp.get("/advies")
def advise() -> ResponseReturnValue:
    """Show the menu card in order for the company that was described."""
    return _advice_page(answers.kept_question())


@bp.app_errorhandler(answers.NoQuestion)
def no_question(_: answers.NoQuestion) -> ResponseReturnValue:
    """Send back to the questions what was answered with a fault; say so where nothing was."""
    if answers.kept():
        return redirect(url_for("pages.start"), 303)
    return render("no_answers.html")


def _advice_page(asked: answers.Asked, wrong: str = "") -> str:
    engine, language = current_engine(), page_language()
    shown = advice(engine, asked, language)
    return render(
        "advice.html",
        situation=situation(asked, language),
        advice=shown,
        choice=choice_block(answers.once(), shown.ranked, FIRST, engine, language),
        sliders=sliders(answers.kept()),
        picks=picks(engine.menu),
        wrong=wrong,
        desk=desk(asked.profile.province),
        werkcentrum=werkcentrum(asked.profile.province),
    )


@bp.post("/grenzen")
def set_limits() -> ResponseReturnValue:
    """Put the limits where the sliders stand, and go to the new order."""
    answers.keep(moved(answers.kept(), request.form))
    return redirect(url_for("pages.advise"), 303)


@bp.get("/advies/<card_id>")
def explain(card_id: str) -> ResponseReturnValue:
    """Say why a card stands no higher, and what would change that."""
    engine, asked, language = current_engine(), answers.kept_question(), page_language()
    found = engine.menu.by_id.get(card_id) or abort(404)
    return render(
        "explanation.html",
        situation=situation(asked, language),
        explanation=explanation(engine, asked, found, language),
    )


@bp.post("/vergelijk")
def pick() -> ResponseReturnValue:
    """Keep the ticked cards and lay them side by side."""
    asked = answers.kept_question()
    enough = keep_picks(request.form.getlist("pick"), current_engine().menu)
    if not enough:
        return _advice_page(asked, gettext("Vink twee of drie aanpakken aan.")), 400
    return redirect(url_for("pages.sheet" if "blad" in request.form else "pages.compare"), 303)


@bp.get("/vergelijk")
def compare() -> ResponseReturnValue:
    """Show two or three cards side by side."""
    engine, asked, language = current_engine(), answers.kept_question(), page_language()
    return render(
        "compare.html",
        situation=situation(asked, language),
        columns=columns(engine, asked, picks(engine.menu), language),
    )


@bp.get("/blad")
def sheet() -> ResponseReturnValue:
    """Show the page that an entrepreneur takes home."""
    engine, asked, language = current_engine(), answers.kept_question(), page_language()
    return render(
        "sheet.html",
        situation=situation(asked, language),
        sheet=take_home(engine, asked, picks(engine.menu), language),
        code=sheet_code(),
    )


@bp.post("/opnieuw")
def restart() -> ResponseReturnValue:
    """Clear the answers for the next company."""
    answers.forget()
    forget_own_pick()
    forget_picks()
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

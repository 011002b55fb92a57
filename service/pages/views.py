"""The pages: read what was sent, ask the domain, show."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import InvalidProfile
from service.current import current_engine
from service.pages import answers, own_pick
from service.pages.about import about
from service.pages.advice import FIRST, advice
from service.pages.cards import courses, page
from service.pages.choice import choice_block
from service.pages.guards import guard
from service.pages.intake import intake
from service.pages.language import page_language
from service.pages.shell import shell
from service.pages.situation import situation

bp = Blueprint(
    "pages",
    __name__,
    static_folder="../static",
    static_url_path="/static",
    template_folder="../templates",
)
guard(bp)
bp.app_context_processor(shell)


@bp.get("/")
def start() -> str:
    """Ask the questions, with the answers kept on this device filled in."""
    cells = answers.kept()
    return render_template(
        "intake.html",
        intake=intake(cells, page_language(), checked=bool(cells)),
        info=current_engine().info,
    )


@bp.post("/advies")
def answer() -> ResponseReturnValue:
    """Keep the answers and go to the advice, or back to what is wrong."""
    cells = answers.collect(request.form)
    answers.keep(cells)
    shown = intake(cells, page_language(), checked=True)
    if shown.errors:
        return render_template("intake.html", intake=shown, info=current_engine().info), 400
    if request.form.get("eerst") == "eigen":
        return redirect(url_for("choice.pick"), 303)
    return redirect(url_for("pages.advise"), 303)


@bp.get("/advies")
def advise() -> ResponseReturnValue:
    """Show the menu card in order for the company that was described."""
    cells = answers.kept()
    engine = current_engine()
    if not cells:
        return render_template("no_answers.html", info=engine.info)
    try:
        asked = answers.read_answers(cells)
    except InvalidProfile:
        return redirect(url_for("pages.start"), 303)
    language = page_language()
    shown = advice(engine, asked, language)
    return render_template(
        "advice.html",
        situation=situation(asked, language),
        advice=shown,
        choice=choice_block(answers.once(), shown.ranked, FIRST, engine.menu, language),
        info=engine.info,
    )


@bp.post("/opnieuw")
def restart() -> ResponseReturnValue:
    """Clear the answers for the next company."""
    answers.forget()
    own_pick.forget()
    return redirect(url_for("pages.start"), 303)


@bp.get("/menukaart")
def menu() -> str:
    """Show every approach there is."""
    engine = current_engine()
    return render_template(
        "menu.html",
        courses=courses(engine.menu, page_language()),
        menu=engine.menu,
        info=engine.info,
    )


@bp.get("/menukaart/<card_id>")
def card(card_id: str) -> str:
    """Show one approach."""
    engine = current_engine()
    found = engine.menu.by_id.get(card_id) or abort(404)
    return render_template(
        "card.html", card=page(found, engine.menu, page_language()), info=engine.info
    )


@bp.get("/over")
def over() -> str:
    """Say what this is, where the numbers come from and what nobody knows."""
    engine = current_engine()
    return render_template("over.html", about=about(engine), info=engine.info)

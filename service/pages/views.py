"""The pages: read what was sent, ask the domain, show."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from matcher.errors import InvalidProfile
from service.current import current_engine
from service.pages import answers
from service.pages.about import about
from service.pages.advice import advice
from service.pages.cards import courses, page
from service.pages.intake import intake
from service.pages.language import page_language, remember_language
from service.pages.shell import shell
from service.pages.situation import situation

bp = Blueprint(
    "pages",
    __name__,
    static_folder="../static",
    static_url_path="/static",
    template_folder="../templates",
)
bp.before_request(remember_language)
bp.app_context_processor(shell)


@bp.before_request
def same_site() -> None:
    """Refuse a form that another site sends: browsers say where a form comes from."""
    if request.method != "POST":
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = urlsplit(origin or request.host_url).netloc == request.host
    if not (ours if site is None else site in ("same-origin", "none")):
        abort(400)


@bp.after_request
def private(response: Response) -> Response:
    """Let nobody between keep a page: it may hold somebody's answers, in their language."""
    if request.endpoint != "pages.static":
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Content-Language"] = page_language()
    return response


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
    return render_template(
        "advice.html",
        situation=situation(asked, language),
        advice=advice(engine, asked, language),
        info=engine.info,
    )


@bp.post("/opnieuw")
def restart() -> ResponseReturnValue:
    """Clear the answers for the next company."""
    answers.forget()
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

"""Putting a version live and going back: first what changes, then who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.model import registry
from matcher.profile.reference import reference_companies
from matcher.ranking.changes import changes_between
from matcher.ranking.engine import Engine
from matcher.vocabulary import Language
from service.live.current import current_engine, current_live, current_served
from service.pages.research import words
from service.pages.research.blueprint import Signed, bp, draft, signed, unsigned
from service.pages.shared.guards import render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.research import decisions
from service.research import versions as store
from service.research.workspace import current_workspace


@dataclass(frozen=True, slots=True)
class Line:
    """What changes for one reference company."""

    company: str
    before: Sequence[str]
    now: Sequence[tuple[str, bool]]
    """Name, and whether it is new among the first three."""


def _lines(before: Engine, after: Engine, language: Language) -> list[Line]:
    menu = before.menu
    names = {card.id: card.name.of(language) for card in menu}
    return [
        Line(
            company=change.company.replace("-", " ").title(),
            before=[names[card] for card in change.before],
            now=[(names[card], card in change.entered) for card in change.now],
        )
        for change in changes_between(before, after, reference_companies())
        if change.before != change.now
    ]


def _page(version: str, action: str, form: Signed, status: int = 200) -> ResponseReturnValue:
    workspace, language, engine = current_workspace(), page_language(), current_engine()
    found = store.find(workspace, version) or abort(404)
    if found.facts is None:
        abort(404)
    page = render(
        "research/decide.html",
        action=action,
        version=found,
        why=words.why(found.why, language),
        live=registry.live(workspace.models) or "",
        decided=registry.current(workspace.models) == version,
        lines=_lines(engine, current_served(version).engine, language),
        form=form,
    )
    return page, status


@bp.get("/versies/<version>/live")
def ask_to_promote(version: str) -> ResponseReturnValue:
    """Show what a version would change, and ask who puts it live and why."""
    return _page(version, "promote", unsigned())


@bp.post("/versies/<version>/live")
def promote(version: str) -> ResponseReturnValue:
    """Put a version live."""
    if is_language_switch():
        return _page(version, "promote", draft())
    workspace, form = current_workspace(), signed(with_reason=True)
    found = store.find(workspace, version) or abort(404)
    if form.errors or found.facts is None:
        return _page(version, "promote", form, 400)
    try:
        decisions.promote(workspace, version, request.form.get("live", ""), form.by, form.reason)
    except decisions.Overtaken:
        message = gettext("Er is intussen een ander model live gezet. Kijk nog eens.")
        form.errors = {"overtaken": message}
        return _page(version, "promote", form, 409)
    current_live().look()
    return redirect(url_for("pages.research.overview"), 303)


@bp.get("/terug")
def ask_to_go_back() -> ResponseReturnValue:
    """Show what going back would change, and ask who does and why."""
    before = registry.previous(current_workspace().models)
    if before is None:
        return redirect(url_for("pages.research.overview"), 303)
    return _page(before, "rollback", unsigned())


@bp.post("/terug")
def go_back() -> ResponseReturnValue:
    """Go back to the version before; sent twice, it goes back once."""
    workspace, form = current_workspace(), signed(with_reason=True)
    before, live = registry.previous(workspace.models), request.form.get("live", "")
    if before is None or live != registry.current(workspace.models):
        return redirect(url_for("pages.research.overview"), 303)
    if is_language_switch():
        return _page(before, "rollback", draft())
    if form.errors:
        return _page(before, "rollback", form, 400)
    try:
        decisions.rollback(workspace, live, form.by, form.reason)
    except decisions.Overtaken:
        return redirect(url_for("pages.research.overview"), 303)
    current_live().look()
    return redirect(url_for("pages.research.overview"), 303)

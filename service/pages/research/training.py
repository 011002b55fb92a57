"""Retraining from the page: what to learn from, how far it is, what came of it."""

from __future__ import annotations

import secrets

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.model import registry
from service.pages.research import words
from service.pages.research.blueprint import Signed, accepts_warnings, bp, draft, signed, unsigned
from service.pages.shared.guards import render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.research import jobs
from service.research import versions as store
from service.research.sources import Source, own_trials, sources
from service.research.workspace import current_workspace
from service.store.clock import now
from service.store.current import current_database


@bp.get("/trainen")
def training() -> ResponseReturnValue:
    """Ask what to learn from, and list what was done before."""
    return _training(unsigned())


def _training(form: Signed, status: int = 200) -> ResponseReturnValue:
    workspace = current_workspace()
    found = sources(workspace, current_database())
    known = jobs.jobs(workspace)
    page = render(
        "research/training.html",
        form=form,
        sources=found,
        chosen=request.form.getlist("source") or _first_choice(found),
        quick=request.form.get("how") == "quick",
        job_id=secrets.token_hex(16),
        jobs=known,
        nobody_decided=registry.current(workspace.models) is None,
        running=next((job for job in known if not job.ended), None),
    )
    return page, status


def _first_choice(found: list[Source]) -> list[str]:
    """Return what is ticked at first: what is real, or else what came with Leermatch."""
    real = [source.key for source in found if source.kind != "repository" and not source.simulated]
    return real or [source.key for source in found if source.kind == "repository"]


@bp.post("/trainen")
def train() -> ResponseReturnValue:
    """Start a retraining in the background."""
    if is_language_switch():
        return _training(draft())
    workspace, database, form = current_workspace(), current_database(), signed()
    keys = set(request.form.getlist("source"))
    chosen = [source for source in sources(workspace, database) if source.key in keys]
    if not chosen:
        form.errors = {**form.errors, "source": gettext("Kies minstens één bron.")}
    if form.errors:
        return _training(form, 400)
    names = tuple(source.name or gettext("Uitkomsten uit Leermatch zelf") for source in chosen)
    asked = jobs.Asked(
        by=form.by,
        quick=request.form.get("how") == "quick",
        sources=names,
        started_at=now(),
        keys=tuple(source.key for source in chosen),
        accept_warnings=accepts_warnings(),
        language=page_language(),
    )
    files = [source.path for source in chosen if source.path is not None]
    try:
        job = jobs.start(
            workspace,
            _job_id(request.form.get("job", "")),
            asked,
            files,
            own_trials(database, chosen),
        )
    except jobs.AnotherRuns:
        message = gettext("Er loopt al een training. Wacht tot die klaar is, of stop die eerst.")
        form.errors = {"running": message}
        return _training(form, 409)
    return redirect(url_for("pages.research.job", job_id=job.id), 303)


def _job_id(sent: str) -> str:
    is_one = len(sent) == 32 and set(sent) <= set("0123456789abcdef")
    return sent if is_one else secrets.token_hex(16)


@bp.get("/trainen/<job_id>")
def job(job_id: str) -> str:
    """Show how far a retraining is, or what came of it."""
    workspace, language = current_workspace(), page_language()
    found = jobs.find(workspace, job_id) or abort(404)
    version = None if found.version is None else store.find(workspace, found.version)
    return render(
        "research/job.html",
        job=found,
        form=unsigned(),
        again=secrets.token_hex(16),
        version=version,
        current=registry.current(workspace.models),
        why=[] if version is None else words.why(version.why, language),
    )


@bp.post("/trainen/<job_id>/stoppen")
def stop(job_id: str) -> ResponseReturnValue:
    """Stop a retraining."""
    jobs.cancel(current_workspace(), job_id)
    return redirect(url_for("pages.research.job", job_id=job_id), 303)

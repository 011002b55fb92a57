"""The third step of a study, "Dit komt eruit": counts, files to take along, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from matcher.messages import say
from service.pages.research import words
from service.pages.research.blueprint import Signed, accepts_warnings, bp, unsigned
from service.pages.research.files import taken
from service.pages.research.studies import OVERTAKEN, TOO_HEAVY, noted, studied
from service.pages.research.versions import REPORT_POLICY
from service.pages.shared.guards import render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.research import studies as store
from service.research.inspection import TooHeavy
from service.research.workspace import current_workspace

TYPES = {".csv": "text/csv", ".html": "text/html"}


def _built(study: store.Study) -> Mapping[str, Any]:
    try:
        return store.built(current_workspace(), study, page_language())
    except TooHeavy:
        fault = dict.fromkeys(("nl", "en"), str(TOO_HEAVY))
        return {"state": "refused", "faults": [fault], "total": 1, "n_warnings": 0}


def _page(
    study: store.Study,
    told: Mapping[str, Any],
    error: str = "",
    status: int = 200,
    form: Signed | None = None,
) -> ResponseReturnValue:
    workspace, language = current_workspace(), page_language()
    page = render(
        "research/study_out.html",
        study=study,
        told=told,
        error=error,
        form=form or unsigned(),
        rows=[
            (file, [(say(language, f"study.dropped.{why}"), n) for why, n in counts.items()])
            for file, counts in told.get("rows", {}).items()
        ],
        made=store.made(workspace, study),
        keys=store.has_keys(workspace, study),
        seen=told.get("seen", ""),
        kept_days=store.KEPT_DAYS,
        keep=request.form.get("keep") == "ja",
    )
    return page, status


@bp.get("/studies/<token>/uitkomst")
def outcome(token: str) -> ResponseReturnValue:
    """Show what comes out of a study."""
    study = studied(token)
    told = _built(study)
    return _page(studied(token), told)


@bp.post("/studies/<token>/uitkomst")
def accept_outcome(token: str) -> ResponseReturnValue:
    """Take what is odd in a study for right, and build it."""
    study = studied(token)
    told = _built(study)
    if is_language_switch() or told["state"] != "unconfirmed":
        return _page(study, told)
    if not accepts_warnings() or request.form.get("warned") != told["warned"]:
        form = unsigned()
        form.errors = {"accept_warnings": words.UNCONFIRMED}
        return _page(study, told, form=form, status=400)
    store.accept(current_workspace(), study, told["warned"])
    return redirect(url_for("pages.research.outcome", token=token), 303)


@bp.post("/studies/<token>/afsluiten")
def close_study(token: str) -> ResponseReturnValue:
    """Hand over what was built, and keep or erase what was sent."""
    study = studied(token)
    if is_language_switch():
        return _page(study, _built(study))
    keep = request.form.get("keep") == "ja"
    if study.state == "open":
        try:
            store.close(current_workspace(), study, request.form.get("seen", ""), keep=keep)
        except store.Overtaken:
            return _page(study, _built(study), str(OVERTAKEN), 409)
        noted("close" if keep else "close-and-erase", study)
    return redirect(url_for("pages.research.outcome", token=token), 303)


@bp.get("/studies/<token>/uitkomst/<name>")
def study_file(token: str, name: str) -> Response:
    """Give a file that came out of a study."""
    study, workspace = studied(token), current_workspace()
    if name not in store.made(workspace, study):
        abort(404)
    path = store.folder_of(workspace, study) / name
    answer = Response(path.read_bytes(), content_type=f"{TYPES[path.suffix]}; charset=utf-8")
    if path.suffix == ".html":
        answer.headers["Content-Security-Policy"] = REPORT_POLICY
    else:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.post("/studies/<token>/sleutel")
def study_keys(token: str) -> ResponseReturnValue:
    """Give the key file, once."""
    study = studied(token)
    if not store.has_keys(current_workspace(), study):
        return _page(study, _built(study), gettext("Het sleutelbestand is al opgehaald."), 409)
    noted("keys", study)
    keys = store.take_keys(current_workspace(), study)
    if keys is None:
        return _page(study, _built(study), gettext("Het sleutelbestand is al opgehaald."), 409)
    answer = Response(keys, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="keys.csv"'
    return answer


@bp.post("/studies/<token>/bewaren")
def hand_over(token: str) -> ResponseReturnValue:
    """Send the trials on as a file of outcomes: it is looked into as any that somebody sends."""
    study, workspace = studied(token), current_workspace()
    if "trials.csv" not in store.made(workspace, study):
        return redirect(url_for("pages.research.outcome", token=token), 303)
    noted("hand-over", study)
    with (store.folder_of(workspace, study) / "trials.csv").open("rb") as file:
        return taken(FileStorage(file, filename=f"{study.name}.csv"))

"""The first step of a study, "Zo lazen wij het": what each file is, and every guess to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import InvalidStudy
from service.pages.research.blueprint import FORM_AROUND, ROOMY, Room, bp
from service.pages.research.studies import (
    OVERTAKEN,
    TOO_HEAVY,
    TOO_LARGE,
    files_sent,
    noted,
    studied,
    taken_in,
)
from service.pages.research.study_changes import changes_of, require_choices
from service.pages.research.study_form import (
    StudyForm,
    left_out,
    study_form,
)
from service.pages.shared.guards import render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.research import studies as store
from service.research import study_choices
from service.research.inspection import TooHeavy
from service.research.uploads import LARGEST
from service.research.workspace import current_workspace

MOST_OF_FORM = 2 * 1024 * 1024
"""Bytes; 40 files of 100 questions are one."""


def _form(study: store.Study, sent: Mapping[str, str] | None = None) -> StudyForm:
    workspace = current_workspace()
    looked = store.looked(store.folder_of(workspace, study))
    return study_form(store.settings_of(workspace, study), looked, page_language(), sent)


def _page(
    study: store.Study, form: StudyForm, status: int = 200, **more: Any
) -> ResponseReturnValue:
    folder = store.folder_of(current_workspace(), study)
    page = render(
        "research/study_read.html",
        study=study,
        form=form,
        notes=store.looked(folder)["notes"],
        seen=store.seen(folder),
        left_out=lambda told: left_out(told, page_language()),
        kept_days=store.KEPT_DAYS,
        **{"told": None, "files_error": ""} | more,
    )
    return page, status


@bp.get("/studies/<token>")
def study(token: str) -> ResponseReturnValue:
    """Show how the files of a study were read."""
    found = studied(token)
    if found.state == "erased":
        return redirect(url_for("pages.research.outcome", token=token), 303)
    return _page(found, _form(found))


@bp.post("/studies/<token>")
def save_study(token: str) -> ResponseReturnValue:
    """Write what somebody changed, and go on where all is chosen."""
    found = studied(token)
    if found.state == "erased":
        return redirect(url_for("pages.research.outcome", token=token), 303)
    form = _form(found, request.form)
    if is_language_switch():
        return _page(found, form)
    settings = store.settings_of(current_workspace(), found)
    changes, roles = changes_of(form, settings)
    if form.errors:
        return _page(found, form, 400)
    try:
        told = study_choices.choose(
            *(current_workspace(), found, request.form.get("seen", "")),
            *(changes, roles, page_language()),
        )
    except store.Overtaken:
        form.errors = {"overtaken": str(OVERTAKEN)}
        return _page(found, form, 409)
    except InvalidStudy as refused:
        language = page_language()
        form.errors = {f"rule{n}": f.text(language) for n, f in enumerate(refused.faults)}
        return _page(found, form, 400)
    except TooHeavy:
        form.errors = {"heavy": str(TOO_HEAVY)}
        return _page(found, form, 400)
    if told["state"] != "done":
        return _page(found, form, 400, told=told)
    again = url_for("pages.research.study", token=token)
    if request.form.get("next") != "ja" or roles:
        return redirect(again, 303)
    form = _form(found)
    require_choices(form)
    if form.errors:
        return _page(found, form, 400)
    return redirect(url_for("pages.research.who", token=token), 303)


@bp.post("/studies/<token>/bestanden")
def add_files(token: str) -> ResponseReturnValue:
    """Take more files into a study: one that was forgotten, or a later wave."""
    found = studied(token)
    if found.state == "erased":
        return redirect(url_for("pages.research.outcome", token=token), 303)
    if is_language_switch():
        return _page(found, _form(found))
    sent, wrong = files_sent()
    told: Mapping[str, Any] | None = None
    if not wrong:
        told, wrong = taken_in(found, sent)
    if told is None or told["state"] != "done":
        return _page(found, _form(found), 400, told=told, files_error=wrong)
    noted("files", found)
    return redirect(url_for("pages.research.study", token=token), 303)


def _no_room() -> ResponseReturnValue:
    found = studied((request.view_args or {})["token"])
    return _page(found, _form(found), 413, files_error=TOO_LARGE)


def _no_room_for_words() -> ResponseReturnValue:
    found = studied((request.view_args or {})["token"])
    form = _form(found)
    form.errors = {"large": gettext("Dit formulier is te groot. Er is niets veranderd.")}
    return _page(found, form, 413)


ROOMY["pages.research.add_files"] = Room(LARGEST + FORM_AROUND, _no_room)
ROOMY["pages.research.save_study"] = Room(MOST_OF_FORM, _no_room_for_words)

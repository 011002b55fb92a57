"""Studies under way: the list of them, and the start and the end of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from service.caller import organisation
from service.pages.research.blueprint import (
    FORM_AROUND,
    ROOMY,
    Room,
    Signed,
    bp,
    draft,
    signed,
    unsigned,
)
from service.pages.shared.guards import render
from service.pages.shared.language import LazyText, gettext, is_language_switch, page_language
from service.pages.shared.language import lazy_gettext as _l
from service.research import studies as store
from service.research.inspection import TooHeavy
from service.research.uploads import LARGEST, shown_name
from service.research.workspace import current_workspace
from service.store import audit
from service.store.current import current_database

LONGEST_NAME = 60
STATES = {
    "open": _l("Bezig"),
    "kept": _l("Klaar, bewaard voor een latere meting"),
    "erased": _l("Klaar, uw bestanden zijn gewist"),
}
TOO_LARGE = _l("Deze bestanden zijn samen groter dan 20 MB. Stuur ze in delen.")
TOO_HEAVY = _l("Deze bestanden kosten te veel geheugen of tijd. Stuur ze in delen.")
TOO_MUCH = _l("Een studie heeft hoogstens 40 bestanden, samen niet groter dan 100 MB.")
OVERTAKEN = _l(
    "Iemand anders veranderde deze studie, of u in een ander venster. Wat u koos, staat er nog. "
    "Kijk het na en bewaar het opnieuw."
)


def studied(token: str) -> store.Study:
    """Return a study of the organisation that asks; a page that is not there for any other."""
    return store.find(current_workspace(), token, organisation()) or abort(404)


def noted(action: str, study: store.Study) -> None:
    """Tell the audit trail what somebody does with a study, by the first half of its name."""
    with current_database().writing() as connection:
        audit.add(connection, study.organisation, f"study.{action}", study.token[:16])


def files_sent() -> tuple[list[FileStorage], str | LazyText]:
    """Return the files of the form at hand, and what is wrong with them as one sentence."""
    if request.content_length is not None and request.content_length > LARGEST + FORM_AROUND:
        return [], TOO_LARGE
    sent = [each for each in request.files.getlist("files") if shown_name(each.filename)]
    if not sent:
        return [], gettext("Kies eerst een of meer bestanden.")
    wrong = [name for each in sent if store.suffix_of(name := shown_name(each.filename)) is None]
    if wrong:
        return [], gettext(
            "Dit soort bestand lezen we niet: %(names)s. Bewaar het als .csv, .xlsx, .ods, .sav of "
            ".dta.",
            names=", ".join(wrong),
        )
    return sent, ""


def taken_in(
    study: store.Study, sent: Sequence[FileStorage]
) -> tuple[Mapping[str, Any] | None, str | LazyText]:
    """Read files into a study; return what was told of them, or why nothing can be told."""
    try:
        return store.add(current_workspace(), study, sent, page_language()), ""
    except TooHeavy:
        return None, TOO_HEAVY
    except store.TooMuch:
        return None, TOO_MUCH


def _studies(form: Signed, status: int = 200, **more: Any) -> ResponseReturnValue:
    workspace = current_workspace()
    store.forget_old(workspace)
    page = render(
        "research/studies.html",
        form=form,
        studies=store.studies(workspace, organisation()),
        states=STATES,
        kept_days=store.KEPT_DAYS,
        **{"told": None, "name": ""} | more,
    )
    return page, status


@bp.get("/studies")
def studies() -> ResponseReturnValue:
    """List the studies under way, and start another."""
    return _studies(unsigned())


def _no_room() -> ResponseReturnValue:
    form = unsigned()
    form.errors = {"files": TOO_LARGE}
    return _studies(form, 413)


@bp.post("/studies")
def start_study() -> ResponseReturnValue:
    """Take the first files of a study and go to what they are."""
    if is_language_switch():
        form = draft()
        if request.form.get("files"):
            form.errors = {"files": gettext("Kies uw bestanden hier nog een keer.")}
        return _studies(form, name=request.form.get("name", ""))
    form = signed()
    name = " ".join(request.form.get("name", "").split())
    errors = dict(form.errors)
    if not name:
        errors["name"] = gettext("Geef de studie een naam.")
    elif len(name) > LONGEST_NAME or not name.isprintable():
        errors["name"] = gettext("Dit is te lang: hoogstens %(most)s tekens.", most=LONGEST_NAME)
    sent, wrong = files_sent()
    if wrong:
        errors["files"] = wrong
    if errors:
        form.errors = errors
        return _studies(form, 400, name=name)
    study = store.start(current_workspace(), organisation(), name, form.by)
    told, wrong = taken_in(study, sent)
    if told is None or told["state"] != "done":
        store.erase(current_workspace(), study)
        form.errors = {"files": wrong} if wrong else {}
        return _studies(form, 400, told=told, name=name)
    noted("start", study)
    return redirect(url_for("pages.research.study", token=study.token), 303)


@bp.post("/studies/<token>/weg")
def erase_study(token: str) -> ResponseReturnValue:
    """Erase a study with all that is in it."""
    study = studied(token)
    noted("erase", study)
    store.erase(current_workspace(), study)
    return redirect(url_for("pages.research.studies"), 303)


ROOMY["pages.research.start_study"] = Room(LARGEST + FORM_AROUND, _no_room)

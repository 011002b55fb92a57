"""After the choice: what was recorded, who to ask how it goes, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from matcher.errors import InvalidOutcome, InvalidProfile, Unconfirmed
from service.caller import organisation
from service.live.current import current_engine
from service.pages.follow_up import reporting, trial
from service.pages.follow_up.choice import read_choice, read_pseudonym, revision_of
from service.pages.follow_up.company_links import signed
from service.pages.follow_up.conversation import ConversationPage, conversation_page
from service.pages.follow_up.due import due_list, horizon
from service.pages.shared.guards import guard, render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.store import conversations as store
from service.store.conversation import Conversation, NotFound, NotNext, Stale
from service.store.current import current_database

bp = Blueprint("follow_up", __name__)
guard(bp)

TRIED = ("state", "start_date", "end_date", "stopped_reason")


@bp.errorhandler(NotFound)
def gone(_: NotFound) -> ResponseReturnValue:
    """Say of a page that was still open that its conversation is gone, and that nothing changed."""
    heading = gettext("Dit gesprek is er niet meer")
    text = gettext(
        "Iemand maakte de keuze ongedaan of wiste het gesprek. Of er staat een typefout in het "
        "adres. Er is niets vastgelegd."
    )
    return render("error.html", code=404, heading=heading, text=text), 404


@bp.get("/gesprek/<id_>")
def show(id_: str) -> str:
    """Show what was chosen, and what to do next."""
    return _page(_conversation(id_))


@bp.post("/gesprek/<id_>/keuze")
def change(id_: str) -> ResponseReturnValue:
    """Change the choice, its reason or the pseudonyms."""
    form, menu = request.form, current_engine().menu
    if is_language_switch():
        return _page(_conversation(id_), None, form)
    choice = read_choice(form.get("keuze", ""), form.get("reden", ""), menu) or abort(400)
    names: dict[str, str | None] = {}
    errors: dict[str, str] = {}
    accepted = reporting.accepts_warnings(form)
    for name in ("company", "table"):
        names[name], complaint = read_pseudonym(form.get(name, ""))
        if complaint:
            errors[name] = complaint
    if errors:
        return _page(_conversation(id_), errors, form), 400
    try:
        trial.change_choice(
            organisation(),
            id_,
            _revision(),
            choice,
            (names["company"], names["table"]),
            accept_warnings=accepted,
        )
    except InvalidProfile as refusal:
        errors = {f.where.strip("/"): f.text(page_language()) for f in refusal.faults}
        return _page(_conversation(id_), errors, form), 400
    except Unconfirmed as doubt:
        return _page(_conversation(id_), reporting.doubts(doubt, page_language()), form), 409
    except Stale:
        return _page(_conversation(id_), {"form": _changed()}), 409
    return redirect(url_for("follow_up.show", id_=id_), 303)


@bp.post("/gesprek/<id_>/ongedaan")
def undo(id_: str) -> ResponseReturnValue:
    """Take the choice back."""
    with suppress(NotFound):  # the same tap again
        try:
            trial.undo(organisation(), id_, datetime.now(UTC))
        except trial.TooLate:
            words = gettext("Ongedaan maken kan tien minuten lang. Verander hieronder de keuze.")
            return _page(_conversation(id_), {"undo": words}), 409
    return redirect(url_for("pages.advise", _anchor="wat-kiest-u"), 303)


@bp.post("/gesprek/<id_>/stand")
def state(id_: str) -> ResponseReturnValue:
    """Keep how it goes."""
    conversation = _conversation(id_)
    errors = keep_state(conversation)
    if errors:
        return _page(conversation, errors, told_of()), 409
    if request.form.get("terug") == "lijst":
        return redirect(url_for("follow_up.due"), 303)
    return redirect(url_for("follow_up.show", id_=id_), 303)


@bp.route("/gesprek/<id_>/meting", methods=["GET", "POST"])
def measurement(id_: str) -> ResponseReturnValue:
    """Ask for, or keep, the measurement before and after."""
    done = url_for("follow_up.show", id_=id_, bewaard="meting")
    return measured(_conversation(id_), url_for("follow_up.show", id_=id_), done)


@bp.get("/op-te-volgen")
def due() -> str:
    """Show which companies to ask how it goes."""
    now, menu = datetime.now(UTC), current_engine().menu
    with current_database().reading() as connection:
        chosen = store.chosen_since(connection, organisation(), horizon(now))
    return render("due.html", due=due_list(chosen, menu, page_language(), now))


def told_of() -> Mapping[str, str]:
    """Return what was typed beside a tap on a state."""
    return {name: request.form[name] for name in TRIED if name in request.form}


def keep_state(conversation: Conversation) -> Mapping[str, str]:
    """Keep the state in the form; return what is wrong with it, by field."""
    return _kept(trial.tell_state, conversation, "state", _changed)


def _kept(
    tell: Callable[[Conversation, int, Mapping[str, str]], None],
    conversation: Conversation,
    at: str,
    overtaken: Callable[[], str],
) -> Mapping[str, str]:
    """Keep what the form tells; ``at`` is where it says that somebody else was first, and how."""
    try:
        tell(conversation, _revision(), request.form)
    except InvalidOutcome as error:
        return reporting.complaints(error, page_language())
    except Unconfirmed as doubt:
        return reporting.doubts(doubt, page_language())
    except NotNext as refusal:
        return {"state": reporting.not_next(refusal.before, refusal.after)}
    except Stale:
        return {at: overtaken()}
    return {}


def measured(conversation: Conversation, back: str, done: str) -> ResponseReturnValue:
    """Ask for the measurement; or keep what the form says of it and go to ``done``."""
    errors: Mapping[str, str] = {}
    if request.method == "POST" and not is_language_switch():
        errors = _kept(trial.tell_measurement, conversation, "form", _overtaken)
        if not errors:
            return redirect(done, 303)
    page = shown(conversation, errors, request.form.to_dict())
    content = render("measurement.html", page=page, back=back)
    if errors:
        return content, 409 if reporting.TICK in errors else 400
    return content


def shown(
    conversation: Conversation,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> ConversationPage:
    """Return a conversation as a page shows it now, with what was sent and is wrong."""
    menu, now = current_engine().menu, datetime.now(UTC)
    return conversation_page(conversation, menu, page_language(), now, errors, sent)


def _conversation(id_: str) -> Conversation:
    with current_database().reading() as connection:
        return store.find(connection, organisation(), id_)


def _page(
    conversation: Conversation,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> str:
    page = shown(conversation, errors, sent)
    link = url_for("company.show", token=signed(conversation.id), _external=True)
    return render("conversation.html", page=page, link=link)


def _changed() -> str:
    return gettext(
        "Iemand anders heeft dit net veranderd. Hieronder ziet u wat er nu staat. Vul het zo nodig "
        "nog eens in."
    )


def _overtaken() -> str:
    return gettext(
        "Iemand anders heeft hier net iets bewaard. Hieronder staat wat u zelf invulde. Drukt u "
        "weer op Bewaar, dan telt dat."
    )


def _revision() -> int:
    read = revision_of(request.form.get("revision"))
    return -1 if read is None else read

"""The pages of a company that got a link: how it goes, without an account."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.pages.follow_up.company_links import conversation_of
from service.pages.follow_up.conversation_views import keep_state, measured, shown, told_of
from service.pages.shared.guards import guard, render
from service.store import conversations as store
from service.store.conversation import Conversation
from service.store.current import current_database

bp = Blueprint("company", __name__, url_prefix="/terugblik")
guard(bp)


@bp.get("/<token>")
def show(token: str) -> str:
    """Ask the company how it goes."""
    return _page(token, _conversation(token))


@bp.post("/<token>/stand")
def state(token: str) -> ResponseReturnValue:
    """Keep how it goes, and say thank you."""
    conversation = _conversation(token)
    errors = keep_state(conversation)
    if errors:
        return _page(token, conversation, errors, told_of()), 409
    return redirect(url_for("company.show", token=token, dank="ja"), 303)


@bp.route("/<token>/meting", methods=["GET", "POST"])
def measurement(token: str) -> ResponseReturnValue:
    """Ask for, or keep, the measurement before and after."""
    done = url_for("company.show", token=token, dank="ja")
    return measured(_conversation(token), url_for("company.show", token=token), done)


def _conversation(token: str) -> Conversation:
    """Return the conversation of a link; 404 when the link is too old or it was erased."""
    id_ = conversation_of(token) or abort(404)
    with current_database().reading() as connection:
        found = store.find_anywhere(connection, id_)
    if found.card is None:
        abort(404)
    return found


def _page(
    token: str,
    conversation: Conversation,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> str:
    page, thanks = shown(conversation, errors, sent), request.args.get("dank") == "ja"
    return render("company.html", page=page, token=token, thanks=thanks)

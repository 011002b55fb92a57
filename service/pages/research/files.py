"""Files of outcomes: sent, looked into, shown with their faults, kept when confirmed, withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from service.pages.research import words
from service.pages.research.blueprint import (
    FORM_AROUND,
    ROOMY,
    Room,
    accepts_warnings,
    bp,
    draft,
    signed,
    unsigned,
)
from service.pages.shared.guards import render
from service.pages.shared.language import gettext, is_language_switch, page_language
from service.research import uploads
from service.research.inspection import TooHeavy
from service.research.workspace import current_workspace

LONG = 160
_FIRST = ("company", "intervention", "state", "start_date", "culture_before", "culture_after")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was written, and what is wrong with it."""

    text: str
    faults: Sequence[str]
    hidden: bool
    """It says something of too few people to be shown."""

    @property
    def long(self) -> bool:
        """Whether what is wrong takes many words."""
        return any(len(fault) > LONG for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in a spreadsheet; ``faults`` are those of the whole row."""

    number: int
    faults: Sequence[str]
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of a file as a page shows them; ``whole`` are the faults of the file itself."""

    columns: Sequence[str]
    rows: Sequence[Row]
    whole: Sequence[str]
    shown: int


def sheet(told: Mapping[str, Any]) -> Sheet:
    """Return the rows of a file with every fault at its cell."""
    language = page_language()
    at: dict[tuple[int | None, str | None], list[str]] = defaultdict(list)
    for fault in told.get("faults", ()):
        at[fault["row"], fault["column"]].append(fault[language])
    first = [c for c in _FIRST if c in told["columns"]] if told["good"] else []
    columns = first + [c for c in told["columns"] if c not in first]
    rows = [
        Row(
            number=row["row"],
            faults=at[row["row"], None],
            cells=[
                Cell(row["cells"].get(c, ""), at[row["row"], c], c in row.get("hidden", ()))
                for c in columns
            ],
        )
        for row in told["rows"]
    ]
    return Sheet(columns, rows, at[None, None], told.get("told", 0))


def _too_large() -> ResponseReturnValue:
    return _files(gettext("Dit bestand is groter dan 20 MB. Verdeel het over meer bestanden."), 413)


ROOMY["pages.research.send"] = Room(uploads.LARGEST + FORM_AROUND, _too_large)


def _files(error: str = "", status: int = 200) -> ResponseReturnValue:
    page = render(
        "research/files.html",
        uploads=uploads.uploads(current_workspace()),
        error=error,
        form=unsigned(),
    )
    return page, status


@bp.get("/bestanden")
def files() -> ResponseReturnValue:
    """List the files that are kept, and take another."""
    return _files()


@bp.post("/bestanden")
def send() -> ResponseReturnValue:
    """Look into a file: show its faults, or go to its preview."""
    sent = request.files.get("file")
    if is_language_switch():  # by a form without its file: a browser sends the name only
        chosen = bool(request.form.get("file"))
        return _files(gettext("Kies uw bestand hier nog een keer.") if chosen else "")
    name = uploads.shown_name(sent.filename if sent else "")
    if sent is None or not name:
        return _files(gettext("Kies eerst een bestand."), 400)
    if uploads.suffix_of(name) is None:
        return _files(
            gettext(
                "We lezen alleen .csv, .xlsx en .ods. Bewaar uw tabel zo en probeer het opnieuw."
            ),
            400,
        )
    if request.content_length is not None and request.content_length > uploads.LARGEST:
        raise RequestEntityTooLarge
    return taken(sent)


def taken(sent: FileStorage) -> ResponseReturnValue:
    """Look into a file of a kind that is read: show its faults, or go to its preview."""
    try:
        looked = uploads.look_into(current_workspace(), sent)
    except TooHeavy:
        return _files(
            gettext("Dit bestand kost te veel geheugen of tijd. Bewaar alleen de rijen, als .csv."),
            400,
        )
    if looked.token is None:
        return _shown("research/faults.html", looked), 400
    return redirect(url_for("pages.research.preview", token=looked.token), 303)


def _shown(template: str, looked: uploads.Looked, **more: Any) -> str:
    return render(template, looked=looked, sheet=sheet(looked.told), **more)


@bp.get("/bestanden/<token>/controle")
def preview(token: str) -> ResponseReturnValue:
    """Show a good file before it is kept."""
    looked = uploads.pending(current_workspace(), token)
    if looked is None:
        return redirect(url_for("pages.research.files"), 303)
    return _shown("research/preview.html", looked, form=unsigned())


@bp.post("/bestanden/<token>/bewaren")
def keep(token: str) -> ResponseReturnValue:
    """Keep a file that was previewed."""
    workspace, form = current_workspace(), draft() if is_language_switch() else signed()
    looked = uploads.pending(workspace, token)
    if looked is None:
        return redirect(url_for("pages.research.files"), 303)
    if is_language_switch():
        return _shown("research/preview.html", looked, form=form)
    if form.errors:
        return _shown("research/preview.html", looked, form=form), 400
    try:
        uploads.confirm(workspace, token, form.by, accept_warnings=accepts_warnings())
    except uploads.Doubtful:
        form.errors = {"accept_warnings": words.UNCONFIRMED}
        return _shown("research/preview.html", looked, form=form), 409
    return redirect(url_for("pages.research.files"), 303)


@bp.post("/bestanden/<token>/weg")
def discard(token: str) -> ResponseReturnValue:
    """Drop a file that was previewed."""
    uploads.discard(current_workspace(), token)
    return redirect(url_for("pages.research.files"), 303)


@bp.get("/bestanden/<digest>/intrekken")
def ask_to_withdraw(digest: str) -> ResponseReturnValue:
    """Ask whether a file is to be withdrawn."""
    return _withdrawing(digest)


def _withdrawing(digest: str, status: int = 200) -> ResponseReturnValue:
    upload = uploads.find(current_workspace(), digest)
    if upload is None or upload.withdrawn_at is not None:
        return redirect(url_for("pages.research.files"), 303)
    form = signed() if status != 200 else draft() if is_language_switch() else unsigned()
    return render("research/withdraw.html", upload=upload, form=form), status


@bp.post("/bestanden/<digest>/intrekken")
def withdraw(digest: str) -> ResponseReturnValue:
    """Take a file out of use."""
    if is_language_switch():
        return _withdrawing(digest)
    form = signed()
    if form.errors:
        return _withdrawing(digest, 400)
    uploads.withdraw(current_workspace(), digest, form.by)
    return redirect(url_for("pages.research.files"), 303)

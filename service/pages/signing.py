"""The pages on which somebody signs in and out, and changes their password."""

from __future__ import annotations

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from service.access import kept_forms, local_link, people
from service.access.passwords import LEAST, faults_of
from service.caller import NOBODY, caller
from service.pages.shared.guards import guard
from service.pages.shared.language import gettext as _
from service.pages.shared.language import page_language
from service.store.current import current_settings
from service.web.logs import log
from service.web.origin import from_this_machine

bp = Blueprint("signing", __name__)
guard(bp)
_KEY = "next"


def _only(*ways: str) -> None:
    """Answer that a page does not exist where people sign in otherwise, or not at all."""
    if current_settings().auth not in ways:
        abort(404)


@bp.get("/openen")
def closed() -> ResponseReturnValue:
    """Say how the rest opens where nobody signs in."""
    _only("none")
    _remember_way()
    if caller() != NOBODY:
        return redirect(_way_on(), 303)
    return _closed_page()


@bp.get("/openen/<token>")
def open_here(token: str) -> ResponseReturnValue:
    """Open the rest in this browser, with the link that the service printed."""
    _only("none")
    if caller() == NOBODY:
        # To ask only whether there is such an address does not use the link up.
        if request.method != "GET" or not (from_this_machine() and local_link.use(token)):
            return _closed_page(used=True)
        log.info("opened_here")
    opened = current_app.make_response(redirect(_way_on(), 303))
    local_link.give_cookie(opened)
    return opened


def _closed_page(used: bool = False) -> ResponseReturnValue:
    page = render_template("closed.html", used=used, elsewhere=not from_this_machine())
    return page, 403


@bp.get("/aanmelden")
def sign_in() -> ResponseReturnValue:
    """Ask for name and password, or show the way to the provider."""
    _only("local", "oidc")
    _remember_way()
    if caller() != NOBODY:
        return redirect(_way_on(), 303)
    return _sign_in_page()


@bp.post("/aanmelden")
def enter() -> ResponseReturnValue:
    """Sign in with name and password, and go on."""
    _only("local")
    _remember_way()
    name = request.form.get("name", "")
    try:
        people.sign_in(name, request.form.get("password", ""))
    except people.WrongPassword:
        return _sign_in_page(_("Deze naam en dit wachtwoord horen niet bij elkaar."), name, 400)
    except people.TooOften:
        return _sign_in_page(_too_often(), name, 429)
    return redirect(_way_on(), 303)


@bp.get("/aanmelden/organisatie")
def to_provider() -> ResponseReturnValue:
    """Send somebody to the provider of their organisation."""
    _only("oidc")
    from service.access import oidc

    _remember_way()
    try:
        return oidc.current_provider().send(url_for("signing.from_provider", _external=True))
    except oidc.Silent:
        return _sign_in_page(_silent(), status=503)


@bp.get("/aanmelden/terug")
def from_provider() -> ResponseReturnValue:
    """Sign in somebody who comes back from the provider, and go on."""
    _only("oidc")
    from service.access import oidc

    try:
        people.admit(oidc.current_provider().receive())
    except oidc.Silent:
        return _sign_in_page(_silent(), status=503)
    except oidc.Unknown:
        return render_template("unknown_person.html"), 403
    except oidc.Refused:
        return _sign_in_page(_("Het inloggen is niet afgemaakt. Begin opnieuw."), status=400)
    return redirect(_way_on(), 303)


@bp.get("/verder/<form>")
def go_on(form: str) -> ResponseReturnValue:
    """Show whoever signed in again that the form they sent is still there, to send it again."""
    return render_template("go_on.html", form=kept_forms.kept(form), again={kept_forms.NAME: form})


@bp.post("/afmelden")
def sign_out() -> ResponseReturnValue:
    """Sign out, and forget the answers on this device."""
    _only("local", "oidc")
    people.sign_out()
    return redirect(url_for("signing.sign_in"), 303)


@bp.get("/wachtwoord")
def password() -> ResponseReturnValue:
    """Ask for another password."""
    _only("local")
    return _password_page()


@bp.post("/wachtwoord")
def change_password() -> ResponseReturnValue:
    """Keep another password, for who knows the old one."""
    _only("local")
    new = request.form.get("new", "")
    faults = faults_of(new, caller().name, caller().organisation)
    if faults:
        return _password_page(faults[0].text(page_language()), "new", 400)
    try:
        user = people.check(caller().name, request.form.get("current", ""))
    except people.WrongPassword:
        return _password_page(_("Dit is niet uw wachtwoord van nu."), "current", 400)
    except people.TooOften:
        return _password_page(_too_often(), "current", 429)
    people.change_password(user, new)
    return render_template("password_changed.html")


def _next() -> str:
    """Return where this tab is on its way to on this site: another may have another way."""
    return _plain(request.args.get("next", ""))


def _plain(path: str) -> str:
    """Return a path that leads to a page here; of another nothing."""
    return path if kept_forms.PLAIN.fullmatch(path) else ""


def _remember_way() -> None:
    """Keep to which page somebody was on their way."""
    if _next():
        session[_KEY] = _next()


def _way_on() -> str:
    """Return where somebody goes on, and forget it."""
    return _plain(session.pop(_KEY, "")) or url_for("pages.start")


def _sign_in_page(wrong: str = "", name: str = "", status: int = 200) -> ResponseReturnValue:
    local = current_settings().auth == "local"
    page = render_template("sign_in.html", local=local, wrong=wrong, name=name[:80], way=_next())
    return page, status, _later(status)


def _password_page(wrong: str = "", field: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template("password.html", wrong=wrong, field=field, least=LEAST)
    return page, status, _later(status)


def _later(status: int) -> dict[str, str]:
    seconds = {429: "900", 503: "5"}.get(status)
    return {} if seconds is None else {"Retry-After": seconds}


def _too_often() -> str:
    return _("Er is te vaak een verkeerd wachtwoord ingevuld. Probeer het over een kwartier weer.")


def _silent() -> str:
    return _("Uw organisatie antwoordt nu niet. Probeer het over een paar minuten weer.")

"""A refusal as a person reads it: what happened, and the way on."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from service.pages.shared.language import LazyText
from service.pages.shared.language import lazy_gettext as _l

_WORDS: Mapping[int, tuple[LazyText, LazyText]] = {
    400: (
        _l("Dit konden we niet lezen"),
        _l("Uw browser stuurde iets dat we niet begrijpen. Ga terug en probeer het nog eens."),
    ),
    403: (
        _l("Dit mag u niet zien"),
        _l("Deze pagina is voor anderen. Hebt u hem nodig? Vraag het de beheerder van Leermatch."),
    ),
    404: (
        _l("Deze pagina bestaat niet"),
        _l("Misschien is de pagina verhuisd. Of er staat een typefout in het adres."),
    ),
    405: (
        _l("Dit kan hier niet"),
        _l("Deze pagina is alleen om te lezen, of alleen om iets te versturen."),
    ),
    413: (
        _l("Dit is te veel tekst"),
        _l("U stuurde meer dan we kunnen lezen. Ga terug en maak uw antwoorden korter."),
    ),
    429: (
        _l("Dit ging te snel na elkaar"),
        _l("Wacht een minuut en probeer het dan weer. Uw antwoorden staan nog op uw apparaat."),
    ),
    500: (
        _l("Er ging bij ons iets mis"),
        _l(
            "Dat had niet mogen gebeuren. Uw antwoorden staan nog op uw apparaat. Probeer het zo "
            "weer."
        ),
    ),
    503: (
        _l("Leermatch kan nu niet antwoorden"),
        _l("Het model laadt nog of is niet in orde. Probeer het over een paar minuten weer."),
    ),
}


def error_page(error: HTTPException) -> ResponseReturnValue:
    """Return the page of a refusal; one without words of its own gets those of its kind."""
    code = error.code or 500
    heading, text = _WORDS.get(code, _WORDS[400 if code < 500 else 500])
    allow = [(name, value) for name, value in error.get_headers() if name == "Allow"]
    page = render_template("error.html", code=code, heading=heading, text=text)
    return page, code, [*allow, ("Cache-Control", "no-store")]

"""How often a card was tried in the data: a count, and none of so few that one could be known."""

from __future__ import annotations

from matcher.ranking.engine import Engine
from service.pages.shared import words
from service.pages.shared.texts import gettext


def history(engine: Engine, card: str) -> str:
    """Return in words how many trials of a card the model learned from."""
    many = engine.trials_of(card)
    if not many:
        return gettext("In de gegevens heeft nog geen bedrijf dit geprobeerd.")
    if engine.info.simulated:
        return _simulated(many)
    if words.is_few(many):
        return gettext("In de gegevens staan minder dan vijf proeven van bedrijven hiermee.")
    return gettext(
        "In de gegevens staan %(many)s proeven van bedrijven hiermee.", many=words.number(many)
    )


def _simulated(many: int) -> str:
    if words.is_few(many):
        return gettext("In de nagebootste gegevens staan minder dan vijf proeven hiermee.")
    return gettext(
        "In de nagebootste gegevens staan %(many)s proeven hiermee. Geen echt bedrijf deed ze.",
        many=words.number(many),
    )

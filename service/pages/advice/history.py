"""How often a card was tried in the data."""

from __future__ import annotations

from matcher.ranking.engine import Engine
from service.pages.shared import words
from service.pages.shared.texts import gettext


def history(engine: Engine, card: str) -> str:
    """Return in words how many trials of a card the model learned from."""
    told = engine.trials_of(card)
    if told.exact == 0:
        return gettext("In de gegevens heeft nog geen bedrijf dit geprobeerd.")
    many = words.counted(told)
    if engine.info.simulated:
        return gettext(
            "In de nagebootste gegevens staan %(many)s proeven hiermee. Geen echt bedrijf deed ze.",
            many=many,
        )
    return gettext("In de gegevens staan %(many)s proeven van bedrijven hiermee.", many=many)

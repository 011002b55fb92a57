"""The question that a page is about, as the engine that answers now can be asked it."""

from __future__ import annotations

from matcher.errors import InvalidProfile
from matcher.menu.card import Menu
from service.pages.intake.answers import Asked, on_menu, read_answers
from service.pages.intake.talk import NoQuestion, Talk


def asked_in(talk: Talk, menu: Menu) -> Asked:
    """Return the question in the answers of a talk, or raise NoQuestion."""
    read = read_answers(on_menu(talk.cells, menu.by_id))
    if isinstance(read, InvalidProfile):
        raise NoQuestion
    return read

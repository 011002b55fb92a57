"""Who asks: a person or a program, on behalf of which organisation, and what that one may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from flask import g

Role = Literal["advisor", "researcher", "administrator"]
"""What a person who signs in does."""
Scope = Literal["recommend", "record", "export", "metrics"]
"""What a key opens."""

ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)
LOCAL = "local"
"""The organisation of whoever works on this machine itself, where nobody signs in."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request: a person has a role, a program has the scopes of its key."""

    organisation: str
    name: str
    role: Role | None
    scopes: frozenset[str]


NOBODY = Caller("", "", None, frozenset())
"""Who did not say who they are."""
EVERYBODY = Caller(LOCAL, "", "administrator", frozenset(SCOPES))
"""Whoever opened the link on this machine, while nobody signs in and there are no keys."""
ANYBODY = Caller(LOCAL, "", None, frozenset({"recommend"}))
"""A program without a key in the same case, that did not open the link: it may ask."""


def caller() -> Caller:
    """Return who makes the request at hand."""
    found: Caller = g.get("caller", NOBODY)
    return found


def organisation() -> str:
    """Return the organisation of the request at hand."""
    return caller().organisation

"""Promotion and rollback from a page: what was shown is what is decided, and only once."""

from __future__ import annotations

from matcher.model import registry
from service.errors import ServiceError
from service.research.workspace import Workspace


class Overtaken(ServiceError):
    """Another version went live since the page was shown."""


def promote(workspace: Workspace, version: str, instead_of: str, by: str, reason: str) -> None:
    """Make a version live that was shown to replace another; once it is live, do nothing.

    Raises
    ------
    Overtaken
        If by now another version is live than the one it was to replace.
    MatcherError
        If the version does not exist or does not load, or nobody or nothing is named.
    """
    with workspace.alone("deciding"):
        if registry.current(workspace.models) == version:
            return
        if (registry.live(workspace.models) or "") != instead_of:
            raise Overtaken
        registry.promote(workspace.models, version, by, reason)


def rollback(workspace: Workspace, instead_of: str, by: str, reason: str) -> None:
    """Go back from a version; Overtaken when it is no longer live."""
    with workspace.alone("deciding"):
        if registry.current(workspace.models) != instead_of:
            raise Overtaken
        registry.rollback(workspace.models, by, reason)

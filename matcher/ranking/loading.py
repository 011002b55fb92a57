"""The engine that answers: the live version, one that is named, or the expert prior alone."""

from __future__ import annotations

from pathlib import Path

from matcher.design.expert import Expert, parse_expert
from matcher.errors import Fault, UnknownVersion
from matcher.menu.card import Menu
from matcher.model.fitted import carried_to, expert_model
from matcher.model.registry import live, load_model
from matcher.paths import EXPERT
from matcher.ranking.engine import Engine


def expert_version(expert: Expert) -> str:
    """Return the name under which the expert prior answers alone."""
    return f"expert-{expert.version}"


def load_engine(
    models: Path, menu: Menu | None, version: str | None = None, expert: Path = EXPERT
) -> Engine:
    """Return what answers: the live version or the one named, else the expert prior alone.

    Parameters
    ----------
    models : Path
        Folder of the versions.
    menu : Menu or None
        The menu to serve; None is the menu that the version was trained with (needs a version).
    version : str, optional
        A version to answer from; by default the live one.
    expert : Path
        The expert prior that answers when there is no version.

    Raises
    ------
    UnknownVersion
        If there is no such version, or neither a version nor a menu.
    BrokenVersion, BrokenLedger, InvalidExpert
        If the version, the ledger or the expert prior is not as it should be.

    Examples
    --------
    >>> from matcher.menu.card import read_menu
    >>> from matcher.paths import MENU
    >>> load_engine(Path("no-versions-yet"), read_menu(MENU)).info.expert_only
    True
    """
    chosen = live(models) if version is None else version
    if chosen is None:
        if menu is None:
            raise UnknownVersion(Fault("", "version_no_menu", {"folder": models}))
        text = expert.read_text(encoding="utf-8")
        prior = parse_expert(text, expert.name)
        return Engine(expert_model(menu, prior, text), expert_version(prior))
    found = load_model(models, chosen)
    assert found is not None  # a chosen version is found or refused
    model = found[0]
    return Engine(model if menu is None else carried_to(model, menu), chosen)

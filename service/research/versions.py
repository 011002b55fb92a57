"""What the folder of models tells: its versions, what stands behind each, and their pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson

from matcher.disclosure import Told, alone
from matcher.errors import BrokenVersion
from matcher.menu.card import Menu
from matcher.model import registry
from matcher.model.artefact import Provenance, load, read_page
from matcher.model.fitted import Facts
from matcher.vocabulary import SECTOR_GROUPS
from service.research.workspace import Workspace

PAGES: Mapping[str, str] = {
    "report.nl.html": "text/html",
    "report.en.html": "text/html",
    "model-card.md": "text/plain",
    "evaluation.nl.md": "text/plain",
    "evaluation.en.md": "text/plain",
}
"""Pages of a version that may be read -> what they are. Never the numbers behind them."""
MOST_VERSIONS = 30


@dataclass(frozen=True, slots=True)
class Version:
    """A version and what stands behind it; without facts it is broken."""

    name: str
    alias: str
    facts: Facts | None
    provenance: Provenance | None
    why: tuple[str, ...]
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """Trials by card and sector group, as far as they may be told."""

    cards: tuple[str, ...]
    groups: tuple[str, ...]
    totals: tuple[Told, ...]
    """Of each card, over all groups."""
    cells: tuple[tuple[Told, ...], ...]
    """Of each card in each group."""


def versions(workspace: Workspace) -> list[Version]:
    """Return the newest versions and all that were ever live, newest first."""
    every, aliases = registry.versions(workspace.models), _aliases(workspace)
    lived = {decision.version for decision in registry.ledger(workspace.models)}
    names = [name for name in every if name in lived or name in every[-MOST_VERSIONS:]]
    return [_version(workspace.models / name, aliases.get(name, "")) for name in reversed(names)]


def find(workspace: Workspace, name: str) -> Version | None:
    """Return a version by name."""
    if name not in registry.versions(workspace.models):
        return None
    return _version(workspace.models / name, _aliases(workspace).get(name, ""))


def page(workspace: Workspace, version: str, name: str) -> bytes | None:
    """Return a page of a version as it was saved, or None if there is none. BrokenVersion."""
    if name not in PAGES or version not in registry.versions(workspace.models):
        return None
    try:
        return read_page(workspace.models / version, name)
    except KeyError:
        return None


def coverage(workspace: Workspace, name: str, menu: Menu) -> Coverage | None:
    """Return what a version knows of each card in each group of sectors; None if it is broken."""
    try:
        model, _ = load(workspace.models / name)
    except BrokenVersion:
        return None
    totals, cells = model.told_trials(0)
    known = dict(zip(model.menu.ids, zip(totals, cells, strict=True), strict=True))
    never = alone(0)
    cards = [card.id for card in menu.rankable]
    rows = [known.get(card, (never, [never] * (len(SECTOR_GROUPS) + 1))) for card in cards]
    with_companies = model.companies.sum(axis=(1, 2))[: len(SECTOR_GROUPS)] > 0
    shown = np.flatnonzero(with_companies)
    return Coverage(
        cards=tuple(cards),
        groups=tuple(list(SECTOR_GROUPS)[at] for at in shown),
        totals=tuple(total for total, _ in rows),
        cells=tuple(tuple(row[at] for at in shown) for _, row in rows),
    )


def _aliases(workspace: Workspace) -> Mapping[str | None, str]:
    return {registry.previous(workspace.models): "before", registry.live(workspace.models): "live"}


def _version(folder: Path, alias: str) -> Version:
    try:
        facts, provenance, why, pages = _behind(folder, folder.stat().st_mtime_ns)
    except (BrokenVersion, OSError):
        return Version(folder.name, alias, None, None, (), ())
    return Version(folder.name, alias, facts, provenance, why, pages)


# A version never changes, and a changed one is broken: checked again when its folder was touched.
@lru_cache(maxsize=4 * MOST_VERSIONS)
def _behind(
    folder: Path, _changed: int
) -> tuple[Facts, Provenance, tuple[str, ...], tuple[str, ...]]:
    model, provenance = load(folder)
    pages = tuple(name for name in PAGES if (folder / name).is_file())
    why: tuple[str, ...] = ()
    if (folder / "evaluation.json").is_file():
        why = tuple(orjson.loads(read_page(folder, "evaluation.json"))["why"])
    return model.facts, provenance, why, pages

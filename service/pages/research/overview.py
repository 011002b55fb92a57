"""The first page: what answers now, the versions, where little is known, what became of advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher.disclosure import Told
from matcher.menu.card import Menu
from matcher.model import registry
from matcher.vocabulary import Language
from service.live.current import current_engine
from service.pages.research import words
from service.pages.research.blueprint import bp
from service.pages.shared.guards import render
from service.pages.shared.language import page_language
from service.research import counts as counting
from service.research import jobs
from service.research import versions as store
from service.research.workspace import Workspace, current_workspace
from service.store.current import current_database
from service.store.database import Unavailable


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the map: how many trials, and how dark."""

    words: str
    shade: int


@dataclass(frozen=True, slots=True)
class Map:
    """Trials by approach and sector, and the approaches of which little is known."""

    groups: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[Cell]]]
    thin: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    """How little they were tried -> id and name of each such approach."""
    left_out: Sequence[tuple[str, str]]
    """Those that only go with another, and so have no row."""


@bp.get("")
def overview() -> str:
    """Show what answers now and what is known of it."""
    workspace, language, engine = current_workspace(), page_language(), current_engine()
    live = store.find(workspace, registry.live(workspace.models) or "")
    decisions = registry.ledger(workspace.models)
    return render(
        "research/overview.html",
        live=live,
        decided=_decided(decisions, live),
        decisions=list(reversed(decisions)),
        previous=registry.previous(workspace.models),
        versions=store.versions(workspace),
        map=_map(workspace, live, engine.menu, language),
        counts=_counts(),
        running=next((job for job in jobs.jobs(workspace) if not job.ended), None),
    )


def _decided(
    decisions: Sequence[registry.Decision], live: store.Version | None
) -> registry.Decision | None:
    """Return the decision by which a version is live; nobody decided on the newest of a start."""
    if not decisions or live is None or decisions[-1].version != live.name:
        return None
    return decisions[-1]


def _counts() -> counting.Counts | None:
    """Return the counts of the database, or None while it does not answer."""
    try:
        with current_database().reading() as connection:
            return counting.count(connection)
    except Unavailable:
        return None


def _map(
    workspace: Workspace, live: store.Version | None, menu: Menu, language: Language
) -> Map | None:
    covered = None if live is None else store.coverage(workspace, live.name, menu)
    if covered is None or not covered.groups:
        return None
    names = {card.id: card.name.of(language) for card in menu}
    return Map(
        groups=[words.sector(group, language) for group in covered.groups],
        rows=[
            (card, names[card], [_cell(told) for told in row])
            for card, row in zip(covered.cards, covered.cells, strict=True)
        ],
        thin=_thin(covered, names),
        left_out=[(card.id, names[card.id]) for card in menu if card.enabler],
    )


def _thin(
    covered: store.Coverage, names: Mapping[str, str]
) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for told, card in sorted(zip(covered.totals, covered.cards, strict=True)):
        if not told.exact:
            found.setdefault(words.band(told), []).append((card, names[card]))
    return list(found.items())


def _cell(told: Told) -> Cell:
    # A dash is no never: it is as dark as the least that was tried.
    return Cell(words.few(told), sum(told.least >= n for n in (1, 5, 10)) or told.exact is None)

"""Every method by name; those of libraries that only ``make bench`` installs are looked up late."""

from __future__ import annotations

from importlib.util import find_spec

from tests.benchmarks.ranking import ours, peers
from tests.benchmarks.ranking.peers import Peer

OURS: dict[str, Peer] = {
    "ours": ours.ours,
    "ours_without_experts": ours.ours_without_experts,
    "expert": ours.expert_alone,
}
"""Methods that are part of the product."""
LIBRARIES: dict[str, str] = {}
"""Method -> the library it needs."""
METHODS: tuple[str, ...] = (*OURS, *peers.WITH_EXPERT, *peers.EVERYWHERE, *LIBRARIES)


def method(name: str) -> Peer:
    """Return a method by name."""
    known = OURS | peers.WITH_EXPERT | peers.EVERYWHERE
    return known[name]


def missing_libraries() -> set[str]:
    """Return the libraries that are not installed here."""
    return {library for library in set(LIBRARIES.values()) if find_spec(library) is None}

"""Every method by name; those of libraries that only ``make bench`` installs are looked up late."""

from __future__ import annotations

from importlib.util import find_spec

from tests.benchmarks.ranking import limit, one_head, ours, peers, recalibrated
from tests.benchmarks.ranking.peers import Peer

OURS: dict[str, Peer] = {
    "ours": ours.ours,
    "ours_without_experts": ours.ours_without_experts,
    "ours_one_head": one_head.ours_one_head,
    "ours_trees": ours.ours_trees,
    "ours_recalibrated": recalibrated.ours_recalibrated,
    "expert": ours.expert_alone,
}
"""Methods that are part of the product."""
ON_REQUEST = frozenset(("ours_trees", "ours_recalibrated"))
"""Methods that run when they are named: with few trials they are much like another."""
AT_MOST = {"ours_one_head": 3_000} | dict.fromkeys(limit.LIMITS, 300)
"""Method -> most companies: what holds all pairs of trials takes memory with their square."""
LIBRARIES = {
    "lightgbm": "lightgbm",
    "lightgbm_ranker": "lightgbm",
    "catboost": "catboost",
    "mabwiser_greedy": "mabwiser",
    "mabwiser_ucb": "mabwiser",
    "mabwiser_ts": "mabwiser",
    "vowpal_wabbit": "vowpalwabbit",
}
"""Method -> the library it needs."""
ANYWHERE = frozenset(("ours", *peers.EVERYWHERE, *LIBRARIES))
"""Methods that need neither menu nor experts: those that public data are asked with."""
METHODS: tuple[str, ...] = (*OURS, *limit.LIMITS, *peers.WITH_EXPERT, *peers.EVERYWHERE, *LIBRARIES)


def method(name: str) -> Peer:
    """Return a method by name."""
    known = OURS | dict(limit.LIMITS) | peers.WITH_EXPERT | peers.EVERYWHERE
    if name in known:
        return known[name]
    from tests.benchmarks.ranking import libraries  # these are there only after make bench

    found: Peer = libraries.PEERS[name]
    return found


def what_it_is(name: str) -> str:
    """Return the sentence that tells what a method is."""
    return str(method(name).__doc__).splitlines()[0]


def missing_libraries() -> set[str]:
    """Return the libraries of the benchmark that are not installed here."""
    return {library for library in set(LIBRARIES.values()) if find_spec(library) is None}

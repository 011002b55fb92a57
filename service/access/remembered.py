"""What the database vouched for a moment ago, for as long as that may be believed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from service.store.database import Unavailable

T = TypeVar("T")

MOST = 10_000
"""Answers kept at most; the one longest unused goes first."""
AGAIN_AFTER = 1.0
"""Seconds without asking a database that just did not answer: every question may cost seconds."""


class Remembered(Generic[T]):
    """Answers of the database by name, believed for a moment, and longer while it is away.

    Parameters
    ----------
    ask : callable
        Returns the answer for a name, None when there is none; Unavailable.
    fresh : float
        Seconds in which an answer is not asked again.
    stale : float
        Seconds in which it is believed while the database does not answer.
    """

    def __init__(self, ask: Callable[[str], T | None], *, fresh: float, stale: float) -> None:
        self._ask, self._fresh, self._stale = ask, fresh, stale
        self._kept: OrderedDict[str, tuple[T, float]] = OrderedDict()
        self._keeping = threading.Lock()
        self._ask_at = 0.0
        self._away: Unavailable | None = None

    def is_fresh(self, name: str) -> bool:
        """Return whether the answer for a name is at hand."""
        found = self._kept.get(name)
        return found is not None and monotonic() - found[1] < self._fresh

    def get(self, name: str) -> T | None:
        """Return the answer for a name; Unavailable when nobody can tell."""
        found = self._kept.get(name)
        if found is not None and monotonic() - found[1] < self._fresh:
            return found[0]
        try:
            return self._asked(name)
        except Unavailable:
            if found is None or monotonic() - found[1] >= self._stale:
                raise
            return found[0]

    def _asked(self, name: str) -> T | None:
        at = monotonic()
        if at < self._ask_at and self._away is not None:
            raise self._away.with_traceback(None)
        try:
            answer = self._ask(name)
        except Unavailable as error:
            self._ask_at, self._away = monotonic() + AGAIN_AFTER, error
            raise
        with self._keeping:
            self._kept.pop(name, None)
            if answer is not None:
                self._kept[name] = (answer, at)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return answer

    def remembered(self, name: str) -> T | None:
        """Return the last answer for a name, however old, without asking."""
        found = self._kept.get(name)
        return None if found is None else found[0]

    def forget(self, name: str) -> None:
        """Ask again the next time."""
        with self._keeping:
            self._kept.pop(name, None)

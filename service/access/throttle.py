"""How often one address may be wrong: counted in this process, over a window of time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from time import monotonic

MOST = 10_000
"""Addresses counted at most; the one longest ago goes first."""


class Throttle:
    """Counts per address what went wrong in the window at hand."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._counting = threading.Lock()

    def full(self, address: str) -> bool:
        """Return whether an address was wrong too often to be heard now."""
        count, since = self._counts.get(address, (0, 0.0))
        return count >= self._most and monotonic() - since < self._seconds

    def count(self, address: str) -> None:
        """Count one more of an address."""
        with self._counting:
            count, since = self._counts.pop(address, (0, 0.0))
            if monotonic() - since >= self._seconds:
                count, since = 0, monotonic()
            self._counts[address] = (count + 1, since)
            if len(self._counts) > MOST:
                self._counts.popitem(last=False)

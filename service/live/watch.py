"""The model that answers now: watched on disk, loaded beside the old one, swapped at once.

So is the menu card: a fact that was renewed is told without a restart, and a menu with a fault
changes nothing.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

from matcher.errors import MatcherError
from matcher.menu.card import Menu, read_menu
from matcher.model.registry import live_marker, previous
from matcher.ranking.engine import Engine
from matcher.ranking.loading import load_engine
from service.web.logs import frames_of, log

T = TypeVar("T")

LOOK_EVERY = 1.0
"""Seconds between two looks at the models folder."""
RETRY_AFTER = 15.0
"""Seconds before a version that did not load is tried again: somebody may have mended it."""
KEPT = 4
"""Versions asked for by name that stay in memory."""


class Served:
    """An engine, with what its users derive from it once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.menu_digest = sha256(engine.menu.source_text.encode()).hexdigest()
        self._made: dict[object, object] = {}

    def once(self, make: Callable[[Engine], T]) -> T:
        """Return ``make(engine)``, made at the first call and kept as long as the engine."""
        try:
            return cast(T, self._made[make])
        except KeyError:
            return cast(T, self._made.setdefault(make, make(self.engine)))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the newest version does not answer, or the newest menu is not told, and since when."""

    reason: str
    since: datetime


class Live:
    """The versions a running service answers from. Reading ``served`` takes no lock.

    Parameters
    ----------
    models : Path
        Folder of the versions.
    menu : Menu
        The menu that is served.
    file : Path, optional
        Where it came from and is renewed; without it the menu stays as it is.
    """

    def __init__(self, models: Path, menu: Menu, file: Path | None = None) -> None:
        self._models = models
        self._menu = menu
        self._file = file
        self._menu_marker: object = object()
        self._looking = threading.Lock()
        self._naming = threading.Lock()
        self._named: OrderedDict[str, Served] = OrderedDict()
        self._marker: object = object()  # equal to no marker: the first look always loads
        self._retry_at = 0.0
        self.served: Served | None = None
        self.failure: Failure | None = None
        self.menu_failure: Failure | None = None
        self.look()

    def look(self) -> None:
        """Swap in what should answer, if model or menu is another one and is as it should be."""
        with self._looking:
            renewed = self._look_at_menu()
            try:
                marker = live_marker(self._models)
                overdue = self.failure is not None and time.monotonic() >= self._retry_at
                if marker == self._marker and not overdue and not renewed:
                    return
                # Before loading: what moves meanwhile is seen by the next look.
                self._marker = marker
                self._swap(load_engine(self._models, self._menu))
                self.failure = None
            except (MatcherError, OSError) as error:
                self._fail(error)

    def _look_at_menu(self) -> bool:
        """Take a menu that was renewed, and return whether there is one to answer from."""
        marker = _marker_of(self._file)
        if self._file is None or marker == self._menu_marker:
            return False
        self._menu_marker = marker
        try:
            menu = read_menu(self._file)
        except MatcherError as error:  # who edits by hand may be halfway
            self.menu_failure = Failure(str(error), datetime.now(UTC))
            log.error("menu_refused", reason=str(error))
            return False
        self.menu_failure = None
        if menu.source_text == self._menu.source_text:
            return False
        log.info("menu_live", version=menu.version, before=self._menu.version)
        self._menu = menu
        with self._naming:
            self._named.clear()
        return True

    def _swap(self, engine: Engine) -> None:
        before = self.served.engine.info.version if self.served else None
        self.served = Served(engine)
        log.info("model_live", version=engine.info.version, before=before)

    def _fail(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + RETRY_AFTER
        reason = str(error)
        if self.failure is None or self.failure.reason != reason:
            self.failure = Failure(reason, datetime.now(UTC))
            log.error("model_refused", reason=reason)
        if self.served is None:
            self._fall_back()

    def _fall_back(self) -> None:
        """Serve what was live before a version that does not load, as a running service would.

        Not the expert prior: who promoted a trained model does not expect another kind of answer.
        """
        with suppress(MatcherError, OSError):
            before = previous(self._models)
            if before is not None:
                self._swap(load_engine(self._models, self._menu, before))

    def version(self, name: str) -> Served:
        """Return a version by name, from memory or disk; UnknownVersion, BrokenVersion.

        The registry takes nothing but names of versions, so that no name can be a path.
        """
        served = self.served
        if served is not None and served.engine.info.version == name:
            return served
        with self._naming:
            if name not in self._named:
                self._named[name] = Served(load_engine(self._models, self._menu, name))
                if len(self._named) > KEPT:
                    self._named.popitem(last=False)
            self._named.move_to_end(name)
            return self._named[name]

    def watch(self) -> None:
        """Look once a second in a thread that ends with this object."""
        stop = threading.Event()
        weakref.finalize(self, stop.set)
        threading.Thread(
            target=_watch, args=(weakref.ref(self), stop), name="models", daemon=True
        ).start()


def _marker_of(file: Path | None) -> object:
    """Return something that changes whenever a file may have changed; cheap."""
    if file is None:
        return None
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


def _watch(ref: weakref.ref[Live], stop: threading.Event) -> None:
    while not stop.wait(LOOK_EVERY):
        live = ref()
        if live is None:
            return
        try:
            live.look()
        except Exception as error:  # whatever it is, the next promotion must still be seen
            log.error("watch_failed", **frames_of(error))
        del live

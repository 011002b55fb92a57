"""Where the page for the researcher finds and keeps things in the application at hand."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from service.running import Carried
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of an installation, each as an absolute path."""

    models: Path
    menu: Path
    uploads: Path
    jobs: Path
    studies: Path

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Let one request at a time do something, also when more processes serve."""
        self.jobs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self.jobs / f".{what}"):
            yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


current_workspace: Carried[Workspace] = Carried("research")


def workspace_of(settings: Settings) -> Workspace:
    """Return the folders of an installation that is set up like this."""
    instance = settings.instance.absolute()
    return Workspace(
        models=settings.models.absolute(),
        menu=settings.menu.absolute(),
        uploads=instance / "uploads",
        jobs=instance / "jobs",
        studies=instance / "studies",
    )


def init_app(app: Flask, settings: Settings) -> None:
    """Let the views of an application find its folders."""
    current_workspace.give(app, workspace_of(settings))

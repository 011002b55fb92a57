"""What a retraining can learn from: files of the repository, kept ones, the service's trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.research import uploads
from service.research.workspace import Workspace
from service.settings import ROOT
from service.store.database import Database, Unavailable
from service.store.tables import n_rows, outcomes
from service.store.trials import all_trials_csv

TRAINING_DATA = ROOT / "training_data"
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Source:
    """Something to learn from."""

    key: str
    name: str
    kind: str
    """``repository``, ``upload`` or ``service``."""
    trials: int | None
    simulated: bool
    path: Path | None


def sources(workspace: Workspace, database: Database) -> list[Source]:
    """Return all there is to learn from now."""
    kept = [
        Source(u.digest, u.name, "upload", u.trials, u.simulated, uploads.path_of(workspace, u))
        for u in uploads.uploads(workspace)
        if u.withdrawn_at is None
    ]
    files = [
        Source(f"repository-{path.name}", path.name, "repository", None, False, path)
        for path in sorted(TRAINING_DATA.iterdir())
        if path.suffix in uploads.SUFFIXES
    ]
    n_trials = _own_trials(database)
    own = [Source(SERVICE, "", "service", n_trials, False, None)] if n_trials else []
    return [*kept, *own, *files]


def _own_trials(database: Database) -> int:
    try:
        with database.reading() as connection:
            return n_rows(connection, outcomes)
    except Unavailable:
        return 0


def own_trials(database: Database, chosen: Sequence[Source]) -> dict[str, str]:
    """Return the service's own trials as a file, of all organisations, if they were chosen."""
    if not any(source.key == SERVICE for source in chosen):
        return {}
    with database.reading() as connection:
        return {"trials.csv": "".join(all_trials_csv(connection))}

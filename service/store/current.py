"""The database of the application at hand, and the settings that say where it is."""

from __future__ import annotations

from flask import Flask, Response

from service.metrics import current_metrics
from service.running import Carried
from service.settings import Settings
from service.store.condition import Condition
from service.store.database import Database, TooNew, Unavailable, sqlite_url
from service.web.logs import frames_of, log
from service.web.problems import problem

current_database: Carried[Database] = Carried("database")
current_condition: Carried[Condition] = Carried("database_condition")
"""What watches over that database."""
current_settings: Carried[Settings] = Carried("settings")


def init_app(app: Flask, settings: Settings) -> None:
    """Let the views keep things; a database that does not answer is a 503, and nothing else."""
    url = settings.database_url or sqlite_url(settings.instance)
    database = current_database.give(app, Database(url))
    current_condition.give(app, Condition(database))
    current_settings.give(app, settings)
    app.register_error_handler(Unavailable, _unavailable)


def _unavailable(error: Unavailable) -> Response:
    current_metrics().unavailable.inc()
    if isinstance(error, TooNew):
        log.error("database_newer", found=error.found, known=error.known)
    else:
        log.error("database_unavailable", **frames_of(error.__cause__ or error))
    return problem("unavailable")

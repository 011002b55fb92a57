"""The database of the application at hand."""

from __future__ import annotations

from flask import Flask, Response, current_app

from service.metrics import current_metrics
from service.problems import problem
from service.settings import Settings
from service.store.database import Database, Unavailable, sqlite_url

_EXTENSION = "leermatch.database"


def init_app(app: Flask, settings: Settings) -> None:
    """Let the views keep things; a database that does not answer is a 503, and nothing else."""
    url = settings.database_url or sqlite_url(settings.instance)
    app.extensions[_EXTENSION] = Database(url)
    app.register_error_handler(Unavailable, _unavailable)


def _unavailable(_error: Unavailable) -> Response:
    current_metrics().unavailable.inc()
    return problem("unavailable")


def current_database() -> Database:
    """Return the database of the application at hand."""
    database: Database = current_app.extensions[_EXTENSION]
    return database

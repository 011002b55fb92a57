"""The database of the application at hand."""

from __future__ import annotations

from flask import Flask, current_app

from service.problems import problem
from service.settings import Settings
from service.store.database import Database, Unavailable, sqlite_url

_EXTENSION = "leermatch.database"


def init_app(app: Flask, settings: Settings) -> None:
    """Let the views keep things; a database that does not answer is a 503, and nothing else."""
    url = settings.database_url or sqlite_url(settings.instance)
    app.extensions[_EXTENSION] = Database(url)
    app.register_error_handler(Unavailable, lambda _: problem("unavailable"))


def current_database() -> Database:
    """Return the database of the application at hand."""
    database: Database = current_app.extensions[_EXTENSION]
    return database

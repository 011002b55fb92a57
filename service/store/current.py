"""The database of the application at hand."""

from __future__ import annotations

from flask import Flask, Response, current_app

from service.metrics import current_metrics
from service.settings import Settings
from service.store.condition import Condition
from service.store.database import Database, TooNew, Unavailable, sqlite_url
from service.web.logs import frames_of, log
from service.web.problems import problem

_EXTENSION = "leermatch.database"
_CONDITION = "leermatch.database_condition"
_SETTINGS = "leermatch.settings"


def init_app(app: Flask, settings: Settings) -> None:
    """Let the views keep things; a database that does not answer is a 503, and nothing else."""
    url = settings.database_url or sqlite_url(settings.instance)
    database = app.extensions[_EXTENSION] = Database(url)
    app.extensions[_CONDITION] = Condition(database)
    app.extensions[_SETTINGS] = settings
    app.register_error_handler(Unavailable, _unavailable)


def _unavailable(error: Unavailable) -> Response:
    current_metrics().unavailable.inc()
    if isinstance(error, TooNew):
        log.error("database_newer", found=error.found, known=error.known)
    else:
        log.error("database_unavailable", **frames_of(error.__cause__ or error))
    return problem("unavailable")


def current_database() -> Database:
    """Return the database of the application at hand."""
    database: Database = current_app.extensions[_EXTENSION]
    return database


def current_condition() -> Condition:
    """Return what watches over that database."""
    condition: Condition = current_app.extensions[_CONDITION]
    return condition


def current_settings() -> Settings:
    """Return the settings of the application at hand."""
    settings: Settings = current_app.extensions[_SETTINGS]
    return settings

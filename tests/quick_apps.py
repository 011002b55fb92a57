"""What an application makes anew at every start and is the same every time, made once a process.

A service starts once; the tests start a thousand, each with a database and a folder of its own.
Nine tenths of a start and of the first page go into five things: the functions that werkzeug writes
and compiles for each address, the expert prior and versions as engines, the compiled templates, and
the migrations of an empty SQLite file. Here each is made as always the first time and then given
again. An application is still built by ``create_app``, whole and unshared.
"""

from contextlib import contextmanager

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import inspect
from werkzeug.routing import Rule

from matcher.model.registry import live
from matcher.ranking.loading import load_engine
from service.live import watch
from service.store import migrations

upgrade = migrations.upgrade
"""As it is without this module, for who tests the migrations themselves."""


@contextmanager
def quick_apps(templates):
    """Make them once, with the compiled templates in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", _builders())
        patch.setattr(watch, "load_engine", _engines())
        patch.setattr(migrations, "upgrade", _upgrades())
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": _Compiled(str(templates))})
        yield


class _Compiled(FileSystemBytecodeCache):
    """Templates that one process compiles for all, and reads once."""

    def __init__(self, folder):
        super().__init__(folder)
        self._read = {}

    def load_bytecode(self, bucket):
        key = bucket.key, bucket.checksum
        if key not in self._read:
            super().load_bytecode(bucket)
            if bucket.code is not None:
                self._read[key] = bucket.code
        bucket.code = self._read.get(key)


def _builders():
    made, compile_builder = {}, Rule._compile_builder

    def builder(rule, append_unknown=True):
        key = (rule.rule, str(rule.defaults), tuple(rule._trace), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    return builder


def _engines():
    """Return what loads the live version once, and a copy of it not at all while none changes.

    The name of a version holds the hash of its manifest, and copying keeps when a file was changed.
    """
    made = {}

    def load(models, menu, version=None):
        if version is not None:
            return load_engine(models, menu, version)
        chosen = live(models)
        key = (menu.source_text, chosen, _files(models / chosen) if chosen else ())
        if key not in made:
            made[key] = load_engine(models, menu)
        return made[key]

    return load


def _files(folder):
    stats = [(path.name, path.stat()) for path in sorted(folder.glob("*"))]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _upgrades():
    """Return what migrates an empty SQLite file by the statements that the migrations left."""
    made = []

    def quick(engine, revision="head"):
        bare = engine.dialect.name == "sqlite" and not inspect(engine).get_table_names()
        if not bare or revision != "head":
            return upgrade(engine, revision)
        if not made:
            upgrade(engine)
            with engine.connect() as connection:
                dump = connection.connection.driver_connection.iterdump()
                made.extend(line for line in dump if not line.startswith(("BEGIN", "COMMIT")))
            return None
        with engine.begin() as connection:
            # Another process may have come first.
            if not inspect(connection).get_table_names():
                for statement in made:
                    connection.exec_driver_sql(statement)

    return quick

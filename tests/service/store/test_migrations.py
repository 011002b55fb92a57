"""The migrations make the tables that the code speaks of, there and back."""

from dataclasses import replace

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from service.store import keys, migrations
from service.store.clock import now
from service.store.database import HEAD
from service.store.keys import Key
from service.store.tables import metadata


def test_migrated_tables_are_those_of_the_code(empty, database):
    database.prepare()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_go_back_and_forth(empty, database):
    database.prepare()
    migrations.downgrade(database.engine, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    migrations.upgrade(database.engine)
    assert set(metadata.tables) < set(inspect(database.engine).get_table_names())


def test_a_key_keeps_working_when_its_sites_come_and_go(database):
    database.prepare()
    key = Key("0" * 8, "d", "Ynbusiness", frozenset({"record"}), now(), origins=("https://a.nl",))
    with database.writing() as connection:
        keys.add(connection, key)
        assert keys.find(connection, key.prefix) == key
        assert keys.widget_origins(connection, keys.widget_id("Ynbusiness")) == ("https://a.nl",)
    migrations.downgrade(database.engine, "0003")
    migrations.upgrade(database.engine)
    with database.reading() as connection:
        assert keys.find(connection, key.prefix) == replace(key, origins=())


def test_the_newest_migration_is_the_one_the_code_waits_for():
    folder = ScriptDirectory(str(migrations.__path__[0]))
    assert folder.get_current_head() == HEAD

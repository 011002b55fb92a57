"""The migrations make the tables that the code speaks of, there and back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from service.store import migrations
from service.store.database import HEAD
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


def test_the_newest_migration_is_the_one_the_code_waits_for():
    folder = ScriptDirectory(str(migrations.__path__[0]))
    assert folder.get_current_head() == HEAD

"""How Alembic reaches the database: over the connection it is handed."""

from alembic import context

from service.store.tables import metadata

# On SQLite a column changes by way of a new table.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

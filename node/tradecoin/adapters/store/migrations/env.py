"""Run by Alembic: brings the connection that it was handed to the wanted revision, all in one transaction."""

from alembic import context

from tradecoin.adapters.store import system  # noqa: F401  declares the rest of the tables
from tradecoin.adapters.store.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

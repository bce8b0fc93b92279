"""Alembic's entry: runs the versions inside the transaction that `handrail.database` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()

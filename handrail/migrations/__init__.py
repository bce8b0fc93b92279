"""The schema of Handrail's own database, version by version (Alembic). Run by `handrail.database.migrate`."""

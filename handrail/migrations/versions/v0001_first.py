"""Evidence, limits and assurance."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A number that SQLite counts up by itself must be INTEGER there.
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("evidence_events", "evidence_checkpoints")


def upgrade() -> None:
    _events()
    _checkpoints()
    _personal()
    _limits()
    _assurance()
    for table in APPEND_ONLY:
        _forbid_changes(table)


def downgrade() -> None:
    raise NotImplementedError("Evidence is not taken down; restore a backup instead.")


def _events() -> None:
    op.create_table(
        "evidence_events",
        sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("evidence_events_seq", "evidence_events", ["chain", "seq"], unique=True)
    op.create_index("evidence_events_key", "evidence_events", ["chain", "key"], unique=True)
    for column in ("subject", "call_id"):
        given = sa.text(f"{column} <> ''")
        op.create_index(
            f"evidence_events_{column}",
            "evidence_events",
            ["tenant", column],
            sqlite_where=given,
            postgresql_where=given,
        )
    op.create_table(
        "evidence_heads",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("bucket", sa.Integer, nullable=False, index=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("checked_seq", sa.Integer, nullable=False),
    )
    changed = sa.text("seq <> checked_seq")
    op.create_index(
        "evidence_heads_changed", "evidence_heads", ["bucket"], sqlite_where=changed, postgresql_where=changed
    )


def _checkpoints() -> None:
    op.create_table(
        "evidence_tree",
        sa.Column("node", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "evidence_checkpoints",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
    )


def _personal() -> None:
    op.create_table(
        "evidence_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=True),
    )
    alive = sa.text("wrapped IS NOT NULL")
    op.create_index(
        "evidence_keys_alive",
        "evidence_keys",
        ["tenant", "subject"],
        unique=True,
        sqlite_where=alive,
        postgresql_where=alive,
    )
    op.create_table(
        "evidence_personal",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def _limits() -> None:
    op.create_table(
        "limit_holders",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, primary_key=True),
        sa.Column("entries", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "limit_uses",
        sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=True),
    )
    op.create_index("limit_uses_bucket", "limit_uses", ["tenant", "bucket", "state", "at"])
    op.create_index("limit_uses_holder", "limit_uses", ["tenant", "holder"])


def _assurance() -> None:
    op.create_table(
        "assurances",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("verified_at", sa.BigInteger, nullable=True),
        sa.Column("expires_at", sa.BigInteger, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_attempt", sa.Text, nullable=False),
        sa.Column("locked_until", sa.BigInteger, nullable=True),
    )


def _forbid_changes(table: str) -> None:
    message = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )

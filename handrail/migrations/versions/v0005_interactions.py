"""Interactions: since when, who has them, and what was said how often."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interactions",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("handed_off", sa.Text, nullable=False, server_default=""),
        sa.Column("handoffs", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "sayings",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("message", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("sayings_by_reference", "sayings", ["tenant", "reference"])


def downgrade() -> None:
    op.drop_table("sayings")
    op.drop_table("interactions")

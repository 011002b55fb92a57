"""Conversations, outcomes, answered requests and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# A migration stands by itself: it must mean the same when the tables have long changed.
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_a_conversation(table: str) -> sa.ForeignKeyConstraint:
    """Return what lets the rows of a table go with their conversation."""
    name = f"fk_{table}_conversation"
    return sa.ForeignKeyConstraint(
        ["conversation"], ["conversations.id"], name=name, ondelete="CASCADE"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit",
        sa.Column("sequence", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("organisation", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
    )
    op.create_table(
        "conversations",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("learning_table", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("constraints", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("own_pick", sa.String(length=40), nullable=True),
        sa.Column("choice_kind", sa.String(length=20), nullable=True),
        sa.Column("choice_intervention", sa.String(length=40), nullable=True),
        sa.Column("choice_reason", sa.String(length=20), nullable=True),
        sa.Column("chosen_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_conversations"),
        sa.UniqueConstraint("id", name="uq_conversations_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_conversations_organisation_sequence", "conversations", ["organisation", "sequence"]
    )
    op.create_table(
        "outcome_history",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("intervention", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("told_at", sa.String(length=27), nullable=False),
        sa.Column("replaced_at", sa.String(length=27), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        _of_a_conversation("outcome_history"),
        sa.PrimaryKeyConstraint("sequence", name="pk_outcome_history"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outcome_history_conversation_intervention",
        "outcome_history",
        ["conversation", "intervention"],
    )
    op.create_table(
        "outcomes",
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("intervention", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        _of_a_conversation("outcomes"),
        sa.PrimaryKeyConstraint("conversation", "intervention", name="pk_outcomes"),
    )
    op.create_table(
        "requests",
        sa.Column("organisation", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=False),
        _of_a_conversation("requests"),
        sa.PrimaryKeyConstraint("organisation", "key", name="pk_requests"),
    )
    op.create_index("ix_requests_conversation", "requests", ["conversation"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_requests_conversation", table_name="requests")
    op.drop_table("requests")
    op.drop_table("outcomes")
    op.drop_index("ix_outcome_history_conversation_intervention", table_name="outcome_history")
    op.drop_table("outcome_history")
    op.drop_index("ix_conversations_organisation_sequence", table_name="conversations")
    op.drop_table("conversations")
    op.drop_table("audit")

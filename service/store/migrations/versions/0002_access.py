"""Keys, people, who is signed in, and passwords tried."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "keys",
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=True),
        sa.Column("revoked_at", sa.String(length=27), nullable=True),
        sa.Column("used_on", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("prefix", name="pk_keys"),
    )
    op.create_index("ix_keys_organisation", "keys", ["organisation"], unique=False)
    op.create_table(
        "users",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_name", "sessions", ["name"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_subject_at", "attempts", ["subject", "at"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_attempts_subject_at", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index("ix_sessions_name", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("users")
    op.drop_index("ix_keys_organisation", table_name="keys")
    op.drop_table("keys")

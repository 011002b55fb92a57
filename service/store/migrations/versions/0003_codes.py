"""A short code for every conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Column by column, not by way of a new table: on SQLite dropping the old one would take the
# outcomes along.


def upgrade() -> None:
    """Add the column; conversations from before have no code."""
    op.add_column("conversations", sa.Column("code", sa.String(length=8), nullable=True))
    op.create_index("ix_conversations_code", "conversations", ["code"], unique=True)


def downgrade() -> None:
    """Take the column away."""
    op.drop_index("ix_conversations_code", table_name="conversations")
    op.drop_column("conversations", "code")

"""The sites of an organisation that may show the widget."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; keys from before name no site."""
    op.add_column("keys", sa.Column("origins", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("keys", "origins")

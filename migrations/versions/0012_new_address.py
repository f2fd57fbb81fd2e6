"""The new address that a ticket confirms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("email", sa.String(length=254), nullable=True))


def downgrade() -> None:
    # Not in a batch: making the table anew would take along what hangs on it.
    op.drop_column("ticket", "email")

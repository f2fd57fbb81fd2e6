"""Who was sent away and as what; which card has ended other logins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("ended_role", sa.String(length=20), nullable=True))
    op.add_column(
        "ticket", sa.Column("ended_logins", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # Nobody knows any more who ended a place; so moderation looks at those who come again.
    op.execute("UPDATE membership SET ended_at = CURRENT_TIMESTAMP, ended_role = role WHERE state = 'ended'")


def downgrade() -> None:
    # Not in a batch: making the table anew would take along what hangs on it.
    op.drop_column("ticket", "ended_logins")
    op.drop_column("membership", "ended_role")
    op.drop_column("membership", "ended_at")

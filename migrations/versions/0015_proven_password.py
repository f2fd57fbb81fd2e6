"""Whether a password was chosen behind a link that was mailed to its account's address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    proven = sa.Column("password_proven", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("account", proven)


def downgrade() -> None:
    # Not in a batch: making the table anew would take along what hangs on it.
    op.drop_column("account", "password_proven")

"""The desk: codes that end, addresses said at the door, confirmed logins, joined accounts.

Columns are added and dropped one by one, never by copying a table: dropping the copied one would take
along what hangs on it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workshop", sa.Column("join_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("login", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("typed_email", sa.String(length=254), nullable=True))
    op.execute(
        "ALTER TABLE account ADD COLUMN joined_into_id INTEGER"
        " CONSTRAINT fk_account_joined_into_id REFERENCES account (id)"
    )


def downgrade() -> None:
    op.drop_column("account", "joined_into_id")
    op.drop_column("membership", "typed_email")
    op.drop_column("login", "confirmed_at")
    op.drop_column("workshop", "join_until")

"""Places that were given by address wait for whoever reads it; logins remember whether they came that way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = {"server_default": sa.false(), "nullable": False}
    op.add_column("membership", sa.Column("reserved", sa.Boolean(), **no))
    op.add_column("login", sa.Column("proven", sa.Boolean(), **no))


def downgrade() -> None:
    # Not in a batch: making the table anew would take along what hangs on it.
    op.drop_column("login", "proven")
    op.drop_column("membership", "reserved")

"""What an office typed for a place whose account belongs to others: shown here until its person comes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("typed_name", sa.String(length=120), nullable=True))
    op.add_column("membership", sa.Column("typed_organisation", sa.String(length=200), nullable=True))


def downgrade() -> None:
    # Not in a batch: making the table anew would take along what hangs on it.
    op.drop_column("membership", "typed_organisation")
    op.drop_column("membership", "typed_name")

"""Whose place on the register somebody has taken who came in by the room's code.

The column is added and dropped by itself, never by copying the table: dropping the copied one would take along
what hangs on it.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE membership ADD COLUMN taken_by_id INTEGER"
        " CONSTRAINT fk_membership_taken_by_id REFERENCES membership (id) ON DELETE SET NULL"
    )


def downgrade() -> None:
    op.drop_column("membership", "taken_by_id")

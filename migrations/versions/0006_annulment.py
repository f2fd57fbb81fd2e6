"""A round is annulled by two: the request, who made it, and its reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annulment",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_annulment_by_two")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["account.id"], name=op.f("fk_annulment_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["account.id"], name=op.f("fk_annulment_proposed_by_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_annulment_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_annulment")),
    )


def downgrade() -> None:
    op.drop_table("annulment")

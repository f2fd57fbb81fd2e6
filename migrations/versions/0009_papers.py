"""Paper ballots: who votes on paper, and the sealed batches of the two who enter the sheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("membership", "roll_entry"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("on_paper", sa.Boolean(), nullable=False, server_default=sa.false())
            )
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("on_paper", existing_type=sa.Boolean(), server_default=None)
    op.create_table(
        "paper_batch",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_paper_batch_account_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_paper_batch_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "account_id", name=op.f("pk_paper_batch")),
    )


def downgrade() -> None:
    op.drop_table("paper_batch")
    for table in ("roll_entry", "membership"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("on_paper")

"""Rounds: frozen list, roll, sealed ballots, urn, codes, result."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("list_hash", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_round_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_round_session_id_number")),
    )
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_index(
            "ix_round_unfinished",
            ["session_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'open', 'closing', 'counted', 'closed', 'cancelling')"),
            postgresql_where=sa.text(
                "state IN ('draft', 'open', 'closing', 'counted', 'closed', 'cancelling')"
            ),
        )
    op.create_table(
        "ballot",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.LargeBinary(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.CheckConstraint("rev >= 1", name=op.f("ck_ballot_rev")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_ballot_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "handle", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "check_code",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_check_code_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "code", name=op.f("pk_check_code")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "result",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_result_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_result")),
    )
    op.create_table(
        "roll_entry",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_roll_entry_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_roll_entry_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "membership_id", name=op.f("pk_roll_entry")),
    )
    with op.batch_alter_table("roll_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roll_entry_membership_id"), ["membership_id"], unique=False)
    op.create_table(
        "round_item",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(length=3), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("theme", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_round_item_recommendation_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_round_item_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "position", name=op.f("pk_round_item")),
    )
    with op.batch_alter_table("round_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_round_item_recommendation_id"), ["recommendation_id"], unique=False
        )
    op.create_table(
        "urn_ballot",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("ranking", sa.LargeBinary(), nullable=False),
        sa.Column("group", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_urn_ballot_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "pos", name=op.f("pk_urn_ballot")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("urn_ballot")
    with op.batch_alter_table("round_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_item_recommendation_id"))
    op.drop_table("round_item")
    with op.batch_alter_table("roll_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roll_entry_membership_id"))
    op.drop_table("roll_entry")
    op.drop_table("result")
    op.drop_table("check_code")
    op.drop_table("ballot")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_round_unfinished",
            sqlite_where=sa.text("state IN ('draft', 'open', 'closing', 'counted', 'closed', 'cancelling')"),
            postgresql_where=sa.text(
                "state IN ('draft', 'open', 'closing', 'counted', 'closed', 'cancelling')"
            ),
        )
    op.drop_table("round")

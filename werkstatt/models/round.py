"""A round: its frozen list, roll, sealed ballots while open, urn and result after the close.

The pair (person, ballot) is never written. ``ballot`` holds a handle that only the round's key
can make, and a box that only the round's key can open; the key lives outside the database.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Term, UtcDateTime, utcnow
from ..terms import UNFINISHED, RoundState


class Round(Base):
    """One vote over a frozen list. ``options`` is fixed at the opening and hashed with the list."""

    __tablename__ = "round"
    __table_args__ = (UniqueConstraint("session_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[RoundState] = mapped_column(Term(RoundState), default=RoundState.DRAFT)
    kind: Mapped[str] = mapped_column(String(20), default="ranking")
    options: Mapped[dict] = mapped_column(JSON, default=dict)
    key_id: Mapped[str | None] = mapped_column(String(32))
    list_hash: Mapped[str] = mapped_column(
        String(64), default=""
    )  # salted SHA-256 over list, roll and options
    salt: Mapped[str] = mapped_column(String(64), default="")
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_simulated: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(Text, default="")  # why the close waits for a decision
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


_unfinished = Round.__table__.c.state.in_([state.value for state in UNFINISHED])
# One unfinished round a session, promised by the database itself.
Index(
    "ix_round_unfinished",
    Round.__table__.c.session_id,
    unique=True,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)


class RoundItem(Base):
    """A frozen item: letter, and the wording that is voted on."""

    __tablename__ = "round_item"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # 0-based; the index in every ballot
    letter: Mapped[str] = mapped_column(String(3))
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"), index=True)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    problem: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text, default="")
    theme: Mapped[str] = mapped_column(String(200), default="")


class RollEntry(Base):
    """Who may vote in a round. Entries are added with a reason, never taken off."""

    __tablename__ = "roll_entry"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), primary_key=True, index=True)
    late_reason: Mapped[str] = mapped_column(Text, default="")  # empty: on the roll since the opening
    on_paper: Mapped[bool] = mapped_column(default=False)  # then there is no electronic ballot


class Ballot(Base):
    """A sealed ballot: no person, no time, no address, no serial number."""

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint("rev >= 1", name="rev"),
        {"sqlite_with_rowid": False},
    )
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    rev: Mapped[int]


class UrnBallot(Base):
    """A counted ballot in a random place, with the group it may be reported under."""

    __tablename__ = "urn_ballot"
    __table_args__ = ({"sqlite_with_rowid": False},)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    pos: Mapped[int] = mapped_column(primary_key=True)
    ranking: Mapped[bytes] = mapped_column(LargeBinary)
    group: Mapped[str | None] = mapped_column(String(200))


class PaperBatch(Base):
    """All paper ballots of a round as one person has entered them, sealed until the count, then deleted.

    A sheet bears no person; ``account_id`` is who typed the batch, so that two different people do.
    """

    __tablename__ = "paper_batch"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sheets: Mapped[int]
    box: Mapped[bytes] = mapped_column(LargeBinary)


class CheckCode(Base):
    """The check codes of all counted ballots of a round, apart from the ballots."""

    __tablename__ = "check_code"
    __table_args__ = ({"sqlite_with_rowid": False},)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    times: Mapped[int] = mapped_column(default=1)


class Result(Base):
    """The frozen outcome of a round: figures only, no sentences."""

    __tablename__ = "result"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    figures: Mapped[dict] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Annulment(Base):
    """That a counted round shall not count: one person proposes it, another one confirms. Both are needed."""

    __tablename__ = "annulment"
    __table_args__ = (CheckConstraint("confirmed_by_id <> proposed_by_id", name="by_two"),)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

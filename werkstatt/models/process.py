"""A strategy process and what it is made of: themes, sectors, workshops, tables, sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Term, UtcDateTime, utcnow
from ..terms import Phase, Rollup, Visibility


class Process(Base):
    """A question, its themes, sectors and workshops, and one pool of recommendations."""

    __tablename__ = "process"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    question: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")  # where the content comes from, shown as it is
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Organiser(Base):
    """Who organises a process, and so acts as moderator in all its workshops."""

    __tablename__ = "organiser"
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)


class Theme(Base):
    """A field of action that a recommendation belongs to."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("process_id", "title"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))


class Sector(Base):
    """A group that people speak for; counting uses its roll-up."""

    __tablename__ = "sector"
    __table_args__ = (UniqueConstraint("process_id", "title"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(100))
    examples: Mapped[str] = mapped_column(String(300), default="")
    rollup: Mapped[Rollup] = mapped_column(Term(Rollup))


class Workshop(Base):
    """One event: kind, place, dates, join code, register."""

    __tablename__ = "workshop"
    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(100), default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    join_code: Mapped[str] = mapped_column(String(6), unique=True)  # stored without its hyphen
    join_open: Mapped[bool] = mapped_column(default=True)
    join_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the join code's end; none: no end
    epoch: Mapped[int] = mapped_column(default=1)  # rises when a membership ends: old pulses go dark


class Table(Base):
    """A table in the room, with its number and theme."""

    __tablename__ = "table"
    __table_args__ = (UniqueConstraint("workshop_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"))
    number: Mapped[int]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))


class Session(Base):
    """One guiding question, worked through the phases; its settings and its two versions.

    ``step`` rises with every change of phase, round or clock, ``news`` with every proposal and
    comment: the pulse tells pages what to fetch again.
    """

    __tablename__ = "session"
    __table_args__ = (
        CheckConstraint("proposals_each BETWEEN 1 AND 50", name="proposals_each"),
        Index("ix_session_workshop_id", "workshop_id", "position"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    question: Mapped[str] = mapped_column(Text)
    phase: Mapped[Phase] = mapped_column(Term(Phase), default=Phase.PREPARE)
    phase_since: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    clock_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposals_each: Mapped[int] = mapped_column(default=3)
    visibility: Mapped[Visibility] = mapped_column(Term(Visibility), default=Visibility.AT_ONCE)
    names_visible: Mapped[bool] = mapped_column(default=False)
    late_proposals: Mapped[bool] = mapped_column(default=True)
    staff_votes: Mapped[bool] = mapped_column(default=False)  # moderators, helpers, observers on the roll
    step: Mapped[int] = mapped_column(default=1)
    news: Mapped[int] = mapped_column(default=0)

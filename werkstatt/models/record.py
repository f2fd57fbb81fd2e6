"""What the installation keeps about itself: audit chain, mail, erasures, periods, pages, the clerk's lease."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Term, UtcDateTime, utcnow
from ..terms import MailState, RedactionReason


class AuditEntry(Base):
    """One link of the audit chain: ``hash`` = SHA-256 over the entry and the hash before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_session_id", "session_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id"))
    deed: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict] = mapped_column(JSON, default=dict)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class Mail(Base):
    """One mail on its way. ``text`` and ``html`` may hold a link; they are emptied once it is sent or given up."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_state_due_at", "state", "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    to: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"), index=True)
    state: Mapped[MailState] = mapped_column(Term(MailState), default=MailState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)  # after this it would be of no use
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(200), default="")  # of the last try, short


class Deletion(Base):
    """That an account was deleted, by its opaque mark: what the journal of erasures repeats after a restore."""

    __tablename__ = "deletion"
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Redaction(Base):
    """A passage that a moderator blacked out for good; where it stood, never what it said.

    ``places``: [table, row, column, start, length, moment of the last edit or null] of each passage.
    """

    __tablename__ = "redaction"
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(32), unique=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[RedactionReason] = mapped_column(Term(RedactionReason))
    signs: Mapped[int]
    places: Mapped[list] = mapped_column(JSON, default=list)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Period(Base):
    """How many days something is kept, where the admin decided other than the default."""

    __tablename__ = "period"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    days: Mapped[int]


class Page(Base):
    """An editable page (Impressum, Datenschutz, Barrierefreiheit) in one language."""

    __tablename__ = "page"
    slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ClerkLease(Base):
    """Who is the clerk now (one row), and until when."""

    __tablename__ = "clerk_lease"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Installation(Base):
    """Which installation this database is (one row), and how new it is: see ``acts/copies.py``."""

    __tablename__ = "installation"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    mark: Mapped[str] = mapped_column(String(8))  # hexadecimal; every key's id begins with it
    generation: Mapped[str] = mapped_column(String(32), default="")  # random, changes while rounds are open

"""People: accounts, logins, memberships, tickets."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Term, UtcDateTime, utcnow
from ..terms import MemberState, Role, TicketKind


class Account(Base):
    """A person who can log in. ``email`` is lower case; walk-ins may have none."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    opaque: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: secrets.token_hex(12))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    password: Mapped[str | None] = mapped_column(String(200))  # an Argon2id hash
    password_proven: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # chosen behind a link that was mailed to the address
    language: Mapped[str] = mapped_column(String(2), default="de")
    is_admin: Mapped[bool] = mapped_column(default=False)
    may_found: Mapped[bool] = mapped_column(default=False)  # may create processes
    is_demo: Mapped[bool] = mapped_column(default=False)
    joined_into_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # retired: the same person
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # only the number is left, see acts/privacy
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Login(Base):
    """One login on one device, with a fixed life; the token itself is never stored."""

    __tablename__ = "login"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hexadecimal
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    tag: Mapped[str] = mapped_column(
        String(32), default=lambda: secrets.token_hex(16)
    )  # named in ballots' boxes
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proven: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # by what only the address gets
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the password was given once more


class Membership(Base):
    """A person in one workshop: one role, one sector, one state."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("workshop_id", "account_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role] = mapped_column(Term(Role), default=Role.PARTICIPANT)
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sector.id"))
    table_id: Mapped[int | None] = mapped_column(ForeignKey("table.id"))
    state: Mapped[MemberState] = mapped_column(Term(MemberState), default=MemberState.PENDING)
    typed_email: Mapped[str | None] = mapped_column(String(254))  # said at the door, never verified
    typed_name: Mapped[str | None] = mapped_column(String(120))  # by the office, for an account of others:
    typed_organisation: Mapped[str | None] = mapped_column(String(200))  # shown until its person comes
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # by moderation; and in which role
    ended_role: Mapped[Role | None] = mapped_column(Term(Role))
    taken_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("membership.id", name="fk_membership_taken_by_id", ondelete="SET NULL")
    )  # who was let in as this person of the register, see acts/join/single
    reserved: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # given by address, and waits for who reads it: see acts/join/proof
    on_paper: Mapped[bool] = mapped_column(default=False)  # gets paper instead of an electronic ballot
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Ticket(Base):
    """A single-use way in ("Zugang"): a mailed link, a printed card, a code said aloud.

    ``number`` is a card's, running in its workshop and spoken K-017; a blank card has no account yet.
    """

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("workshop_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TicketKind] = mapped_column(Term(TicketKind))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # SHA-256, hexadecimal
    code_mac: Mapped[str | None] = mapped_column(
        String(64), index=True
    )  # HMAC-SHA-256 under the app's secret
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    workshop_id: Mapped[int | None] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"))
    number: Mapped[int | None]
    email: Mapped[str | None] = mapped_column(String(254))  # the new address that it confirms
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_logins: Mapped[bool] = mapped_column(default=False)  # its use has ended other logins of the person
    issued_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True
    )


class Upload(Base):
    """A list of people between its upload and its confirmation; a day later it is gone.

    Its id is random, so that a page left open never confirms a later list that was given the same number.
    """

    __tablename__ = "upload"
    id: Mapped[int] = mapped_column(primary_key=True, default=lambda: secrets.randbelow(2**31 - 1) + 1)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    entries: Mapped[list] = mapped_column(JSON)  # [line, name, email, organisation, sector], ...
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FailureCounter(Base):
    """Failed attempts against one account or login (never an address), since the window began."""

    __tablename__ = "failure_counter"
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

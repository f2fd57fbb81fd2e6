"""Tickets ("Zugänge"): single-use ways in, as a link, a printed card or a code said aloud.

A link carries a token of 192 random bits, of which the database keeps SHA-256. A code is short, so that a
person can type it; it is kept as HMAC under the application's secret, which is not in the database: whoever
steals the database cannot try all codes against it. Looking at a ticket consumes nothing; using it does, once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from ...db import begin_write, db, utcnow
from ...models import Account, Login, Mail, Membership, Ticket, Workshop
from ...terms import N_, MemberState, TicketKind
from .. import Gone
from .arrival import CODE_SIGNS
from .login import hash_of
from .reach import still_fits

TOKEN_BYTES = 24
LIVES = {
    TicketKind.INVITATION: timedelta(days=60),
    TicketKind.LOGIN: timedelta(hours=1),
    TicketKind.CARD: timedelta(days=60),
    TicketKind.RETURN_CODE: timedelta(minutes=10),
    TicketKind.ADDRESS: timedelta(days=2),
    TicketKind.JOINED: timedelta(days=1),
}
DIGITS, SIGNS = "0123456789", CODE_SIGNS
# What a code consists of. Those that are typed beside an address, or by whoever is logged in, are short.
CODES = {
    TicketKind.INVITATION: (DIGITS, 6),
    TicketKind.LOGIN: (SIGNS, 8),
    TicketKind.CARD: (SIGNS, 10),
    TicketKind.RETURN_CODE: (SIGNS, 8),
    TicketKind.ADDRESS: (DIGITS, 6),
}
BESIDE_AN_ADDRESS = (TicketKind.INVITATION, TicketKind.LOGIN, TicketKind.ADDRESS)
# What somebody reads who comes too late with what was given to them at the desk.
SPENT = {
    TicketKind.CARD: N_(
        "Mit dieser Karte kommt man nicht mehr herein: Sie wurde schon benutzt, ersetzt oder ist abgelaufen."
        " Am Einlass bekommen Sie sofort eine neue."
    ),
    TicketKind.RETURN_CODE: N_(
        "Dieser Rückkehrcode wurde schon benutzt, ersetzt oder ist abgelaufen: Er gilt einmal und zehn Minuten."
        " Am Einlass bekommen Sie sofort einen neuen."
    ),
}
GONE = N_(
    "Dieser Link wurde schon benutzt oder ist abgelaufen. Einen neuen bekommen Sie auf der Anmeldeseite,"
    " von der Geschäftsstelle oder am Einlass."
)

OUTGROWN = N_(
    "Dieser Zugang gilt für Sie nicht mehr: Seit er ausgestellt wurde, haben Sie ein weiteres Recht oder einen Platz"
    " anderswo bekommen. Melden Sie sich mit Ihrem Passwort oder dem Link per E-Mail an, oder fragen Sie die Geschäftsstelle."
)
SENT_AWAY = N_(
    "Ihre Teilnahme an diesem Workshop wurde beendet; damit kommen Sie hier nicht mehr herein. War das ein Irrtum, sagen"
    " Sie es am Einlass: Wieder hereinlassen kann Sie die Moderation."
)
BLOCKED = N_(
    "Das Konto zu diesem Zugang ist gesperrt; damit kommt zurzeit niemand herein. Aufheben kann das die Verwaltung dieser"
    " Installation. Bitte sprechen Sie den Einlass oder die Geschäftsstelle darauf an."
)


class Issued(NamedTuple):
    """A new ticket with what only its holder may know: shown or mailed once, never stored."""

    ticket: Ticket
    token: str
    code: str | None


class Way(NamedTuple):
    """A ticket that can be used now, whose it is (a blank card: nobody's), and where it leads."""

    ticket: Ticket
    account: Account | None
    workshop: Workshop | None


def issue(
    kind: TicketKind,
    *,
    account_id: int | None = None,
    workshop_id: int | None = None,
    number: int | None = None,
    issued_by_id: int | None = None,
    lives: timedelta | None = None,
    secret: str | None = None,
) -> Issued:
    """A fresh ticket. It voids nothing; see :func:`void`.

    :param number: of a card, running in its workshop.
    :param secret: the application's secret; with it the ticket gets a code beside the link.
    """
    begin_write()
    made = draft(
        kind,
        account_id=account_id,
        workshop_id=workshop_id,
        number=number,
        issued_by_id=issued_by_id,
        lives=lives,
        secret=secret,
    )
    db.session.add(made.ticket)
    db.session.flush()
    return made


def draft(
    kind: TicketKind,
    *,
    account_id: int | None = None,
    workshop_id: int | None = None,
    number: int | None = None,
    issued_by_id: int | None = None,
    lives: timedelta | None = None,
    secret: str | None = None,
) -> Issued:
    """The same, not yet stored: for whoever writes many letters before the transaction begins."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ticket = Ticket(
        kind=kind,
        token_hash=hash_of(token),
        account_id=account_id,
        workshop_id=workshop_id,
        number=number,
        issued_by_id=issued_by_id,
        expires_at=utcnow() + (lives or LIVES[kind]),
    )
    code = None
    if secret is not None:
        code = new_code_of(kind)
        ticket.code_mac = mac_of(secret, kind, code, account_id)
    return Issued(ticket, token, code)


def new_code_of(kind: TicketKind) -> str:
    """A fresh code as this kind of ticket has it."""
    signs, many = CODES[kind]
    return "".join(secrets.choice(signs) for _ in range(many))


def mac_of(secret: str, kind: TicketKind, code: str, account_id: int | None = None) -> str:
    """The form in which a code is kept (64 hexadecimal digits); it may be typed in any case, with spaces."""
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    whose = account_id if kind in BESIDE_AN_ADDRESS else ""
    return hmac.new(
        secret.encode(), f"ticket|{kind.value}|{whose}|{plain}".encode(), hashlib.sha256
    ).hexdigest()


def look(token: str, *kinds: TicketKind) -> Way | None:
    """What this token opens now; looking consumes nothing. ``None``: used, voided, expired, unknown."""
    return _find(kinds, Ticket.token_hash == hash_of(token))


def look_by_code(code: str, kind: TicketKind, *, secret: str, account_id: int | None = None) -> Way | None:
    """The same by a code. The caller counts failures: a code is short."""
    return _find((kind,), Ticket.code_mac == mac_of(secret, kind, code, account_id))


def look_at(ticket_id: int | None, *kinds: TicketKind) -> Way | None:
    """The same by the number that a signed cookie keeps, once its code was typed in that browser."""
    return _find(kinds, Ticket.id == ticket_id)


def was_code(code: str, kind: TicketKind, *, secret: str) -> str | None:
    """Why the code of such a ticket opens nothing any more; ``None``: there never was one like this."""
    mac = Ticket.code_mac == mac_of(secret, kind, code)
    known = select(Ticket.id).where(Ticket.kind == kind, mac)
    return _why((Ticket.kind == kind) & mac, SPENT[kind]) if db.session.scalar(known.limit(1)) else None


def why_not(token: str, otherwise: str) -> str:
    """Why this link or card opens nothing: what has become of its person, or ``otherwise``."""
    return _why(Ticket.token_hash == hash_of(token), otherwise)


def why_not_at(ticket_id: int | None) -> str:
    """The same for the number that a signed cookie keeps."""
    return _why(Ticket.id == ticket_id, SPENT.get(kind_of(ticket_id), SPENT[TicketKind.CARD]))


def _why(which, otherwise: str) -> str:
    """Of a ticket that is neither used nor over: its person is blocked, was sent away, or outgrew it."""
    query = (
        select(Ticket, Account.blocked_at, Workshop, Membership)
        .join(Account, Account.id == Ticket.account_id)
        .outerjoin(Workshop, Workshop.id == Ticket.workshop_id)
        .outerjoin(
            Membership,
            (Membership.account_id == Account.id) & (Membership.workshop_id == Ticket.workshop_id),
        )
        .where(which, *_usable(utcnow()))
        .order_by(Ticket.id.desc())
    )
    row = db.session.execute(query.limit(1)).first()
    if row is None:
        return otherwise
    if row.blocked_at:
        return BLOCKED
    if row.Membership is not None and sent_away(row.Membership):
        return SENT_AWAY
    return otherwise if still_fits(row.Ticket, row.Workshop) else OUTGROWN


def sent_away(member: Membership | None) -> bool:
    """Whether moderation alone lets this person in again; somebody else who has their place is another matter."""
    ended = member is None or (member.state is MemberState.ENDED and member.taken_by_id is None)
    return ended or (member.ended_at is not None and member.state in (MemberState.PENDING, MemberState.ENDED))


def came_with(token: str, account_id: int) -> bool:
    """Whether this is a ticket with which this person came in before."""
    used = (Ticket.token_hash == hash_of(token)) & Ticket.used_at.is_not(None)
    return db.session.scalar(select(Ticket.id).where(used, Ticket.account_id == account_id)) is not None


def kind_of(ticket_id: int | None) -> TicketKind | None:
    """What kind of ticket has this number, used or not."""
    return db.session.scalar(select(Ticket.kind).where(Ticket.id == ticket_id))


def _find(kinds: tuple[TicketKind, ...], condition) -> Way | None:
    query = (
        select(Ticket, Account, Workshop)
        .outerjoin(Account, Account.id == Ticket.account_id)
        .outerjoin(Workshop, Workshop.id == Ticket.workshop_id)
        .where(condition, *_usable(utcnow()), Account.blocked_at.is_(None))
        .order_by(Ticket.id.desc())
    )
    if kinds:
        query = query.where(Ticket.kind.in_(kinds))
    row = db.session.execute(query.limit(1)).first()
    if row is None or not still_fits(row.Ticket, row.Workshop):
        return None
    return Way(*row)


def _usable(now: datetime):
    return Ticket.used_at.is_(None), Ticket.voided_at.is_(None), Ticket.expires_at > now


def use(ticket: Ticket) -> Ticket:
    """Use a ticket up. Of two at the same moment one succeeds.

    :raises Gone: used, voided or expired meanwhile.
    """
    begin_write()
    now = utcnow()
    done = db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, *_usable(now))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise Gone(GONE)
    db.session.refresh(ticket)
    return ticket


def void(*conditions) -> int:
    """Void the unused tickets that fit; how many there were."""
    begin_write()
    return db.session.execute(
        update(Ticket)
        .where(*conditions, Ticket.used_at.is_(None), Ticket.voided_at.is_(None))
        .values(voided_at=utcnow())
        .execution_options(synchronize_session="fetch")
    ).rowcount


def void_for_rights(account_id: int) -> int:
    """An account is about to get a right: whatever others have seen of its ways in opens nothing any more.

    What was mailed to its own address goes on. A new address asked for before is asked for anew.
    """
    mailed = select(Mail.ticket_id).where(Mail.ticket_id.is_not(None), Mail.kind != "address")
    mine = Ticket.account_id == account_id
    return void(mine, Ticket.kind != TicketKind.LOGIN, Ticket.id.not_in(mailed))


def invite(account_id: int, workshop_id: int | None = None, *, issued_by_id: int | None = None) -> str:
    """A fresh link's token; earlier unused ones of this person for the same place stop working."""
    whose = [Ticket.kind == TicketKind.INVITATION, Ticket.account_id == account_id]
    if workshop_id is not None:
        whose.append(Ticket.workshop_id == workshop_id)
    void(*whose)
    return issue(
        TicketKind.INVITATION, account_id=account_id, workshop_id=workshop_id, issued_by_id=issued_by_id
    ).token


def invitation(token: str) -> Way | None:
    """Who is invited where by this token; looking consumes nothing. ``None``: used, expired, unknown."""
    return look(token, TicketKind.INVITATION)


def way_of_late(token: str):
    """When and by whom the person of this fresh login was given what ended their other logins in the last day.

    :returns: (moment, name of who gave it, return code, card, link or joined account), or ``None``.
    """
    return_code = (Ticket.kind == TicketKind.RETURN_CODE) & (Ticket.created_at > utcnow() - timedelta(days=1))
    card = Ticket.kind.in_([TicketKind.CARD, TicketKind.JOINED, TicketKind.INVITATION]) & (
        Ticket.used_at > utcnow() - timedelta(days=1)
    )
    giver = aliased(Account)
    return db.session.execute(
        select(Ticket.created_at, giver.name, Ticket.kind)
        .join(Login, Login.account_id == Ticket.account_id)
        .outerjoin(giver, giver.id == Ticket.issued_by_id)
        .where(
            Login.token_hash == hash_of(token),
            return_code | (card & Ticket.ended_logins),
        )
        .order_by(Ticket.id.desc())
        .limit(1)
    ).first()

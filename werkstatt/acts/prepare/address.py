"""Correct the address of somebody on the register, as long as nobody has shown that it is theirs.

Once its reader has come in by it, the address is theirs alone to change ("Meine Daten"); and an account that
others know, or that has other rights, is changed by nobody here.
"""

from __future__ import annotations

from sqlalchemy import or_, select

from ...db import db
from ...models import Account, Mail, Membership, Ticket
from ...terms import N_, MemberState, Role, TicketKind
from .. import NotNow, Refused, audit, join
from ..office.people import may_link

NOT_OURS = N_(
    "Diese Adresse ändert nur die Person selbst, unter „Meine Daten“: Sie ist schon einmal damit hereingekommen, oder ihr"
    " Konto gehört nicht diesem Workshop allein."
)
NOT_HERE = N_(
    "Diese Adresse lässt sich hier nicht eintragen. Tragen Sie die Person mit ihr im Register neu ein, und beenden Sie"
    " diese Teilnahme."
)
WAYS = (TicketKind.INVITATION, TicketKind.LOGIN, TicketKind.ADDRESS)


def may_correct(workshop, role: Role, member: Membership) -> bool:
    """Whether somebody of this role may correct this member's address."""
    waits = member.state is MemberState.PENDING
    return not waits and may_link(workshop, role, member) and not proven(member.account_id)


def proven(account_id: int) -> bool:
    """Whether somebody has come in by what was mailed to this account's address, or chose a password so."""
    mailed = select(Mail.ticket_id).where(Mail.ticket_id.is_not(None))
    used = select(Ticket.id).where(
        Ticket.account_id == account_id,
        Ticket.used_at.is_not(None),
        or_(Ticket.kind == TicketKind.LOGIN, Ticket.kind.in_(WAYS) & Ticket.id.in_(mailed)),
    )
    chosen = select(Account.id).where(Account.id == account_id, Account.password_proven.is_(True))
    return any(db.session.scalar(asked.limit(1)) is not None for asked in (used, chosen))


def correct(workshop, me, member: Membership, email: str) -> bool:
    """Change (``""``: remove) the address; what went to the old one opens nothing any more. Whether it changed.

    :raises NotNow: it is proven, or the account is not this workshop's alone.
    :raises Refused: the new one cannot stand here; it is not said whether somebody has it.
    """
    account = db.session.get(Account, member.account_id)
    wanted = email.lower() or None
    if wanted == account.email:
        return False
    if not may_correct(workshop, me.role, member):
        raise NotNow(NOT_OURS)
    if wanted and db.session.scalar(select(Account.id).where(Account.email == wanted)) is not None:
        raise Refused(NOT_HERE, field="email")
    account.email = wanted
    join.void(Ticket.account_id == account.id, Ticket.kind.in_(WAYS))
    db.session.flush()
    audit.note(me.id, "correct_address", workshop=workshop.id, member=member.id)
    return True

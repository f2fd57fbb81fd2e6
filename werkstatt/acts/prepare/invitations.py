"""Invite the people of a register by mail: a link and a code for each, and what became of them.

Letters are written before the transaction begins: a thousand of them take a second, and no ballot waits
for that. A whole register, as large as a list may be, is invited in one go; the queue sends it bit by bit. A new invitation voids the earlier one of the same person for the same workshop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import select

from ...db import begin_write, db, utcnow
from ...models import Account, Mail, Membership, Ticket
from ...sheets import MOST_LINES
from ...terms import N_, MailState, MemberState, TicketKind
from .. import Refused, audit, join, post
from ..join.mailed import Reader
from ..row import aside

MOST_AT_ONCE = MOST_LINES


class Invited(NamedTuple):
    """The newest invitation of a person: when it was made, whether it was used, what became of its mail."""

    created_at: object
    used_at: object
    expires_at: object
    state: MailState | None
    sent_at: object
    error: str

    @property
    def holds(self) -> bool:
        """Whether it has arrived or is on its way, and can still be used."""
        return self.state in (MailState.SENT, MailState.WAITING) and self.expires_at > utcnow()


def invited(workshop_id: int) -> dict[int, Invited]:
    """The newest invitation of each account of a workshop."""
    query = (
        select(
            Ticket.account_id,
            Ticket.created_at,
            Ticket.used_at,
            Ticket.expires_at,
            Mail.state,
            Mail.sent_at,
            Mail.error,
        )
        .outerjoin(Mail, Mail.ticket_id == Ticket.id)
        .where(Ticket.workshop_id == workshop_id, Ticket.kind == TicketKind.INVITATION)
        .order_by(Ticket.id)
    )
    return {account_id: Invited(*facts) for account_id, *facts in db.session.execute(query)}


def to_invite(workshop_id: int, members: set[int] | None = None) -> list[Reader]:
    """Who can be invited by mail: the named members, or everybody who has neither come nor been invited."""
    reachable = [MemberState.INVITED] if members is None else [MemberState.INVITED, MemberState.ACTIVE]
    query = (
        select(Membership.id, Account.id, Account.name, Account.email, Account.language)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.workshop_id == workshop_id,
            Membership.state.in_(reachable),
            Account.email.is_not(None),
            Account.blocked_at.is_(None),
        )
        .order_by(Membership.id)
    )
    before = invited(workshop_id) if members is None else {}
    return [
        Reader(*reader)
        for member_id, *reader in db.session.execute(query)
        if (members is None or member_id in members)
        and not (reader[0] in before and (before[reader[0]].used_at or before[reader[0]].holds))
    ]


def invite_by_mail(
    workshop, me, members: set[int] | None, *, secret: str, write: Callable[..., post.Letter]
) -> int:
    """Send invitations, at most :data:`MOST_AT_ONCE`; how many. Whoever is left is next when asked again.

    :param members: the chosen ones, or ``None``: all who have none yet.
    :param write: ``write(reader, token, code, expires_at)`` makes the letter.
    :raises Refused: nobody of them can be invited by mail.
    """
    readers = to_invite(workshop.id, members)[:MOST_AT_ONCE]
    if not readers:
        raise Refused(N_("Von diesen Personen kann niemand per E-Mail eingeladen werden."))
    place = {"workshop_id": workshop.id, "issued_by_id": me.id, "secret": secret}
    with aside():
        drafts = [join.draft(TicketKind.INVITATION, account_id=reader.id, **place) for reader in readers]
        letters = [
            (reader, made, write(reader, made.token, made.code, made.ticket.expires_at))
            for reader, made in zip(readers, drafts, strict=True)
        ]
    begin_write()
    join.void(
        Ticket.kind == TicketKind.INVITATION,
        Ticket.workshop_id == workshop.id,
        Ticket.account_id.in_([reader.id for reader in readers]),
    )
    db.session.add_all(made.ticket for _, made, _ in letters)
    db.session.flush()
    post.put_all("invitation", [(reader, letter, made.ticket) for reader, made, letter in letters])
    audit.note(me.id, "invite_by_mail", workshop=workshop.id, many=len(letters))
    return len(letters)

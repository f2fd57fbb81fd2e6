"""A place given by an address is its reader's, and nobody else's who is logged in to that account.

Whoever enters an address first is handed a link to its account, and may open it for themselves. In their own
workshop that is their business: they hand over the link face to face. When another workshop gives the same
address a place, that account is not enough. So the place is **reserved** (``Membership.reserved``), for whoever
comes in by what only the reader of the address has: a mailed link or code, or a password chosen behind one
(``Login.proven``); or by a card, code or link that this very workshop hands out. All other logins of the account
find it shut: they may read along like anybody who waits, and neither take part nor vote, nor change the address,
nor delete the account. With the first way in that opens it, logins and a password that were not proven end.

The same rule for rights: :func:`.mailed.end_unproven`. Without mail nothing can be proven, and nothing is reserved.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import case, delete, func, select, update

from ...db import begin_write, db, utcnow
from ...models import Account, Login, Membership, Ticket
from ...terms import N_, MemberState, TicketKind
from .. import NotNow

PROVE_FIRST = N_(
    "Dieser Platz wartet auf die Person, der die E-Mail-Adresse gehört. Melden Sie sich bitte einmal mit einem Link an,"
    " der an diese Adresse geht, oder kommen Sie an den Einlass; danach geht es weiter."
)


def reserve(*members: Membership) -> None:
    """Give these places to whoever reads the addresses of accounts that were known before.

    A new address that somebody has asked for there is asked for anew.
    """
    begin_write()
    whose = [member.account_id for member in members]
    for member in members:
        member.reserved = True
    open_still = (Ticket.kind == TicketKind.ADDRESS, Ticket.used_at.is_(None), Ticket.voided_at.is_(None))
    for at in range(0, len(whose), 500):
        db.session.execute(
            update(Ticket)
            .where(Ticket.account_id.in_(whose[at : at + 500]), *open_still)
            .values(voided_at=utcnow())
            .execution_options(synchronize_session=False)
        )


class Called(NamedTuple):
    """An account as this workshop's office knows it."""

    id: int
    name: str
    organisation: str
    email: str | None
    language: str
    password: None = None


def called(member: Membership, account: Account):
    """The account of a place, as it is shown here: an address that somebody types answers with no stored name."""
    if member.typed_name is None:
        return account
    named = member.typed_name, member.typed_organisation or ""
    return Called(account.id, *named, account.email, account.language)


# The same in a SELECT of both: a place's name and organisation, as they are shown here.
NAME = func.coalesce(Membership.typed_name, Account.name)
ORGANISATION = case(
    (Membership.typed_name.is_(None), Account.organisation),
    else_=func.coalesce(Membership.typed_organisation, ""),
)


def type_name(member: Membership, *, name: str, organisation: str) -> None:
    """Show this for an account that belongs to others, until its person comes in here themselves."""
    member.typed_name, member.typed_organisation = name, organisation


def own_name(member: Membership) -> None:
    """The person of a place came in here themselves: from now on they are called as they call themselves."""
    member.typed_name = member.typed_organisation = None


def shut(member, login) -> bool:
    """Whether this login does not open this place."""
    return bool(member is not None and member.reserved and not login.proven)


SHUT = Membership.__table__.c.reserved & ~Login.__table__.c.proven  # the same, for a SELECT of both


def check_proven(account_id: int, login) -> None:
    """
    :raises NotNow: a place waits for the reader of this account's address, who may have sat down there with an
        account made at the desk, and this login may be somebody else's.
    """
    waits = select(Membership.id).where(
        Membership.account_id == account_id,
        Membership.reserved.is_(True),
        (Membership.state != MemberState.ENDED)
        | (Membership.taken_by_id.is_not(None) & Membership.ended_at.is_(None)),
    )
    if not login.proven and db.session.scalar(waits.limit(1)) is not None:
        raise NotNow(PROVE_FIRST)


def open_place(member: Membership) -> None:
    """This place is reserved no more: its person came in."""
    member.reserved = False
    own_name(member)


def open_places(account: Account, workshop_id: int | None = None) -> None:
    """Somebody came by a way that opens reserved places: all of this account, or (a card) that of one workshop.

    Where one was opened, unproven logins and an unproven password are over.
    """
    mine = [Membership.account_id == account.id, Membership.reserved.is_(True)]
    if workshop_id is not None:
        mine.append(Membership.workshop_id == workshop_id)
    places = list(db.session.scalars(select(Membership).where(*mine)))
    if not places:
        return
    begin_write()
    for member in places:
        open_place(member)
    if not account.password_proven:
        account.password = None
    db.session.execute(delete(Login).where(Login.account_id == account.id, Login.proven.is_(False)))
    db.session.flush()

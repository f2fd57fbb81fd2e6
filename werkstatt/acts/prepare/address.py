"""Correct the address of somebody on the register, as long as nobody has ever come in as them.

Whoever reads the address of an account can come in as its person, and could replace their ballot. So an account as
which somebody has come in, by whatever way, or that was present, stood on a roll or has a role, changes its address
under "Meine Daten" alone. The old address is told. An address that an account has already is answered like a new
one: the entry becomes that account's place, reserved for whoever reads the address, as if it were entered anew.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from ...db import db
from ...models import Account, AuditEntry, Membership, Ticket
from ...terms import N_, MemberState, Role, TicketKind
from .. import NotNow, Refused, audit, join, post, privacy
from ..office.people import may_link

NOT_OURS = N_(
    "Diese Adresse ändert nur die Person selbst, unter „Meine Daten“: Sie ist schon einmal hereingekommen oder war da,"
    " hat eine Rolle, oder ihr Konto gehört nicht diesem Workshop allein."
)
NONE_YET = N_(
    "Eine Adresse trägt nur die Person selbst ein, unter „Meine Daten“: Sie ist schon einmal hereingekommen oder war da,"
    " oder sie hat eine Rolle."
)
STANDS_HERE = N_("Mit dieser Adresse steht hier schon jemand. Suchen Sie sie bitte im Register.")
WAYS = (TicketKind.INVITATION, TicketKind.LOGIN, TicketKind.ADDRESS)


def may_correct(workshop, role: Role, member: Membership) -> bool:
    """Whether somebody of this role may correct this member's address."""
    account = db.session.get(Account, member.account_id)
    # who came by the room's code or was entered at the door, and was ended and taken up again, has no address
    awaited = member.state is MemberState.INVITED or (member.state is MemberState.ACTIVE and account.email)
    return bool(
        awaited
        and member.role is Role.PARTICIPANT
        and may_link(workshop, role, member)
        and not join.came([account.id])
        and not join.has_rights(account.id)
        and not _was_here(member.id)
    )


def _was_here(membership_id: int) -> bool:
    """Whether the record says that this person was present or confirmed, before their place was ended and taken up again."""
    facts = AuditEntry.facts
    found = select(AuditEntry.id).where(
        ((AuditEntry.deed == "check_in") & (facts["member"].as_integer() == membership_id))
        | (
            (AuditEntry.deed == "end_member")
            & (facts["member"].as_integer() == membership_id)
            & facts["here"].as_boolean()
        )
    )
    return db.session.scalar(found.limit(1)) is not None


def not_ours(account: Account) -> str:
    """Why nobody here changes the address of this account."""
    return NOT_OURS if account.email else NONE_YET


def correct(
    workshop, me, member: Membership, email: str, *, mail: bool = True, write: Callable | None = None
) -> bool:
    """Change (``""``: remove) the address; what went to the old one opens nothing any more. Whether it changed.

    :param mail: mail goes out: the place of an account that was known waits for who reads the address.
    :param write: ``write(account)`` makes the notice to the old address.
    :raises NotNow: somebody has come in as this person, or the account is not this workshop's alone.
    :raises Refused: somebody stands here with it.
    """
    account = db.session.get(Account, member.account_id)
    wanted = email.lower() or None
    if wanted == account.email:
        return False
    if not may_correct(workshop, me.role, member):
        raise NotNow(not_ours(account))
    known = db.session.scalars(select(Account).where(Account.email == wanted)).first() if wanted else None
    if known is not None and join.membership_of(workshop.id, known.id) is not None:
        raise Refused(STANDS_HERE, field="email")
    if account.email and write is not None:
        post.put(account, "address_changed", write(account))
    join.void(Ticket.account_id == account.id, Ticket.kind.in_(WAYS))
    if known is None:
        account.email = wanted
    else:
        _move(workshop, member, account, known, mail=mail)
    db.session.flush()
    audit.note(me.id, "correct_address", workshop=workshop.id, member=member.id)
    return True


def _move(workshop, member: Membership, account: Account, known: Account, *, mail: bool) -> None:
    """The entry is the place of the account that has the address, and of the one before it nothing is left here."""
    join.void(Ticket.account_id == account.id, Ticket.workshop_id == workshop.id)
    member.account_id = known.id
    db.session.flush()
    if mail:
        join.reserve(member)
    if not may_link(workshop, Role.MODERATOR, member):
        join.type_name(member, name=account.name, organisation=account.organisation)
    if not join.takes_part(account.id):
        privacy.erase(account)

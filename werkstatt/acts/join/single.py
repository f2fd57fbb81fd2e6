"""One person, one place, one vote.

Whoever comes in by the room's code says a name, and the register may hold that name already, with a card and an
invitation on their way to somebody. Two places of one person would be two votes. So:

* Letting somebody in *as* a person of the register gives them that person's place: sector, table, and that is it.
  The register's entry is taken (``Membership.taken_by_id``); its account, address, cards and links stay what they
  were, and nobody gets an address by a name that they said.
* Whoever then comes in with that card, link or code is logged in as who they are, and waits: the desk is told that
  somebody comes a second time, and moderation, who sees both, says whose place it is.
* Only an entry as which nobody has ever come in can be taken. Where somebody has, the two are looked at by hand.
* Whoever waits and may stand on the register is let in as somebody else by a press that says so, never among many.
"""

from __future__ import annotations

from sqlalchemy import select

from ...db import db
from ...models import Account, Login, Membership, RollEntry, Ticket
from ...terms import MemberState, Role
from .. import audit
from .arrival import tell


def came(account_ids: list[int]) -> set[int]:
    """Those of these accounts as which somebody has come in: by password, link, card or code, ever.

    And those who are present somewhere or have stood on a roll, however they came.
    """
    found: set[int] = set()
    for at in range(0, len(account_ids), 500):
        part = account_ids[at : at + 500]
        for asked in (
            select(Account.id).where(Account.id.in_(part), Account.password.is_not(None)),
            select(Login.account_id).where(Login.account_id.in_(part)),
            select(Ticket.account_id).where(Ticket.account_id.in_(part), Ticket.used_at.is_not(None)),
            select(Membership.account_id).where(
                Membership.account_id.in_(part), Membership.state == MemberState.CHECKED_IN
            ),
            select(Membership.account_id)
            .join(RollEntry, RollEntry.membership_id == Membership.id)
            .where(Membership.account_id.in_(part)),
        ):
            found.update(db.session.scalars(asked))
    return found


def free(members: list[Membership]) -> set[int]:
    """The ids of those of the register whose place somebody else can take: expected, and never came in."""
    awaited = [
        one
        for one in members
        if one.state in (MemberState.INVITED, MemberState.ACTIVE) and one.role is Role.PARTICIPANT
    ]
    been = came([one.account_id for one in awaited])
    return {one.id for one in awaited if one.account_id not in been}


def taken(member: Membership | None) -> bool:
    """Whether somebody else has this place, and nobody has said yet that it is wrong."""
    return member is not None and member.taken_by_id is not None and member.ended_at is None


def take_up(member: Membership, state: MemberState) -> None:
    """An ended place is taken up again, in this state; while somebody else still has it, its person waits."""
    holder = db.session.get(Membership, member.taken_by_id) if member.taken_by_id else None
    if holder is None or holder.state is MemberState.ENDED:
        member.taken_by_id = None
    member.state = MemberState.PENDING if member.taken_by_id else state
    member.ended_at = member.ended_role = None
    db.session.flush()
    if member.taken_by_id:
        tell(member.workshop_id)


def claim_all(account_id: int, *, proven: bool = True) -> None:
    """The same for whoever comes in by a way that leads to no workshop of its own.

    :param proven: by what only the reader of the address has; else no reserved place is theirs to claim.
    """
    mine = (Membership.account_id == account_id, Membership.taken_by_id.is_not(None))
    for member in list(db.session.scalars(select(Membership).where(*mine))):
        if proven or not member.reserved:
            claim(member)


def claim(member: Membership | None) -> bool:
    """Somebody comes in whose place is taken: they wait, and the desk is told. Whether it is so."""
    if not taken(member):
        return False
    if member.state is not MemberState.PENDING:
        member.state = MemberState.PENDING
        audit.note(member.account_id, "claim_place", workshop=member.workshop_id, member=member.id)
        db.session.flush()
        tell(member.workshop_id)
    return True

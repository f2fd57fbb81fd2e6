"""The desk at the door: let people in, check them in, correct a sector. Nothing else."""

from __future__ import annotations

from ...db import begin_write, db
from ...models import Membership, Workshop
from ...permits import WORKSHOP_PERMITS, Action
from ...terms import N_, MemberState
from .. import Gone, Missing, NotNow, audit, join
from ..office.people import check_places
from ..office.process import darken

RESERVED = N_(
    "Dieser Platz ist reserviert: Zuerst kommt die Person selbst herein, mit einer Karte oder einem eigenen Konto von hier"
    " (auf ihrer Seite unter „Hereinkommen“) oder mit dem Link, der an ihre Adresse geht. Erst dann ist sie da und kann"
    " abstimmen."
)


def correct(workshop, actor_id: int, membership_id: int, *, sector_id: int | None) -> Membership:
    """Whom a person speaks for, corrected at the door. A round reads it only when it closes.

    :raises Refused: no sector of this process.
    """
    begin_write()
    member = own(workshop, membership_id)
    check_places(workshop, member.role, sector_id, member.table_id)
    if member.sector_id != sector_id:
        member.sector_id = sector_id
        audit.note(actor_id, "correct_sector", workshop=workshop.id, member=member.id, sector=sector_id)
    db.session.flush()
    return member


def check_in(workshop, actor_id: int, membership_id: int) -> Membership:
    """A person of the register is present from now on.

    :raises NotNow: their place waits for who reads the address: present, they would stand on the roll and not get in.
    """
    begin_write()
    if own(workshop, membership_id).reserved:
        raise NotNow(RESERVED)
    member = join.check_in(workshop, membership_id)
    audit.note(actor_id, "check_in", workshop=workshop.id, member=member.id)
    return member


def refuse(workshop, actor_id: int, membership_id: int) -> Membership:
    """Do not let a waiting person in. They may arrive again by the code.

    :raises NotNow: somebody else has decided meanwhile.
    """
    begin_write()
    member = own(workshop, membership_id)
    if member.state is not MemberState.PENDING:
        raise NotNow(N_("Darüber wurde inzwischen schon entschieden."))
    refuse_all(workshop, actor_id, [member.id])
    return member


def refuse_all(workshop, actor_id: int, membership_ids: list[int]) -> int:
    """The same for many at one press; who was let in meanwhile stays. How many were refused."""
    begin_write()
    refused = join.still_waiting(workshop, membership_ids)
    for member in refused:
        member.state = MemberState.ENDED
    if refused:
        darken(Workshop.id == workshop.id)
        audit.note(actor_id, "refuse", workshop=workshop.id, members=[member.id for member in refused])
    return len(refused)


def stands_there(account_id: int, workshop_id: int) -> bool:
    """Whether this account may do the desk's work in this workshop."""
    try:
        return Action.APPROVE in WORKSHOP_PERMITS[join.actor(workshop_id, account_id).role]
    except Missing:
        return False


def own(workshop, membership_id: int) -> Membership:
    member = db.session.get(Membership, membership_id)
    if member is None or member.workshop_id != workshop.id:
        raise Missing()
    return member


def opened(way) -> Membership:
    """The place that a card or code opens now.

    :raises Gone: only moderation lets its person in, or its giver could not give it any more.
    """
    member = join.membership_of(way.workshop.id, way.account.id)
    if join.sent_away(member):
        raise Gone(join.SENT_AWAY)
    if member.state is MemberState.PENDING and join.by_moderation_alone(member):
        raise Gone(N_("Die Teilnahme muss erst bestätigt werden."))
    if not join.still_fits(way.ticket, way.workshop):
        raise Gone(join.why_not_at(way.ticket.id))
    return member

"""Who may hand whom a way in, asked when it is made and again when it is used.

A link, a card and a return code log their bearer in as that person, everywhere. So nobody gets one for an
account that can do or see more than they themselves manage: that would be a way to somebody else's rights,
or to somebody else's ballot. Whoever belongs to another process comes in by what is theirs alone, a mailed
link or their password. Inside one process people come to several workshops, and a card of the second is
good for whom the first is over: not while they sit in it, or stand on the roll of an unfinished round there.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from ...db import db, utcnow
from ...models import Account, Mail, Membership, Organiser, RollEntry, Round, Session, Ticket, Workshop
from ...terms import UNFINISHED, MemberState, Phase, Role, TicketKind
from .. import Missing
from .places import actor

FACE_TO_FACE = (TicketKind.CARD, TicketKind.RETURN_CODE)
OVER_AFTER = timedelta(days=1)  # so long after its end nobody sits in a workshop any more


def linkable(workshop, role: Role, members: list[Membership]) -> set[int]:
    """The ids of those members to whom somebody of this role may hand a personal link: nowhere else known."""
    return _within(workshop, role, members, _elsewhere(workshop, role, members))


def reachable(workshop, role: Role, members: list[Membership]) -> set[int]:
    """The same for cards and return codes, which are given face to face and end other logins.

    Whoever took part in another workshop of this process, and has no other rights there, is among them.
    """
    if role is Role.ORGANISER:
        return linkable(workshop, role, members)
    anywhere = _elsewhere(workshop, role, members)
    foreign = anywhere.where(Workshop.process_id != workshop.process_id)
    rights = anywhere.where(Membership.role != Role.PARTICIPANT)
    return _within(workshop, role, members, foreign, rights, *_busy(anywhere))


def _busy(anywhere):
    """Queries for accounts that sit in another workshop now, or whose ballot may lie there."""
    is_open = Round.state.in_(UNFINISHED)
    yield anywhere.join(RollEntry, RollEntry.membership_id == Membership.id).join(Round).where(is_open)
    at_work = Session.phase.not_in([Phase.PREPARE, Phase.RESULT])
    between = (Membership.state == MemberState.CHECKED_IN) & (Session.phase != Phase.RESULT)
    lasts = or_(Workshop.ends_at.is_(None), Workshop.ends_at > utcnow() - OVER_AFTER)
    yield anywhere.join(Session, Session.workshop_id == Workshop.id).where(at_work | between, lasts)


def _elsewhere(workshop, role: Role, members: list[Membership]):
    """The accounts that are known in a workshop which somebody of this role does not manage."""
    query = (
        select(Membership.account_id)
        .join(Workshop, Workshop.id == Membership.workshop_id)
        .where(
            Membership.account_id.in_([member.account_id for member in members]),
            Membership.state != MemberState.ENDED,
        )
    )
    if role is Role.ORGANISER:
        return query.where(Workshop.process_id != workshop.process_id)
    return query.where(Workshop.id != workshop.id)


def _within(workshop, role: Role, members: list[Membership], *elsewhere) -> set[int]:
    whose = [member.account_id for member in members]
    powerful = select(Account.id).where(
        Account.id.in_(whose),
        Account.is_admin.is_(True) | Account.may_found.is_(True) | Account.blocked_at.is_not(None),
    )
    organising = select(Organiser.account_id).where(Organiser.account_id.in_(whose))
    out_of_reach = {id for query in (powerful, organising, *elsewhere) for id in db.session.scalars(query)}
    return {
        member.id
        for member in members
        if member.account_id not in out_of_reach
        and (member.state is not MemberState.ENDED or member.taken_by_id is not None)
        and (role is not Role.HELPER or member.role is Role.PARTICIPANT)
    }


def has_rights(account_id: int) -> bool:
    """Whether an account can do more than take part, anywhere."""
    asked = (
        select(Account.id).where(
            Account.id == account_id, Account.is_admin.is_(True) | Account.may_found.is_(True)
        ),
        select(Organiser.account_id).where(Organiser.account_id == account_id),
        select(Membership.id).where(
            Membership.account_id == account_id,
            Membership.state != MemberState.ENDED,
            Membership.role != Role.PARTICIPANT,
        ),
    )
    return any(db.session.scalar(query.limit(1)) is not None for query in asked)


def takes_part(account_id: int) -> bool:
    """Whether an account has a place in some workshop."""
    places = select(Membership.id).where(
        Membership.account_id == account_id, Membership.state != MemberState.ENDED
    )
    return db.session.scalar(places.limit(1)) is not None


def beyond(giver_id: int | None, account_id: int) -> bool:
    """Whether an account has a place in a process that this person does not organise."""
    mine = select(Organiser.process_id).where(Organiser.account_id == (giver_id or 0))
    places = select(Membership.id).join(Workshop, Workshop.id == Membership.workshop_id)
    places = places.where(
        Membership.account_id == account_id,
        Membership.state != MemberState.ENDED,
        Workshop.process_id.not_in(mine),
    )
    return db.session.scalar(places.limit(1)) is not None


def may_hand(giver_id: int, account_id: int) -> bool:
    """Whether this person may hand over a link for an account that they give a right: it opens nothing of others."""
    mine = select(Organiser.process_id).where(Organiser.account_id == giver_id)
    organises = select(Organiser.process_id).where(
        Organiser.account_id == account_id, Organiser.process_id.not_in(mine)
    )
    return not beyond(giver_id, account_id) and db.session.scalar(organises.limit(1)) is None


def was_mailed(ticket_id: int) -> bool:
    """Whether a ticket went to its person's own address, so that nobody else has seen it."""
    return db.session.scalar(select(Mail.id).where(Mail.ticket_id == ticket_id).limit(1)) is not None


def still_fits(ticket: Ticket, workshop) -> bool:
    """Whether a ticket may still be used: whoever gave it could give it now, too.

    What was mailed to its person's address alone is theirs. A giver who is gone counts as a helper.
    """
    if ticket.account_id is None or ticket.kind not in (*FACE_TO_FACE, TicketKind.INVITATION):
        return True
    if ticket.kind is TicketKind.INVITATION and was_mailed(ticket.id):
        return True
    if workshop is None:  # from the office, for who was nowhere else; from the command line, for admins
        return ticket.issued_by_id is None or not beyond(ticket.issued_by_id, ticket.account_id)
    found = select(Membership).where(
        Membership.workshop_id == workshop.id, Membership.account_id == ticket.account_id
    )
    member = db.session.scalars(found).one_or_none()
    rule = reachable if ticket.kind in FACE_TO_FACE else linkable
    return member is not None and member.id in rule(workshop, _role_of(ticket, workshop), [member])


def _role_of(ticket: Ticket, workshop) -> Role:
    try:
        return actor(workshop.id, ticket.issued_by_id or 0).role
    except Missing:
        return Role.HELPER

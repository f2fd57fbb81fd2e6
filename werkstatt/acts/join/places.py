"""Where somebody belongs: their workshops, the running session, what they are in a workshop."""

from __future__ import annotations

from sqlalchemy import select

from ...db import db
from ...models import Membership, Organiser, Process, Session, Workshop
from ...terms import MemberState, Phase, Role
from .. import Actor, Missing


def places(account_id: int) -> list[tuple[Workshop, Process, Role, list[Session]]]:
    """The workshops of a person with their sessions, newest first."""
    member = (
        select(Workshop, Process, Membership.role, Membership.state, Organiser.account_id)
        .join(Process, Process.id == Workshop.process_id)
        .outerjoin(
            Membership, (Membership.workshop_id == Workshop.id) & (Membership.account_id == account_id)
        )
        .outerjoin(Organiser, (Organiser.process_id == Process.id) & (Organiser.account_id == account_id))
        .where(
            Organiser.account_id.is_not(None)
            | (Membership.id.is_not(None) & (Membership.state != MemberState.ENDED))
        )
        .order_by(Workshop.starts_at.desc().nulls_last(), Workshop.id.desc())
    )
    rows = db.session.execute(member).all()
    sessions: dict[int, list[Session]] = {}
    for session in db.session.scalars(
        select(Session)
        .where(Session.workshop_id.in_([row.Workshop.id for row in rows]))
        .order_by(Session.position, Session.id)
    ):
        sessions.setdefault(session.workshop_id, []).append(session)
    return [
        (
            row.Workshop,
            row.Process,
            Role.ORGANISER if row.account_id else row.role,
            sessions.get(row.Workshop.id, []),
        )
        for row in rows
    ]


def running(sessions: list[Session]) -> Session | None:
    """The one session that is being worked on, if there is exactly one."""
    busy = [session for session in sessions if session.phase not in (Phase.PREPARE, Phase.RESULT)]
    return busy[0] if len(busy) == 1 else None


def membership_of(workshop_id: int, account_id: int) -> Membership | None:
    """An account's membership of a workshop, ended ones too."""
    return db.session.scalars(
        select(Membership).where(Membership.workshop_id == workshop_id, Membership.account_id == account_id)
    ).one_or_none()


def is_new(account_id: int) -> bool:
    """Whether this person was invited and has never been anywhere yet."""
    been = select(Membership.id).where(
        Membership.account_id == account_id, Membership.state != MemberState.INVITED
    )
    return db.session.scalar(been.limit(1)) is None


def waits(state: MemberState, role: Role) -> bool:
    """Whether somebody may only look on until they are let in or say that they are there.

    Staff that was entered in the register works before the day; being present is another matter.
    """
    return state is MemberState.PENDING or (state is MemberState.INVITED and role is Role.PARTICIPANT)


def role_here(
    state: MemberState | None, role: Role | None, *, organised: bool, shut: bool = False
) -> Role | None:
    """What somebody is in a workshop: by their membership (``None``: without), or as an organiser of the process.

    :param shut: their login does not open the place (:mod:`.proof`); they look on like somebody who waits.
    """
    if organised:
        return Role.ORGANISER
    if state is None or state is MemberState.ENDED:
        return None
    return Role.PENDING if shut or waits(state, role) else role


def actor(workshop_id: int, account_id: int) -> Actor:
    """What an account is in a workshop, for verbs called by commands and tests.

    :raises Missing: nothing at all.
    """
    organises = db.session.scalar(
        select(Organiser.account_id)
        .join(Workshop, Workshop.process_id == Organiser.process_id)
        .where(Workshop.id == workshop_id, Organiser.account_id == account_id)
    )
    member = membership_of(workshop_id, account_id)
    role = role_here(member and member.state, member and member.role, organised=organises is not None)
    if role is None:
        raise Missing()
    return Actor(account_id, role, member)

"""Entered for somebody else: a proposal or comment of a person at the desk or a table who has no device.

It is the other person's text, under their limits and their name; the record says who typed it.
"""

from __future__ import annotations

import re

from sqlalchemy import select

from ...db import db
from ...models import Account, AuditEntry, Comment, Membership, Recommendation
from ...permits import Action
from ...terms import N_, Kind, MemberState, Role
from .. import Actor, Refused, audit, collect, discuss, join, prepare
from ..hold import hold


def people(workshop_id: int) -> list:
    """For whom one can write: participants who are here, by name."""
    rows = prepare.register(workshop_id, states=(MemberState.CHECKED_IN,))
    return [row for row in rows if row.member.role is Role.PARTICIPANT]


def propose_for(session, me, membership_id: int, **wording) -> Recommendation:
    """A proposal in the name of somebody who is here.

    :raises Refused: nobody who is here; or what :func:`collect.propose` refuses.
    """
    hold(session.id, me.role, Action.BEHALF)
    person = _person(session, membership_id)
    made = collect.propose(session, person, **wording)
    audit.note(me.id, "on_behalf", session.id, member=person.membership.id, recommendation=made.id)
    return made


def comment_for(session, me, membership_id: int, name: str, *, kind: str, text: str):
    """A comment in the name of somebody who is here, on the recommendation called ``name`` (V-12).

    :raises Refused: nobody who is here; no such recommendation; or what :func:`discuss.comment` refuses.
    """
    hold(session.id, me.role, Action.BEHALF)
    person = _person(session, membership_id)
    made = discuss.comment(session, person, _named(session.id, name), kind=kind, text=text)
    audit.note(me.id, "on_behalf", session.id, member=person.membership.id, comment=made.id)
    return made


def entered(session, me) -> list[tuple[str, str]]:
    """What this person has entered for others here, newest first: (V-12, for whom); read back from the record."""
    notes = db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.session_id == session.id,
            AuditEntry.actor_id == me.id,
            AuditEntry.deed == "on_behalf",
        )
        .order_by(AuditEntry.id.desc())
        .limit(10)
    )
    found = []
    for note in notes:
        comment = note.facts.get("comment") and db.session.get(Comment, note.facts["comment"])
        id = comment.recommendation_id if comment else note.facts.get("recommendation")
        one, member = db.session.get(Recommendation, id), db.session.get(Membership, note.facts["member"])
        if one and member:
            found.append((one.name, join.called(member, db.session.get(Account, member.account_id)).name))
    return found


def _person(session, membership_id: int) -> Actor:
    member = db.session.get(Membership, membership_id)
    here = (
        member is not None
        and member.workshop_id == session.workshop_id
        and member.state is MemberState.CHECKED_IN
        and member.role is Role.PARTICIPANT
    )
    if not here:
        raise Refused(N_("Bitte wählen Sie, für wen Sie das eintragen."), field="person")
    return Actor(member.account_id, member.role, member)


def _named(session_id: int, name: str) -> int:
    found = re.fullmatch(r"\s*([VvEe])\s*-?\s*(\d{1,6})\s*", name)
    query = select(Recommendation.id).where(
        Recommendation.session_id == session_id,
        Recommendation.kind == (Kind.PROPOSAL if found and found[1] in "Vv" else Kind.CONSOLIDATED),
        Recommendation.number == (int(found[2]) if found else 0),
    )
    id = db.session.scalar(query)
    if id is None:
        raise Refused(N_("Diesen Vorschlag gibt es hier nicht. Gemeint ist etwa V-12."), field="name")
    return id

"""Vor Ort anmelden: somebody who stands at the door and is not on the register, or perhaps is.

Nobody is to stand there twice and vote twice. So whoever has a name like somebody's is shown beside them
first; and what was shown is named when they are entered all the same, so that a second press, which finds
the person whom the first one made, asks again instead of making another.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from ...db import begin_write, db
from ...models import Membership, Workshop
from ...similarity import Names, words
from ...terms import N_, MemberState, Role
from .. import Refused, join, prepare
from ..office.people import add_person
from .door import check_in

PERHAPS_HERE = N_(
    "Ist es dieselbe Person, lassen Sie sie hier herein; eine Karte bekommt sie auf ihrer Seite. Zweimal"
    " eingetragen könnte sie zweimal abstimmen."
)


class PerhapsHere(Refused):
    """Somebody of the register may be this person; ``rows`` are all of them, ``on_roll`` who of those gone may have voted.

    ``shut``: one of them was sent away, and whoever asks may not enter another of that name.
    """

    def __init__(self, rows: list, *, shut: bool):
        super().__init__(join.LIKE_SOMEBODY_GONE if shut else PERHAPS_HERE)
        self.rows, self.shut = rows, shut
        self.on_roll = join.on_a_roll([row.member.id for row in rows if row.gone])


def register(
    workshop, me, *, name: str, organisation: str, sector_id: int | None, seen: Collection[int] = ()
) -> Membership:
    """A walk-in: on the register and present. Their card is another step, see :mod:`cards`.

    :param seen: membership ids of those who were shown, and are somebody else.
    :raises PerhapsHere: somebody else of the register may be this person.
    """
    begin_write()
    held = select(Workshop.id).where(Workshop.id == workshop.id).with_for_update(key_share=True)
    db.session.execute(held)  # so that two presses at once do not both find nobody
    rows = perhaps(workshop.id, name, organisation)
    shut = any(row.gone for row in rows) and me.role not in (Role.MODERATOR, Role.ORGANISER)
    if shut or any(row.member.id not in seen for row in rows):
        raise PerhapsHere(rows, shut=shut)
    member = add_person(
        workshop, me.id, name=name, organisation=organisation, role=Role.PARTICIPANT, sector_id=sector_id
    )
    member.state = MemberState.ACTIVE
    return check_in(workshop, me.id, member.id)


def perhaps(workshop_id: int, name: str, organisation: str) -> list:
    """The rows of those on the register, waiting or sent away, who may be called this.

    Of names that are not quite the same two different organisations tell people apart.
    """
    rows = [
        row
        for row in prepare.register(workshop_id)
        if row.stands or row.gone or row.member.state is MemberState.PENDING
    ]
    near = set(Names((row.member.id, row.name) for row in rows).near(name))

    def elsewhere(row) -> bool:
        there = row.account.organisation.strip().casefold()
        return bool(organisation.strip() and there) and organisation.strip().casefold() != there

    return [
        row
        for row in rows
        if row.member.id in near and (words(row.name) == words(name) or not elsewhere(row))
    ]

"""The register of a workshop: who is invited, waiting, present; roles, sectors, tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from unicodedata import normalize

from sqlalchemy import func, select

from ...db import begin_write, db, utcnow
from ...models import Account, Membership, Sector, Table, Workshop
from ...terms import N_, MemberState, Role
from .. import Missing, NotNow, audit, checked_name, join
from ..office.people import check_places, may_link
from ..office.process import darken
from . import address


class Row(NamedTuple):
    """One person of the register."""

    member: Membership
    account: Account
    sector: Sector | None
    table: Table | None

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def taken(self) -> bool:
        """Whether somebody else was let in as this person."""
        return join.taken(self.member)

    @property
    def stands(self) -> bool:
        """Whether this is somebody whom another one may be: expected, here, or let in under another entry."""
        ended = self.member.state is MemberState.ENDED and not self.taken
        return not ended and self.member.state is not MemberState.PENDING

    @property
    def gone(self) -> bool:
        """Whether moderation ended this place, and has not taken it up again: the person may be back under another."""
        return self.member.ended_at is not None


def register(
    workshop_id: int, search: str = "", *, states: tuple[MemberState, ...] = tuple(MemberState)
) -> list[Row]:
    """The people of a workshop by name; ended ones last. ``search``: every word must occur somewhere.

    The comparison is done here and not in the database, because SQLite folds ASCII letters only.
    """
    words = search.casefold().split()
    found = [row for row in _rows(workshop_id) if row.member.state in states and _fits(row, words)]
    return sorted(
        found,
        key=lambda row: (row.member.state is MemberState.ENDED, _sorted_as(row.name), row.member.id),
    )


def row(workshop_id: int, membership_id: int) -> Row:
    """One person of the register.

    :raises Missing: not here.
    """
    for found in _rows(workshop_id, Membership.id == membership_id):
        return found
    raise Missing()


def waiting(workshop_id: int) -> list[Row]:
    """Who waits to be let in, longest first."""
    found = _rows(workshop_id, Membership.state == MemberState.PENDING)
    return sorted(found, key=lambda row: row.member.id)


def balance(workshop_id: int, process_id: int) -> list[tuple[Sector | None, int, int]]:
    """Participants by sector: (sector, on the register, present); without a sector last, if any."""
    present = func.count().filter(Membership.state == MemberState.CHECKED_IN)
    figures = {
        sector_id: (known, here)
        for sector_id, known, here in db.session.execute(
            select(Membership.sector_id, func.count(), present)
            .where(
                Membership.workshop_id == workshop_id,
                Membership.role == Role.PARTICIPANT,
                Membership.state.not_in([MemberState.ENDED, MemberState.PENDING]),
            )
            .group_by(Membership.sector_id)
        )
    }
    sectors = db.session.scalars(
        select(Sector).where(Sector.process_id == process_id).order_by(Sector.position, Sector.id)
    )
    rows = [(sector, *figures.get(sector.id, (0, 0))) for sector in sectors]
    return [*rows, (None, *figures[None])] if None in figures else rows


def team(workshop_id: int) -> int:
    """How many moderators, helpers and observers are present."""
    return db.session.scalar(
        select(func.count()).where(
            Membership.workshop_id == workshop_id,
            Membership.role != Role.PARTICIPANT,
            Membership.state == MemberState.CHECKED_IN,
        )
    )


def edit_member(
    workshop,
    me,
    membership_id: int,
    *,
    role: Role,
    sector_id: int | None,
    table_id: int | None,
    name: str | None = None,
    organisation: str | None = None,
    email: str | None = None,
    mail: bool = True,
    write: Callable | None = None,
) -> Membership:
    """Change role, sector and table; name and organisation only of people who are nowhere else.

    :param email: the corrected address, with ``mail`` and ``write`` as of :func:`.address.correct`.
    :raises NotNow: a moderator would lock themselves out of the workshop.
    :raises Refused: a sector, table or role that is none here.
    """
    begin_write()
    member = _own(workshop, membership_id)
    check_places(workshop, role, sector_id, table_id)
    if role is not Role.MODERATOR:
        _check_lockout(workshop, me, member)
    before, spoke_for = member.role, member.sector_id
    if role not in (before, Role.PARTICIPANT):
        join.void_for_rights(member.account_id)
    member.role, member.sector_id, member.table_id = role, sector_id, table_id
    if name and may_link(workshop, me.role, member):
        account = db.session.get(Account, member.account_id)
        account.name, account.organisation = checked_name(name), organisation or ""
    if email is not None:
        address.correct(workshop, me, member, email, mail=mail, write=write)
    facts = {"role": Role(role).value} if role is not before else {}
    if sector_id != spoke_for:
        facts["sector"] = sector_id  # counted in the protocol of a round that is open
    audit.note(me.id, "edit_member", workshop=workshop.id, member=member.id, **facts)
    return member


def end(workshop, me, membership_id: int) -> Membership:
    """End a membership: no access from the next request on. Contributions, roll and ballot stay.

    :raises NotNow: a moderator would lock themselves out of the workshop.
    """
    begin_write()
    member = _own(workshop, membership_id)
    if member.state is MemberState.ENDED:
        return member
    _check_lockout(workshop, me, member)
    here = {"here": True} if member.state is not MemberState.INVITED else {}
    member.state = MemberState.ENDED
    member.ended_at, member.ended_role = utcnow(), member.ended_role or member.role
    darken(Workshop.id == workshop.id)
    audit.note(me.id, "end_member", workshop=workshop.id, member=member.id, **here)
    return member


def restore(workshop, me, membership_id: int, *, mail: bool = True) -> Membership:
    """Take an ended membership up again; the person is confirmed, and checks in anew.

    :param mail: mail goes out: whoever is known elsewhere meanwhile shows first that the address is theirs.
    """
    begin_write()
    member = row(workshop.id, membership_id).member  # a deleted account is not on the register
    if member.state is not MemberState.ENDED:
        raise NotNow(N_("Diese Teilnahme ist nicht beendet."))
    if join.taken(member):
        raise NotNow(join.TAKEN)
    if member.role is not Role.PARTICIPANT:
        join.void_for_rights(member.account_id)
    join.take_up(member, MemberState.ACTIVE)
    known = db.session.get(Account, member.account_id)
    if mail and known.email and not may_link(workshop, Role.MODERATOR, member):
        join.reserve(member)
    audit.note(me.id, "restore_member", workshop=workshop.id, member=member.id)
    return member


def _check_lockout(workshop, me, member: Membership) -> None:
    """Whoever moderates by this membership alone keeps it, unless somebody else moderates too."""
    if member.account_id != me.id or member.role is not Role.MODERATOR or me.role is Role.ORGANISER:
        return
    others = select(Membership.id).where(
        Membership.workshop_id == workshop.id,
        Membership.role == Role.MODERATOR,
        Membership.id != member.id,
        Membership.state.in_([MemberState.ACTIVE, MemberState.CHECKED_IN]),
    )
    if db.session.scalar(others.limit(1)) is None:
        raise NotNow(
            N_("Sie sind die letzte Moderation in diesem Workshop. Geben Sie die Rolle zuerst noch jemandem.")
        )


def _own(workshop, membership_id: int) -> Membership:
    member = db.session.get(Membership, membership_id)
    if member is None or member.workshop_id != workshop.id:
        raise Missing()
    return member


def _rows(workshop_id: int, *conditions) -> list[Row]:
    query = (
        select(Membership, Account, Sector, Table)
        .join(Account, Account.id == Membership.account_id)
        .outerjoin(Sector, Sector.id == Membership.sector_id)
        .outerjoin(Table, Table.id == Membership.table_id)
        .where(
            Membership.workshop_id == workshop_id,
            Account.deleted_at.is_(None),
            Account.joined_into_id.is_(None),
            *conditions,
        )
        .order_by(Membership.id)
    )
    return [
        Row(member, join.called(member, account), sector, table)
        for member, account, sector, table in db.session.execute(query)
    ]


def _sorted_as(name: str) -> str:
    """As in a German telephone list: Ä beside A."""
    return normalize("NFKD", name.casefold())


def _fits(row: Row, words: list[str]) -> bool:
    known = " ".join((row.account.name, row.account.organisation, row.account.email or "")).casefold()
    return all(word in known for word in words)

"""Workshops of a process: create, change, copy with settings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ...db import begin_write, db
from ...models import Session, Table, Workshop
from ...terms import N_
from .. import Missing, Refused, audit, join

SETTINGS = ("proposals_each", "visibility", "names_visible", "late_proposals", "staff_votes")


def create_workshop(
    process,
    actor_id: int,
    *,
    title: str,
    kind: str = "",
    place: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Workshop:
    """A workshop with a join code of its own.

    :raises Refused: it ends before it starts.
    """
    begin_write()
    _check_times(starts_at, ends_at)
    workshop = Workshop(
        process_id=process.id,
        title=title,
        kind=kind,
        place=place,
        starts_at=starts_at,
        ends_at=ends_at,
        join_code=free_code(),
    )
    db.session.add(workshop)
    db.session.flush()
    audit.note(actor_id, "create_workshop", process=process.id, workshop=workshop.id)
    return workshop


def edit_workshop(
    workshop,
    actor_id: int,
    *,
    title: str,
    kind: str,
    place: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> Workshop:
    """Change what a workshop is called, where and when it is."""
    begin_write()
    _check_times(starts_at, ends_at)
    found = db.session.get(Workshop, workshop.id)
    if found is None:
        raise Missing()
    found.title, found.kind, found.place = title, kind, place
    found.starts_at, found.ends_at = starts_at, ends_at
    audit.note(actor_id, "edit_workshop", workshop=found.id)
    return found


def copy_workshop(workshop, actor_id: int, *, title: str) -> Workshop:
    """The same workshop once more: settings, tables, sessions; no people, no contents, no dates."""
    begin_write()
    source = db.session.get(Workshop, workshop.id)
    if source is None:
        raise Missing()
    copy = Workshop(
        process_id=source.process_id, title=title, kind=source.kind, place=source.place, join_code=free_code()
    )
    db.session.add(copy)
    db.session.flush()
    tables = select(Table).where(Table.workshop_id == source.id).order_by(Table.number, Table.id)
    db.session.add_all(
        Table(workshop_id=copy.id, number=table.number, theme_id=table.theme_id)
        for table in db.session.scalars(tables)
    )
    sessions = select(Session).where(Session.workshop_id == source.id).order_by(Session.position, Session.id)
    db.session.add_all(
        Session(
            workshop_id=copy.id,
            position=position,
            title=session.title,
            question=session.question,
            **{name: getattr(session, name) for name in SETTINGS},
        )
        for position, session in enumerate(db.session.scalars(sessions))
    )
    db.session.flush()
    audit.note(actor_id, "copy_workshop", workshop=copy.id, source=source.id)
    return copy


def free_code() -> str:
    """A join code that no workshop has."""
    code = join.new_code()
    while db.session.scalar(select(Workshop.id).where(Workshop.join_code == code)):
        code = join.new_code()
    return code


def _check_times(starts_at: datetime | None, ends_at: datetime | None) -> None:
    if starts_at and ends_at and ends_at <= starts_at:
        raise Refused(N_("Das Ende liegt vor dem Beginn."), field="ends_at")

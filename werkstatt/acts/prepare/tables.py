"""What a workshop's room is made of: tables with number and theme, and the code at its door."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from ...db import begin_write, db, utcnow
from ...models import Comment, Membership, Recommendation, Table, Theme, Workshop
from ...terms import N_
from .. import Missing, NotNow, Refused, audit
from ..office.workshops import free_code

MOST_TABLES = 60


def tables(workshop_id: int) -> list[tuple[Table, str | None, int]]:
    """Tables by number, each with its theme's title and the number of people at it."""
    people = select(Membership.table_id, func.count().label("many")).group_by(Membership.table_id).subquery()
    rows = db.session.execute(
        select(Table, Theme.title, func.coalesce(people.c.many, 0))
        .outerjoin(Theme, Theme.id == Table.theme_id)
        .outerjoin(people, people.c.table_id == Table.id)
        .where(Table.workshop_id == workshop_id)
        .order_by(Table.number, Table.id)
    )
    return [tuple(row) for row in rows]


def add_tables(workshop, actor_id: int, *, many: int, theme_id: int | None = None) -> list[Table]:
    """So many tables with the next free numbers, all with the same theme or none.

    :raises Refused: fewer than one, or more than :data:`MOST_TABLES` in all.
    """
    begin_write()
    _check_theme(workshop, theme_id)
    taken = set(db.session.scalars(select(Table.number).where(Table.workshop_id == workshop.id)))
    if not 1 <= many <= MOST_TABLES - len(taken):
        raise Refused(
            N_("Bitte eine Zahl ab 1; höchstens %(most)s Tische in einem Workshop."),
            field="many",
            most=MOST_TABLES,
        )
    free = [number for number in range(1, MOST_TABLES + len(taken) + 1) if number not in taken]
    new = [Table(workshop_id=workshop.id, number=number, theme_id=theme_id) for number in free[:many]]
    db.session.add_all(new)
    db.session.flush()
    audit.note(actor_id, "add_tables", workshop=workshop.id, tables=[table.id for table in new])
    return new


def edit_table(workshop, actor_id: int, table_id: int, *, number: int, theme_id: int | None) -> Table:
    """A table's number and theme.

    :raises Refused: the number is another table's.
    """
    begin_write()
    found = _own(workshop, table_id)
    _check_theme(workshop, theme_id)
    if not 1 <= number <= 999:
        raise Refused(N_("Bitte eine Zahl von 1 bis %(most)s."), field="number", most=999)
    other = db.session.scalars(
        select(Table.id).where(Table.workshop_id == workshop.id, Table.number == number, Table.id != table_id)
    ).first()
    if other:
        raise Refused(N_("Einen Tisch %(number)s gibt es schon."), field="number", number=number)
    found.number, found.theme_id = number, theme_id
    audit.note(actor_id, "edit_table", workshop=workshop.id, table=table_id, number=number)
    return found


def remove_table(workshop, actor_id: int, table_id: int) -> None:
    """Remove a table that nobody sits at and nothing was written at.

    :raises NotNow: it is in use.
    """
    begin_write()
    found = _own(workshop, table_id)
    used = (
        select(1).where(model.table_id == table_id).exists()
        for model in (Membership, Recommendation, Comment)
    )
    if any(db.session.scalar(select(one)) for one in used):
        raise NotNow(
            N_("An Tisch %(number)s sitzen Personen, oder es gibt Beiträge von dort."), number=found.number
        )
    db.session.delete(found)
    audit.note(actor_id, "remove_table", workshop=workshop.id, table=table_id)


def new_code(workshop, actor_id: int, *, hours: int | None = None) -> Workshop:
    """Another join code; the old one stops working at once, also on printed sheets.

    :param hours: how long the new one works; without, until the next one.
    """
    begin_write()
    found = _workshop(workshop)
    found.join_code = free_code()
    found.join_until = utcnow() + timedelta(hours=hours) if hours else None
    audit.note(actor_id, "new_code", workshop=found.id, hours=hours)
    return found


def set_joining(workshop, actor_id: int, *, to: bool) -> Workshop:
    """Open or close joining by the code; people who are in stay in."""
    begin_write()
    found = _workshop(workshop)
    found.join_open = to
    audit.note(actor_id, "joining", workshop=found.id, open=to)
    return found


def _workshop(workshop) -> Workshop:
    found = db.session.get(Workshop, workshop.id)
    if found is None:
        raise Missing()
    return found


def _own(workshop, table_id: int) -> Table:
    found = db.session.get(Table, table_id)
    if found is None or found.workshop_id != workshop.id:
        raise Missing()
    return found


def _check_theme(workshop, theme_id: int | None) -> None:
    if theme_id is None:
        return
    theme = db.session.get(Theme, theme_id)
    if theme is None or theme.process_id != workshop.process_id:
        raise Refused(N_("Dieses Handlungsfeld gibt es hier nicht."), field="theme")

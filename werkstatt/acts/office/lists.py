"""The ordered lists of a process: themes and sectors. What is in use is renamed, never removed."""

from __future__ import annotations

from sqlalchemy import func, select

from ...db import begin_write, db
from ...models import Comment, Membership, Recommendation, Sector, Table, Theme, Version
from ...terms import N_, Rollup
from .. import Missing, NotNow, Refused, audit

SAME_NAME = N_("Diesen Namen gibt es in diesem Prozess schon.")


def themes(process_id: int) -> list[Theme]:
    """A process's themes, in their order."""
    return _rows(Theme, process_id)


def add_theme(process, actor_id: int, *, title: str) -> Theme:
    """A theme at the end of the list."""
    begin_write()
    return _add(Theme(process_id=process.id, title=title), actor_id, "add_theme")


def rename_theme(process, actor_id: int, theme_id: int, *, title: str) -> Theme:
    """A theme's new name; it shows everywhere, except in lists that were frozen for a round."""
    begin_write()
    found = _own(Theme, process, theme_id)
    _unique(Theme, process.id, title, besides=theme_id)
    found.title = title
    audit.note(actor_id, "rename_theme", process=process.id, theme=theme_id)
    return found


def move_theme(process, theme_id: int, *, by: int) -> None:
    """One place up (-1) or down (+1)."""
    begin_write()
    _own(Theme, process, theme_id)
    shift(themes(process.id), theme_id, by)


def remove_theme(process, actor_id: int, theme_id: int) -> None:
    """Remove a theme that no proposal and no table uses.

    :raises NotNow: it is in use.
    """
    begin_write()
    found = _own(Theme, process, theme_id)
    if _used(Version.theme_id == theme_id) or _used(Table.theme_id == theme_id):
        raise NotNow(
            N_("Dieses Handlungsfeld ist in Gebrauch (Vorschläge oder Tische). Sie können es umbenennen.")
        )
    db.session.delete(found)
    audit.note(actor_id, "remove_theme", process=process.id, theme=theme_id)


def add_sector(process, actor_id: int, *, title: str, examples: str = "", rollup: Rollup) -> Sector:
    """A sector at the end of the list, with examples under the choice and its roll-up for counting."""
    begin_write()
    sector = Sector(process_id=process.id, title=title, examples=examples, rollup=rollup)
    return _add(sector, actor_id, "add_sector")


def edit_sector(
    process, actor_id: int, sector_id: int, *, title: str, examples: str, rollup: Rollup
) -> Sector:
    """Change a sector; rounds that were opened keep the roll-up they were opened with."""
    begin_write()
    found = _own(Sector, process, sector_id)
    _unique(Sector, process.id, title, besides=sector_id)
    found.title, found.examples, found.rollup = title, examples, rollup
    audit.note(actor_id, "edit_sector", process=process.id, sector=sector_id, rollup=Rollup(rollup).value)
    return found


def move_sector(process, sector_id: int, *, by: int) -> None:
    """One place up (-1) or down (+1)."""
    begin_write()
    _own(Sector, process, sector_id)
    shift(_rows(Sector, process.id), sector_id, by)


def remove_sector(process, actor_id: int, sector_id: int) -> None:
    """Remove a sector that nobody speaks for; one always remains, else nobody could arrive.

    :raises NotNow: it is in use, or the last one.
    """
    begin_write()
    found = _own(Sector, process, sector_id)
    if any(_used(model.sector_id == sector_id) for model in (Membership, Recommendation, Comment)):
        raise NotNow(
            N_("Für diese Akteursgruppe sind Personen oder Beiträge eingetragen. Sie können sie umbenennen.")
        )
    if len(_rows(Sector, process.id)) == 1:
        raise NotNow(N_("Eine Akteursgruppe muss bleiben: Beim Eintreten wird danach gefragt."))
    db.session.delete(found)
    audit.note(actor_id, "remove_sector", process=process.id, sector=sector_id)


def shift(rows: list, item_id: int, by: int) -> None:
    """Move one row of an ordered list by so many places, as far as there is room."""
    item = next(row for row in rows if row.id == item_id)
    at = rows.index(item)
    rows.insert(max(0, min(len(rows) - 1, at + by)), rows.pop(at))
    for position, row in enumerate(rows):
        row.position = position
    db.session.flush()


def _rows(model, process_id: int) -> list:
    query = select(model).where(model.process_id == process_id)
    return list(db.session.scalars(query.order_by(model.position, model.id)))


def _add(row, actor_id: int, deed: str):
    model = type(row)
    _unique(model, row.process_id, row.title)
    last = db.session.scalar(select(func.max(model.position)).where(model.process_id == row.process_id))
    row.position = 0 if last is None else last + 1
    db.session.add(row)
    db.session.flush()
    audit.note(actor_id, deed, process=row.process_id, **{model.__tablename__: row.id})
    return row


def _own(model, process, item_id: int):
    found = db.session.get(model, item_id)
    if found is None or found.process_id != process.id:
        raise Missing()
    return found


def _unique(model, process_id: int, title: str, besides: int | None = None) -> None:
    for row in _rows(model, process_id):
        if row.id != besides and row.title.casefold() == title.casefold():
            raise Refused(SAME_NAME, field="title")


def _used(condition) -> bool:
    return db.session.scalar(select(select(1).where(condition).exists()))

"""What a person sees of what is stored about them, as plain rows; and what they change of it."""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import Text, cast, delete, or_, select
from sqlalchemy.orm import aliased

from ...db import Base, begin_write, db, utcnow
from ...models import (
    Account,
    AuditEntry,
    Login,
    Membership,
    Process,
    Recommendation,
    Round,
    Sector,
    Session,
    Table,
    Theme,
    Workshop,
)
from .. import Missing, audit, checked_name, join
from ..join.limits import keys_of
from .personal import OF_A_NEW_ADDRESS, OWN, PERSONAL, WITHHELD, Given

# What a number in a row points at, in words a person knows.
WORDS = {
    "workshop": Workshop.title,
    "process": Process.title,
    "session": Session.title,
    "sector": Sector.title,
    "theme": Theme.title,
    "table": Table.number,
    "round": Round.number,
}
CHANGED = ("name", "organisation", "language")


def document(account_id: int) -> dict:
    """Everything that is stored about a person: table -> rows, each a dict (values as the models have them).

    Rows come in the order of their keys; a row that names the person twice stands once. Sealed
    ballots are not in it: while a round is open nobody but the casting login may be shown one, and
    afterwards nobody knows which was whose.
    """
    account = db.session.get(Account, account_id)
    if account is None or account.deleted_at:
        raise Missing()
    own = {column.key: getattr(account, column.key) for column in Account.__table__.columns}
    own["password"] = bool(account.password)  # whether there is one
    found: dict[str, list[dict]] = {"account": [own]}
    for place, fact in PERSONAL.items():
        if place in OWN or fact.given is not Given.ROW:
            continue
        table, column = place.split(".")
        rows = found.setdefault(table, [])
        for row in rows_about(table, column, fact.by, account):
            plain = _named(table, row)
            if plain not in rows:
                rows.append(plain)
    if others := second_accounts(account_id):
        found["second_account"] = [one._asdict() for one in others]
    return found


class Second(NamedTuple):
    """An account beside one's own that has one's place in a workshop, see :mod:`..desk.let_in`.

    ``along``: the desk made it, for this person and for here alone; it is deleted with one's own.
    """

    account_id: int
    name: str
    organisation: str
    workshop: str
    along: bool


def second_accounts(account_id: int) -> list[Second]:
    """The accounts that were let in as this person, as long as nobody has said that they are two people."""
    known, made = aliased(Membership), aliased(Membership)
    query = (
        select(Account, made.id, Workshop.title)
        .join(made, made.account_id == Account.id)
        .join(known, known.taken_by_id == made.id)
        .join(Workshop, Workshop.id == made.workshop_id)
        .where(
            known.account_id.in_(same_person(account_id)),
            known.ended_at.is_(None),
            Account.deleted_at.is_(None),
            Account.joined_into_id.is_(None),
        )
        .order_by(Account.id)
    )
    found = db.session.execute(query).all()
    deeds = select(AuditEntry.facts).where(AuditEntry.deed == "sit_apart")
    by_the_desk = {facts.get("member") for facts in db.session.scalars(deeds)} if found else set()

    def for_here_alone(account: Account, member_id: int) -> bool:
        own_way_in = account.email or account.password or join.has_rights(account.id)
        return member_id in by_the_desk and not own_way_in

    return [
        Second(one.id, one.name, one.organisation, title, for_here_alone(one, member_id))
        for one, member_id, title in found
    ]


def rows_about(table: str, column: str, by: str, account: Account) -> list[dict]:
    """The rows of a table whose column names this account, one of its memberships, or its address."""
    known = Base.metadata.tables[table]
    which = names(known.c[column], by, account)
    if by == "typed":  # typed by others it was never verified: their rows are theirs
        which = known.c.account_id.in_(same_person(account.id))
    if (
        table == "mail" and by == "account"
    ):  # to their own addresses, not to those of an account joined into theirs
        which = known.c.account_id == account.id
    query = select(known).where(which)
    order = known.primary_key.columns
    return [dict(row) for row in db.session.execute(query.order_by(*order)).mappings()]


def names(column, by: str, account: Account):
    """The condition under which a column is about this account."""
    if by == "account":
        return column.in_(same_person(account.id))
    if by == "membership":
        return column.in_(select(Membership.id).where(Membership.account_id.in_(same_person(account.id))))
    spellings = [account.email] if account.email else []
    if by == "listed":
        spellings = [one for one in (account.email, account.name) if one]
        return or_(
            *(cast(column, Text).contains(json.dumps(one)[1:-1], autoescape=True) for one in spellings)
        )
    if by == "typed":
        said = select(Membership.typed_email).where(
            Membership.account_id.in_(same_person(account.id)), Membership.typed_email.is_not(None)
        )
        if column.table.name == "membership":  # said at a door, and perhaps at another one as well
            spellings += db.session.scalars(said)
        return column.in_(spellings) | column.table.c.account_id.in_(same_person(account.id))
    return column.in_([*spellings, *keys_of(account)])


def same_person(account_id: int) -> list[int]:
    """The account and those that were joined into it."""
    found, ahead = [], [account_id]
    while ahead:
        found += ahead
        ahead = list(
            db.session.scalars(
                select(Account.id)
                .where(Account.joined_into_id.in_(ahead), Account.id.not_in(found))
                .order_by(Account.id)
            )
        )
    return found


def change(me, *, name: str, organisation: str, language: str) -> Account:
    """Change one's own name, organisation and language.

    :raises Refused: a name that nobody can read.
    """
    begin_write()
    found = db.session.get(Account, me.id)
    given = {"name": checked_name(name), "organisation": organisation.strip(), "language": language}
    changed = [key for key in CHANGED if getattr(found, key) != given[key]]
    for key in changed:
        setattr(found, key, given[key])
    if changed:
        audit.note(me.id, "change_account", account=me.id, changed=changed)
    return found


def end_logins(me, *, keep: int | None = None) -> int:
    """End all logins of this person, or all but one; copied cookies end with them. How many ended."""
    begin_write()
    ended = db.session.execute(
        delete(Login).where(Login.account_id == me.id, Login.id != (keep or 0))
    ).rowcount
    if ended:
        audit.note(me.id, "end_logins", account=me.id, ended=ended)
    return ended


def valid_logins(account_id: int) -> list[Login]:
    """The logins that still hold, newest first: since when and until when, and nothing about devices."""
    query = select(Login).where(Login.account_id == account_id, Login.expires_at > utcnow())
    return list(db.session.scalars(query.order_by(Login.id.desc())))


def _named(table: str, row: dict) -> dict:
    """A row without what is withheld, with the titles of what its numbers point at."""
    if table == "mail" and row["kind"] == "address":
        return {key: value for key, value in row.items() if key in OF_A_NEW_ADDRESS}
    plain = {
        key: value
        for key, value in row.items()
        if f"{table}.{key}" not in WITHHELD and not isinstance(value, bytes)
    }
    for column in Base.metadata.tables[table].columns:
        for key in column.foreign_keys:
            there, number = key.column.table.name, row[column.name]
            if number is not None and there in WORDS:
                words = WORDS[there]
                plain[there] = db.session.scalar(select(words).where(words.class_.id == number))
            elif number is not None and there == "recommendation":
                plain[there] = db.session.get(Recommendation, number).name
    return plain

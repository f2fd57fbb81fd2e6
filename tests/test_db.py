"""The database's promises: pragmas, immediate writes, no flush outside a write, a chain that holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, column, event, select, table, text
from sqlalchemy.exc import DBAPIError

from tests.rounds import cast, opened
from werkstatt.acts import audit
from werkstatt.db import (
    Asked,
    UnsafeDatabase,
    begin_write,
    check_durability,
    db,
    utcnow,
)
from werkstatt.models import Account, AuditEntry


def test_c12_every_connection_keeps_the_promises(app, backend):
    for _ in range(3):
        with db.engine.connect() as connection:
            connection.invalidate()
        with db.engine.connect() as connection:
            if backend == "sqlite":
                ask = lambda name, c=connection: c.exec_driver_sql(f"PRAGMA {name}").scalar()  # noqa: E731
                assert ask("journal_mode") == "wal"
                assert ask("synchronous") == 2  # FULL
                assert ask("secure_delete") == 1
                assert ask("foreign_keys") == 1
            else:
                for name in ("fsync", "synchronous_commit"):
                    assert (
                        connection.execute(text("SELECT current_setting(:n)"), {"n": name}).scalar() == "on"
                    )
    assert check_durability() == []


def test_c12_an_unsafe_postgresql_stops_the_start(app, backend, monkeypatch):
    if backend != "postgresql":
        return
    with db.engine.connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        connection.commit()
    db.engine.dispose()
    try:
        with pytest.raises(UnsafeDatabase, match="synchronous_commit"):
            check_durability()
    finally:
        with db.engine.connect() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" RESET synchronous_commit')
            connection.commit()
        db.engine.dispose()


@pytest.fixture
def trace(app):
    """Every statement that SQLite itself says it was sent, whichever way it went."""
    seen: list[str] = []

    def listen(connection, _record, _proxy):
        connection.set_trace_callback(seen.append)

    event.listen(db.engine, "checkout", listen)
    yield seen
    event.remove(db.engine, "checkout", listen)
    db.session.remove()
    db.engine.dispose()


def test_c12_writes_begin_immediate(app, backend, house, browse, request):
    if backend != "sqlite":
        return  # PostgreSQL locks rows, not the database
    trace = request.getfixturevalue("trace")
    opened(app, house)
    cast(app, house, "petra", [[0]])
    vera = browse("vera")
    vera.send("/logout")
    begun = None
    for statement in trace:
        if statement.startswith("BEGIN"):
            begun = statement
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            assert begun == "BEGIN IMMEDIATE", statement
    assert any(statement.startswith("INSERT INTO ballot") for statement in trace)


def test_a_flush_outside_of_a_write_is_an_error(app):
    db.session.add(Account(name="Niemand"))
    with pytest.raises(RuntimeError, match="begin_write"):
        db.session.flush()
    db.session.rollback()


def test_begin_write_inside_a_write_keeps_what_was_done(app):
    begin_write()
    db.session.add(Account(name="Erste"))
    db.session.flush()
    begin_write()
    db.session.commit()
    assert db.session.query(Account).count() == 1


def test_moments_are_kept_in_utc_and_need_a_zone(app):
    begin_write()
    db.session.add(Account(name="Zeit", created_at=datetime(2026, 3, 29, 2, 30, tzinfo=UTC)))
    db.session.commit()
    assert db.session.query(Account).one().created_at == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    begin_write()
    db.session.add(Account(name="Ohne", created_at=datetime(2026, 1, 1)))
    with pytest.raises(Exception, match="time zone"):
        db.session.flush()
    db.session.rollback()


def chain(many: int) -> list[AuditEntry]:
    begin_write()
    for number in range(many):
        audit.note(None, "test", n=number)
    db.session.commit()
    return list(db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id)))


def test_the_audit_chain_is_whole_and_its_anchor_moves(app):
    before = audit.anchor()
    chain(4)
    assert audit.broken_at() is None and audit.anchor() != before


@pytest.mark.parametrize("harm", ["change", "remove", "swap"])
def test_the_audit_chain_notices_harm(app, harm):
    entries = chain(4)
    begin_write()
    if harm == "change":
        entries[1].facts = {"n": 7}
    elif harm == "remove":
        db.session.delete(entries[1])
    else:
        entries[1].facts, entries[2].facts = entries[2].facts, entries[1].facts
    db.session.commit()
    assert audit.broken_at() is not None


def test_now_has_a_zone():
    assert utcnow().tzinfo is UTC


def test_what_is_asked_of_the_driver_comes_back_as_from_sqlalchemy(app, house):
    account = Account.__table__
    statement = select(account).where(
        account.c.email == bindparam("email"), account.c.created_at <= bindparam("now")
    )
    asked, now = Asked(statement), utcnow()
    expected = db.session.connection().execute(statement, {"email": "petra@example.org", "now": now}).one()
    found = asked.first(email="petra@example.org", now=now)
    assert tuple(found) == tuple(expected) and found.created_at.tzinfo is UTC and found.is_admin is False
    assert asked.first(email="niemand@example.org", now=now) is None


def test_an_error_of_what_is_asked_keeps_its_meaning(app, backend):
    broken = Asked(select(column("anything")).select_from(table("nowhere")))
    with pytest.raises(DBAPIError) as no:
        broken.first()
    if backend == "postgresql":
        assert no.value.orig.sqlstate == "42P01"
    else:
        assert "no such table" in str(no.value.orig)
    db.session.rollback()

"""What must hold before a server starts."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import text

from tests.cli.servers import free_port
from werkstatt.cli import ready
from werkstatt.db import SAFE_SQLITE, begin_write, db, sqlite


def test_a_port_can_be_listened_on_once():
    port = free_port()
    with ready.listening("127.0.0.1", port), pytest.raises(ready.NotReady, match=f"Port {port} .* is taken"):
        ready.listening("127.0.0.1", port)
    ready.listening("127.0.0.1", port).close()


def test_the_highest_port_has_no_next_one():
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", 65535))
            other.listen()
        except OSError:
            pass  # somebody else has it: just as well
        with pytest.raises(ready.NotReady, match="WERKSTATT_PORT=5000"):
            ready.listening("127.0.0.1", 65535)


@pytest.mark.parametrize("host", ["203.0.113.7", "nowhere.invalid"])
def test_an_address_of_another_machine(host):
    with pytest.raises(ready.NotReady, match="is no address of this machine"):
        ready.listening(host, free_port())


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("x", False)],
)
def test_loopback(host, own):
    assert ready.is_loopback(host) is own


def test_migrating_twice_changes_nothing(app):
    ready.migrate(app)
    ready.migrate(app)
    assert db.session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_a_database_of_a_newer_version_is_refused_and_untouched(app):
    before = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    begin_write()
    db.session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    db.session.commit()
    try:
        with pytest.raises(ready.NotReady, match="newer Werkstatt"):
            ready.migrate(app)
        assert (
            db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999_later"
        )
    finally:
        begin_write()
        db.session.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
        db.session.commit()


def test_c15_an_old_library_gets_one_process(app, monkeypatch):
    monkeypatch.setattr(sqlite, "sqlite_version_info", (3, 40, 1))
    assert ready.one_process_only() is (db.engine.dialect.name == "sqlite")
    monkeypatch.setattr(sqlite, "sqlite_version_info", SAFE_SQLITE)
    assert not ready.one_process_only()

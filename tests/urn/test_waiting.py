"""Somebody else holds the database's lock, for a moment or for long; and what one cast changes."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import inspect, select, table, text
from sqlalchemy.exc import OperationalError

from tests.rounds import TAG, keys_of, opened
from tests.urn.locks import foreign_lock
from werkstatt import db as werkstatt_db
from werkstatt.acts import clerk, rank
from werkstatt.counting import Ranking
from werkstatt.db import Base, Trouble, begin_write, db, trouble_of, utcnow
from werkstatt.models import Ballot, Result, Round
from werkstatt.terms import RoundState


@pytest.fixture
def impatient(app, monkeypatch):
    """Waiting is over after two seconds here, so that the test need not wait for eight."""
    monkeypatch.setattr(werkstatt_db, "BUSY_MS", 2000)
    monkeypatch.setattr(werkstatt_db, "HURRIED_MS", 20)
    db.engine.dispose()
    yield
    werkstatt_db._waiting.in_vain = False
    db.engine.dispose()


@pytest.fixture
def petra(app, house, browse):
    """Petra with a page open: ``petra(rev, place)`` sends a ranking that puts one item first."""
    round, client = opened(app, house), browse("petra")
    address, token, hash = (
        f"/sessions/{round.session_id}/rounds/{round.id}/ballot",
        client.token(),
        round.list_hash,
    )

    def send(rev: int, first: str):
        fields = {f"place-{sign}": "1" if sign == first else "" for sign in "ABCDE"}
        form = {"csrf_token": token, "list": hash, "rev": str(rev), "step": "cast", **fields}
        began = time.monotonic()
        answer = client.post(address, data=form)
        return answer, time.monotonic() - began

    return send


def stored() -> list:
    return db.session.execute(db.select(Ballot.box, Ballot.rev)).all()


def test_c27_a_short_foreign_lock_only_delays(app, database_url, petra):
    held = threading.Event()

    def hold():
        with foreign_lock(database_url):
            held.set()
            time.sleep(0.5)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    answer, took = petra(0, "A")
    other.join()
    assert answer.status_code == 303 and took > 0.2
    assert [rev for _, rev in stored()] == [1]


def test_c27_a_long_foreign_lock_is_a_503_and_nobody_queues_behind_it(app, database_url, impatient, petra):
    assert petra(0, "A")[0].status_code == 303
    before = stored()
    with foreign_lock(database_url):
        first, took = petra(1, "B")
        assert first.status_code == 503 and first.headers["Retry-After"] == "5" and took > 1.8
        assert "Bitte versuchen Sie es gleich noch einmal" in first.text
        second, took = petra(1, "B")
        assert second.status_code == 503 and took < 1.5, "once waiting was in vain, the next ones only try"
    assert stored() == before
    assert petra(1, "B")[0].status_code == 303
    assert not werkstatt_db._waiting.in_vain


def test_c27_what_a_drivers_error_means(app, backend):
    import psycopg

    assert trouble_of(psycopg.errors.LockNotAvailable()) is Trouble.BUSY
    assert trouble_of(psycopg.errors.DiskFull()) is Trouble.FULL
    assert trouble_of(psycopg.OperationalError("server closed the connection")) is Trouble.GONE
    assert trouble_of(werkstatt_db.sqlite.OperationalError("database is locked")) is Trouble.BUSY
    assert trouble_of(werkstatt_db.sqlite.OperationalError("database or disk is full")) is Trouble.FULL


def test_c11_a_cast_in_flight_is_waited_for(app, house):
    """The count begins only when a cast that arrived in time has been committed, and counts it."""
    round = opened(app, house)
    keys, sealed, go_on = keys_of(app), threading.Event(), threading.Event()
    petra, frozen = house.actor("petra"), SimpleNamespace(id=round.id, list_hash=round.list_hash)
    here, arrived = SimpleNamespace(id=house.session.id), utcnow()

    def slow_cast():
        with app.app_context():
            try:
                rank.cast(
                    here, petra, keys, frozen.id,
                    login_tag=TAG, list_hash=frozen.list_hash, rev=0, vote=Ranking(((0,),)), arrived=arrived,
                )  # fmt: skip
                sealed.set()
                go_on.wait(10)
                db.session.commit()
            finally:
                db.session.remove()

    def close():
        with app.app_context():
            clerk.work_once(keys)
            db.session.remove()

    db.session.expunge_all()
    begin_write()
    db.session.get(Round, frozen.id).deadline_at = utcnow() + timedelta(milliseconds=1)
    db.session.commit()
    voter, closing = threading.Thread(target=slow_cast), threading.Thread(target=close)
    voter.start()
    assert sealed.wait(10)
    closing.start()
    closing.join(0.3)
    still_waiting = closing.is_alive()
    go_on.set()
    voter.join()
    closing.join()
    assert still_waiting, "the clerk did not wait for the session's lock"
    db.session.rollback()
    assert db.session.get(Round, frozen.id).state is RoundState.CLOSED
    assert db.session.get(Result, frozen.id).figures["cast"] == 1


def everything() -> dict[str, list[str]]:
    """All rows of all tables that the database itself knows, as text."""
    found = {
        name: sorted(
            repr(tuple(row)) for row in db.session.execute(select(text("*")).select_from(table(name)))
        )
        for name in inspect(db.engine).get_table_names()
    }
    db.session.rollback()
    return found


def test_c18_a_cast_over_http_changes_one_row_of_one_table(app, petra):
    """First cast, change, and the same again: one row, one row, none; in all tables that there are."""
    for rev, first, changes in ((0, "A", ["ballot"]), (1, "B", ["ballot"]), (1, "B", [])):
        before = everything()
        assert set(before) >= {known.name for known in Base.metadata.sorted_tables}
        assert petra(rev, first)[0].status_code == 303
        after = everything()
        assert [name for name in after if after[name] != before[name]] == changes
        assert len(after["ballot"]) == 1


def test_c18_the_stored_table_knows_no_person_time_address_or_serial(app, backend):
    """Asked of the database itself, not of the models."""
    kinds = {column["name"]: str(column["type"]) for column in inspect(db.engine).get_columns("ballot")}
    assert set(kinds) == {"round_id", "handle", "box", "rev"}
    assert {kinds["handle"], kinds["box"]} <= {"BLOB", "BYTEA"}
    if backend == "sqlite":
        with pytest.raises(OperationalError, match="rowid"):
            db.session.execute(text("SELECT rowid FROM ballot"))
    assert [key["referred_table"] for key in inspect(db.engine).get_foreign_keys("ballot")] == ["round"]

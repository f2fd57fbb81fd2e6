"""A PostgreSQL that says nothing any more stops nobody for long."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.silence import Way
from werkstatt import reach
from werkstatt.db import db


@pytest.fixture
def way(app, backend):
    if backend != "postgresql":
        pytest.skip("a file is never silent")
    way = Way(db.engine.url)
    yield way
    way.close()


def test_a_connection_that_rested_is_asked_whether_its_server_is_still_there(app, backend, monkeypatch):
    if backend != "postgresql":
        return  # a file does not hang up
    monkeypatch.setattr(reach, "RESTED", 0.0)
    asked = db.select(db.text("pg_backend_pid()"))
    first = db.session.scalar(asked)
    db.session.remove()
    elsewhere = create_engine(db.engine.url)
    with elsewhere.connect() as other:
        other.execute(db.text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
    elsewhere.dispose()
    assert db.session.scalar(asked) != first


def test_who_asks_a_silent_postgresql_is_told_so_and_the_next_has_another_connection(way, monkeypatch):
    monkeypatch.setattr(reach, "SILENT", 0.3)
    with way.engine.connect() as one, way.engine.connect() as two:
        assert one.scalar(db.text("SELECT 1")) == two.scalar(db.text("SELECT 1")) == 1
        two.rollback()
        way.cut()
        began = time.monotonic()
        with pytest.raises(OperationalError, match="does not answer"):
            one.execute(db.text("SELECT 2"))
        assert one.invalidated
    with way.engine.connect() as new:  # and not the other one, which is as silent
        assert new.scalar(db.text("SELECT 3")) == 3
    assert time.monotonic() - began < 5


def test_what_rested_through_the_silence_is_noticed_by_asking(way, monkeypatch):
    monkeypatch.setattr(reach, "RESTED", 0.0)
    monkeypatch.setattr(reach, "NOT_THERE", 0.3)
    with way.engine.connect() as one, way.engine.connect():
        one.scalar(db.text("SELECT 1"))
    way.cut()
    began = time.monotonic()
    for _ in range(2):
        with way.engine.connect() as new, way.engine.connect() as other:
            assert new.scalar(db.text("SELECT 2")) == other.scalar(db.text("SELECT 2")) == 2
    assert time.monotonic() - began < 5


def test_what_takes_long_and_may_is_waited_for(way, monkeypatch):
    monkeypatch.setattr(reach, "SILENT", 0.2)
    with way.engine.connect() as one:
        one.connection.driver_connection.patience = 10
        assert one.scalar(db.text("SELECT 1 FROM pg_sleep(0.5)")) == 1


def test_every_connection_asks_for_signs_of_life_and_the_address_may_say_otherwise(way):
    with way.engine.connect() as one:
        said = one.connection.driver_connection.info.get_parameters()
    assert {name: said[name] for name in reach.SIGNS_OF_LIFE if name != "connect_timeout"} == {
        name: str(value)
        for name, value in reach.SIGNS_OF_LIFE.items()
        if name not in ("connect_timeout", "keepalives")
    } | {"keepalives": "1"}
    own = create_engine(way.engine.url.update_query_dict({"keepalives_idle": "60"}))
    with own.connect() as one:
        assert one.connection.driver_connection.info.get_parameters()["keepalives_idle"] == "60"
    own.dispose()

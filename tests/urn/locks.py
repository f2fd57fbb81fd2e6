"""Somebody else's lock on the database, as another program would hold it."""

from __future__ import annotations

import contextlib

from sqlalchemy import create_engine, text

from werkstatt.db import engine_options


@contextlib.contextmanager
def foreign_lock(url: str):
    """Another program holds the lock that a cast needs."""
    engine = create_engine(url, **engine_options(url))
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(werkstatt_write=True) as connection:
        connection.execute(text("SELECT 1" if sqlite else "LOCK TABLE ballot IN EXCLUSIVE MODE"))
        try:
            yield
        finally:
            connection.rollback()
    engine.dispose()

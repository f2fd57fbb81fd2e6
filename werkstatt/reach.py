"""PostgreSQL is somewhere else: how it is reached, and how long anybody waits for its answer.

A server whose machine lost its power, or a way to it that was cut, says nothing at all: no connection
ends, and whoever asked would wait for ever, and all others behind them. So the system asks silent
connections for a sign of life, and where something in between gives it in the server's place, nobody
waits longer than :data:`SILENT` for an answer. A connection that was silent is thrown away together
with all others of its pool; whatever was on its way was not promised to anybody.
"""

from __future__ import annotations

import functools
import time

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import Pool

RESTED = 5.0  # seconds after which a pooled connection is asked whether its server is still there
SILENT = 15.0  # seconds without an answer; nearly twice the longest wait for a lock (werkstatt.db.BUSY_MS)
NOT_THERE = 5.0  # seconds for "are you there", and for a new connection

# The driver's words for the system's own signs of life, in seconds, and for what nobody acknowledges, in
# milliseconds; the installation's address of the database may say otherwise.
SIGNS_OF_LIFE = {
    "connect_timeout": int(NOT_THERE),
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


@functools.cache
def patient(driver) -> type:
    """The driver's connection, but nobody waits for its answer for ever."""

    class Connection(driver.Connection):
        patience: float | None = None  # seconds; ``None``: SILENT

        def wait(self, gen, *given, **named):
            try:
                return super().wait(gen, *given, **{"timeout": self.patience or SILENT, **named})
            except driver.errors._WaitTimeout as no:
                self.pgconn.finish()  # what comes late must not be taken for the answer to another question
                raise silence(driver) from no

    return Connection


def silence(driver):
    """The error for a server that says nothing."""
    return driver.OperationalError("PostgreSQL does not answer")


@event.listens_for(Engine, "do_connect")
def _reach(dialect, _record, given, named):
    if dialect.driver != "psycopg":
        return None
    return patient(dialect.dbapi).connect(*given, **{**SIGNS_OF_LIFE, **named})


@event.listens_for(Pool, "checkin")
def _rest(_connection, record) -> None:
    record.info["resting_since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _wake(connection, record, _proxy) -> None:
    """Ask a connection that has rested whether its server is still there; in a busy room nobody need ask."""
    rested = time.monotonic() - record.info.get("resting_since", time.monotonic())
    if rested < RESTED or not hasattr(connection, "pgconn"):
        return
    try:
        connection.patience = NOT_THERE
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except Exception as no:  # of whatever kind: the pool makes new ones and asks no further
        raise InvalidatePoolError from no
    finally:
        connection.patience = None

"""The database: pragmas, locks, transactions, names of constraints.

Two databases, one behaviour. SQLite is the embedded default (WAL, synchronous FULL, secure
delete, foreign keys); PostgreSQL serves larger installations. A write transaction is begun
with :func:`begin_write`, so that SQLite takes its write lock at the start (BEGIN IMMEDIATE)
and never has to give up in the middle; a flush outside of one is a programming error.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, String, event, text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from . import reach  # noqa: F401 - how every engine reaches PostgreSQL
from .plans import Plan, plan

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # a platform without a wheel uses its own library
    sqlite = sqlite3

SAFE_SQLITE = (3, 51, 3)  # older ones have the WAL-reset bug
BUSY_MS = 8000  # how long a write waits for a lock before it is refused
HURRIED_MS = 100  # the same while waiting was in vain a moment ago: a full room must not queue behind it
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; every constraint has a name by :data:`NAMES`."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)


class UtcDateTime(TypeDecorator):
    """An aware moment in UTC; SQLite keeps it without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Term(TypeDecorator):
    """A word of the glossary (a ``StrEnum``), stored as its text."""

    impl = String(20)
    cache_ok = True

    def __init__(self, words: type[StrEnum]):
        super().__init__()
        self.words = words

    def process_bind_param(self, value, dialect):
        return None if value is None else self.words(value).value

    def process_result_value(self, value, dialect):
        return None if value is None else self.words(value)


def utcnow() -> datetime:
    """The server's moment; the only place that asks the clock."""
    return datetime.now(UTC)


def engine_options(url: str) -> dict:
    """Arguments for ``create_engine``: the newer SQLite library; no handle or box in any error's text."""
    if url.startswith("sqlite"):
        return {"module": sqlite, "hide_parameters": True}
    return {"hide_parameters": True}


@event.listens_for(Engine, "connect")
def _prepare_connection(connection, _record) -> None:
    if not isinstance(connection, (sqlite.Connection, sqlite3.Connection)):
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(BUSY_MS)}")
        connection.commit()
        return
    connection.isolation_level = None  # transactions are begun by _begin, below
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={int(BUSY_MS)}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection) -> None:
    if connection.dialect.name == "postgresql":
        if _waiting.in_vain:
            connection.execute(text("SELECT set_config('lock_timeout', :ms, true)"), {"ms": str(HURRIED_MS)})
    elif connection.get_execution_options().get("werkstatt_write"):
        _begin_immediate(connection)
    else:
        to_driver(connection, "BEGIN")


@dataclass
class Waiting:
    """Whether the last wait for a lock in this process was in vain, and no write has succeeded since."""

    in_vain: bool = False


_waiting = Waiting()


def _begin_immediate(connection) -> None:
    """Take SQLite's write lock, waiting for it, but not long if somebody just waited in vain."""
    if not _waiting.in_vain:
        to_driver(connection, "BEGIN IMMEDIATE")
        return
    _sqlite_patience(connection, HURRIED_MS)
    try:
        to_driver(connection, "BEGIN IMMEDIATE")
    finally:
        _sqlite_patience(connection, BUSY_MS)


def _sqlite_patience(connection, milliseconds: int) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(milliseconds)}")
    cursor.close()


@event.listens_for(Engine, "handle_error")
def _remember_a_vain_wait(context) -> None:
    if trouble_of(context.original_exception) is Trouble.BUSY:
        _waiting.in_vain = True


@event.listens_for(Engine, "commit")
def _forget_it(_connection) -> None:
    _waiting.in_vain = False


def hurried() -> bool:
    """Whether to wait for a lock for a moment only, because the last wait was in vain."""
    return _waiting.in_vain


class Trouble(StrEnum):
    """Why the database cannot store something now."""

    BUSY = "busy"  # somebody holds a lock for too long
    FULL = "full"  # no space left on the disk
    GONE = "gone"  # anything else: no connection, an input or output error


def trouble_of(error: BaseException | None) -> Trouble:
    """What a driver's error means."""
    state = getattr(error, "sqlstate", None)
    said = "" if state else str(error)
    if state == "55P03" or said.startswith("database is locked"):
        return Trouble.BUSY
    if state == "53100" or "disk is full" in said:
        return Trouble.FULL
    return Trouble.GONE


def begin_write() -> None:
    """Begin the write transaction, ending whatever was only read before.

    Inside a write transaction it does nothing, so that verbs compose.
    """
    session = db.session()
    if session.info.get("writing") and session.in_transaction():
        return
    session.rollback()
    session.info["connection"] = session.connection(execution_options={"werkstatt_write": True})
    session.info["writing"] = True


@event.listens_for(db.session.session_factory, "after_transaction_end")
def _ended(session, transaction) -> None:
    if transaction.parent is None:
        session.info.pop("writing", None)
        session.info.pop("connection", None)


@event.listens_for(db.session.session_factory, "before_flush")
def _guard_flush(session, _context, _instances) -> None:
    if not session.info.get("writing"):
        raise RuntimeError("a flush outside of begin_write()")


def _connection():
    """The connection of the transaction that is open, or of a new one that reads."""
    session = db.session()
    return session.info.get("connection") or session.info.setdefault("connection", session.connection())


class Asked:
    """A statement about at most one row that nearly every request uses, compiled once for each database.

    SQLite answers such a question faster than an execution through SQLAlchemy begins, so the driver is
    given the text as it is; the columns' own types convert what goes in and what comes out.
    """

    def __init__(self, statement):
        self.statement = statement
        self._columns = getattr(statement, "selected_columns", getattr(statement, "exported_columns", ()))
        names = [column.key for column in self._columns]
        self.row = namedtuple("row", names, rename=True)  # names that come twice are numbered instead
        self._plans: dict[tuple[str, str], Plan] = {}

    def first(self, connection=None, **values):
        """The row as a named tuple, or ``None``; asked on this connection, else in the session's transaction."""
        cursor, plan = self._send(connection or _connection(), values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else self.named(row, plan)

    def named(self, row, plan: Plan) -> tuple:
        """What the driver read, as a named tuple."""
        cells = list(row)
        for at, process in plan.outgoing:
            cells[at] = process(cells[at])
        return self.row._make(cells)

    def change(self, connection=None, **values) -> int:
        """How many rows a statement that writes has changed."""
        cursor, _ = self._send(connection or _connection(), values)
        changed = cursor.rowcount
        cursor.close()
        return changed

    def _send(self, connection, values: dict) -> tuple:
        """Run it: (cursor, plan)."""
        plan = self.plan(connection.dialect)
        return to_driver(connection, plan.sql, plan.sent(values)), plan

    def plan(self, dialect) -> Plan:
        """The statement in a dialect's words."""
        key = dialect.name, dialect.paramstyle
        return self._plans.get(key) or self._plans.setdefault(
            key, plan(self.statement, self._columns, dialect)
        )


def to_driver(connection, sql: str, given=()):
    """A statement past SQLAlchemy; returns the driver's cursor.

    What goes wrong is handed to SQLAlchemy all the same, which names the error as everybody expects it
    and forgets a connection that is gone.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, given)
    except connection.dialect.dbapi.Error as no:
        connection._handle_dbapi_exception(no, sql, given, cursor, None)
    return cursor


def lock_session(session_id: int, *, alone: bool) -> None:
    """Hold a workshop session until the transaction ends.

    Writers of one session share the lock; who changes the phase or opens and closes a round
    holds it alone. SQLite has one writer anyway.
    """
    begin_write()
    _lock(SESSION_LOCKS, session_id, ALONE if alone else SHARED)


def lock_rounds() -> None:
    """Nobody opens a round until the transaction ends; whoever is about to has committed before."""
    begin_write()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE round IN SHARE MODE"))


def lock_texts(session_id: int) -> None:
    """Hold the numbers and wordings of a session's recommendations until the transaction ends.

    Writers share the session's lock, so two proposals at once would be given the same number.
    To be taken after the session's lock and before the audit chain's (SQLite has one writer anyway).
    """
    _lock(TEXT_LOCKS, session_id)


SESSION_LOCKS, CHAIN_LOCK, CLERK_LOCK, TEXT_LOCKS = 1, 2, 3, 4
ALONE = Asked(text("SELECT pg_advisory_xact_lock(:space, :id)"))
SHARED = Asked(text("SELECT pg_advisory_xact_lock_shared(:space, :id)"))


def _lock(space: int, id: int, how: Asked = ALONE) -> None:
    """PostgreSQL's lock on a number, until the transaction ends; SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        how.change(space=space, id=id)


def lock_chain() -> None:
    """Hold the end of the audit chain until the transaction ends (SQLite has one writer anyway)."""
    _lock(CHAIN_LOCK, 0)


def old_sqlite() -> str:
    """The embedded library's version where it is too old for a second process on its file, else empty."""
    if db.engine.dialect.name != "sqlite" or sqlite.sqlite_version_info >= SAFE_SQLITE:
        return ""
    return ".".join(map(str, sqlite.sqlite_version_info))


class UnsafeDatabase(Exception):
    """The database does not keep the promises; its text is one sentence for the operator."""


def check_durability() -> list[str]:
    """What the database promises, asked of the database itself.

    :returns: warnings that do not stop the start.
    :raises UnsafeDatabase: when a committed ballot could be lost.
    """
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":
            for name in ("fsync", "synchronous_commit"):
                value = connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
                if value == "off":
                    raise UnsafeDatabase(
                        f"PostgreSQL runs with {name}=off: a saved ballot could be lost. Switch it on."
                    )
            return []
    if sqlite.sqlite_version_info < SAFE_SQLITE:
        return [
            f"The embedded SQLite library is {sqlite.sqlite_version}; before 3.51.3 only one"
            " server process is safe. Install the package pysqlite3."
        ]
    return []

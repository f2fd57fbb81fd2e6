"""Alembic's environment: the models' tables, on the application's engine."""

from __future__ import annotations

import contextlib

from alembic import context
from flask import current_app

from werkstatt import models  # noqa: F401 - fills the metadata
from werkstatt.db import Base, Term, UtcDateTime, db

LONGEST = 3600  # seconds that PostgreSQL may take for one statement of a step


def migrate() -> None:
    """Walk the stairs in one transaction a step."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    with (
        db.engine.connect().execution_options(werkstatt_write=True) as connection,
        _tables_made_anew(connection),
    ):
        if connection.dialect.name == "postgresql":
            connection.connection.driver_connection.patience = LONGEST
        _run(connection)
        connection.commit()


@contextlib.contextmanager
def _tables_made_anew(connection):
    """A step that makes a SQLite table anew must not take along, or stumble over, what hangs on its rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = (
        connection.connection.dbapi_connection
    )  # outside of any transaction, where alone it has an effect
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        lost = driver.execute("PRAGMA foreign_key_check").fetchall()
        if lost:
            raise RuntimeError(f"rows that point at nothing: {lost[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _render(kind: str, item, autogen_context):
    """Write the types of the database, so that a migration never depends on our classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Term):
        return "sa.String(length=20)"
    return False


def _run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


if not current_app:
    raise RuntimeError("migrations run through `flask --app werkstatt db ...`")
migrate()

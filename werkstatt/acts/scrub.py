"""Scrub: what was deleted or blacked out leaves the old backups too, and not only the database.

A backup lacks whatever was erased after it was made, so the erasure is done again in a copy of it, which
then takes its place under the same name. Only a backup of an earlier form of the tables stays as it is:
it was made by an earlier version of the program, and goes when its days are over.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ..db import db, sqlite
from ..secrecy import KeyFolder
from . import privacy
from .privacy import Journal

log = logging.getLogger(__name__)
Elsewhere = Callable[[Path], AbstractContextManager]  # inside it, ``db`` is the database in this file


def lacks(file: Path, marks: set[str]) -> bool:
    """Whether erasures of the journal are still to be done in this backup, and can be."""
    connection = sqlite.connect(file.absolute().as_uri() + "?mode=ro", uri=True)
    try:
        if connection.execute("SELECT version_num FROM alembic_version").fetchall() != _form():
            return False
        done = connection.execute("SELECT mark FROM deletion UNION SELECT mark FROM redaction").fetchall()
    except sqlite.DatabaseError:  # no backup of ours, or older than erasures
        return False
    finally:
        connection.close()
    return not marks <= {mark for (mark,) in done}


def again(file: Path, half: Path, settings, elsewhere: Elsewhere) -> None:
    """Do all erasures of the journal in a copy of this backup; it is one file afterwards, and whole."""
    shutil.copyfile(file, half)
    half.chmod(0o600)
    with elsewhere(half):
        privacy.reconcile(Journal(settings.keys, settings.instance), KeyFolder(settings.keys))
    connection = sqlite.connect(half, isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        said = connection.execute("PRAGMA quick_check").fetchone()[0]
    finally:
        connection.close()
    if said != "ok":
        raise sqlite.DatabaseError(f"damaged: {said}")


def _form() -> list[tuple[str]]:
    """The form of the tables that the database in use has."""
    form = db.session.connection().exec_driver_sql("SELECT version_num FROM alembic_version").fetchall()
    db.session.rollback()
    return [tuple(row) for row in form]

"""The journal of erasures: what was deleted or blacked out, kept outside the database.

A restored backup would bring a deleted name or a blacked-out passage back. So each erasure is also a
line in ``erasures.jsonl``, in the key folder (which no restore touches) and in the instance folder
(which travels with newer backups). A line names a number or a place, never a word of a text.

:func:`reconcile` makes journal and database agree, at the start and then by the clerk: what the
journal lacks is written to it, what the database lacks is done again. A request commits its row, then
writes the line (:func:`write`), then answers; so no line is ever written for an erasure that was not committed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from ...db import BUSY_MS, begin_write, db
from ...models import Account, Deletion, Redaction
from ...secrecy import KeyFolder
from .. import NotNow, audit, rank
from .erase import erase, memberships
from .redact import black_out_again

NAME = "erasures.jsonl"
LONG_READER_MS = 500


class Journal:
    """The lines of all its files together; each file is made whole when one lacks a line."""

    def __init__(self, *folders: Path):
        self.files = [folder / NAME for folder in folders]

    def lines(self) -> dict[str, dict]:
        """mark -> line, of all files. A line cut short by a crash is no line; it is written again."""
        found: dict[str, dict] = {}
        for file in self.files:
            found |= _read(file)
        return found

    def add(self, lines: dict[str, dict]) -> None:
        """Bring every file to at least these lines, on disk for certain."""
        for file in self.files:
            there = _read(file)
            missing = [line for mark, line in lines.items() if mark not in there]
            if missing:
                _append(file, missing)


def write(journal: Journal) -> None:
    """Bring the journal up to what is committed: before somebody is told that it is gone."""
    journal.add(_stored())
    db.session.rollback()


def reconcile(journal: Journal, keys: KeyFolder) -> int:
    """Make journal and database agree; returns how many erasures were done again. Commits each."""
    written, stored = journal.lines(), _stored()
    db.session.rollback()
    again = 0
    for mark, line in written.items():
        if mark not in stored:
            _repeat(mark, line, keys)
            again += 1
    if not stored.keys() <= written.keys():
        journal.add(written | stored)
    if again or not stored.keys() <= written.keys():
        forget_old_pages()
    return again


def _stored() -> dict[str, dict]:
    """The erasures that this database knows, as lines."""
    lines = {
        mark: {"kind": "account", "mark": mark}
        for mark in db.session.scalars(select(Deletion.mark).order_by(Deletion.mark))
    }
    for one in db.session.scalars(select(Redaction).order_by(Redaction.id)):
        lines[one.mark] = {
            "kind": "passage",
            "mark": one.mark,
            "reason": one.reason.value,
            "signs": one.signs,
            "places": one.places,
        }
    return lines


def _repeat(mark: str, line: dict, keys: KeyFolder) -> None:
    """Do an erasure again that a restored backup does not know."""
    begin_write()
    REPEATS[line["kind"]](mark, line, keys)
    db.session.commit()


def _repeat_deletion(mark: str, line: dict, keys: KeyFolder) -> None:
    account = db.session.scalars(select(Account).where(Account.opaque == mark)).one_or_none()
    if account is None:  # the backup is older than the account
        db.session.add(Deletion(mark=mark))
        return
    with contextlib.suppress(NotNow):  # a restored round has no key: it cannot be counted any more anyway
        rank.forget(None, keys, memberships(account.id))
    erase(account)
    audit.note(None, "repeat_deletion", account=account.id)


def _repeat_redaction(mark: str, line: dict, keys: KeyFolder) -> None:
    black_out_again(mark, line)
    audit.note(None, "repeat_redaction", signs=line["signs"])


REPEATS: dict[str, Callable[[str, dict, KeyFolder], None]] = {
    "account": _repeat_deletion,
    "passage": _repeat_redaction,
}


def marks() -> set[str]:
    """The erasures that are committed."""
    found = set(db.session.scalars(select(Deletion.mark))) | set(db.session.scalars(select(Redaction.mark)))
    db.session.rollback()
    return found


def forget_old_pages() -> bool:
    """SQLite's write-ahead log still holds pages as they were before; empty it where nobody reads.

    Until then the file itself holds them, too. What a page loses is overwritten with zeros (secure_delete).
    Whoever casts waits meanwhile, so that a long reader is waited for only shortly.

    :returns: whether nothing of before is left; else somebody was reading, and it must be done once more.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    db.session.rollback()
    connection = db.engine.raw_connection()  # outside of any transaction, where alone it may be asked
    try:
        connection.cursor().execute(f"PRAGMA busy_timeout={LONG_READER_MS}")
        busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        connection.cursor().execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.close()


def _read(file: Path) -> dict[str, dict]:
    found = {}
    with contextlib.suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                one = json.loads(line)
                if one["kind"] in REPEATS:
                    found[one["mark"]] = one
    return found


def _append(file: Path, lines: list[dict]) -> None:
    """Each line begins with a line break, so that a half one before it spoils nothing."""
    body = "".join("\n" + json.dumps(line, sort_keys=True) for line in lines) + "\n"
    handle = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        os.write(handle, body.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

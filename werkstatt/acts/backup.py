"""The clerk's backups of an SQLite file: one a night, one after each close, one when asked for.

A backup is a copy of one moment, made in small steps on a connection of its own, so that casts go on
beside it and a close that is due never waits: this works in a thread of its own. It is written
under another name, read once as a whole, put on the disk for certain, and only then called a
backup. Keys are never in it, as they are never in the database. PostgreSQL is backed up by its own tools.

What was deleted or blacked out is also taken out of the backups that are there (:mod:`.scrub`).

Two small files in the instance folder speak between processes: ``backup.asked`` is the wish for one
now, ``backup.failed`` says why the last one could not be made.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import re
import shutil
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from ..db import Trouble, db, sqlite, trouble_of, utcnow
from ..models import Round
from ..terms import RoundState
from . import rank, scrub
from .privacy import journal

log = logging.getLogger(__name__)
PAGES, BREATH = 256, 0.002  # copied in one step; seconds between two steps
PAUSE = 1.0  # seconds between two looks
AFTER_START = 60.0  # seconds in which a server that has just started does not make the nightly one
AGAIN = 600.0  # seconds until one that failed is tried again
PATIENCE = 120.0  # seconds for which a wish waits
HOUR = 3  # of the night, as the installation's clock says
TOO_OLD = timedelta(hours=25)
NAME = re.compile(r"werkstatt-(\d{8}-\d{6})-(night|close|asked)\.sqlite")
MOMENT = "%Y%m%d-%H%M%S"


class Why(StrEnum):
    """Why no backup could be made."""

    FULL = "full"
    DENIED = "denied"
    DAMAGED = "damaged"
    OTHER = "other"


class NoBackup(Exception):
    """A backup could not be made; the old ones stand as they were."""

    def __init__(self, why: Why, reason: str):
        super().__init__(reason)
        self.why, self.reason = why, reason


@dataclass(frozen=True)
class Made:
    """One backup in the folder."""

    file: Path
    moment: datetime
    kind: str
    size: int


@dataclass(frozen=True)
class State:
    """What the page of the installation says about backups."""

    by: str  # "clerk", "operator" (PostgreSQL), or "nobody": switched off
    folder: Path | None = None
    last: Made | None = None
    count: int = 0
    days: int = 0  # how long one is kept at most, while newer ones are made
    failed: dict | None = None
    old: bool = False


def state(settings) -> State:
    """How it stands with the backups; reads folders and one small file, never the database."""
    if db.engine.dialect.name != "sqlite":
        return State("operator")
    if settings.backups is None:
        return State("nobody")
    found = made(settings.backups)
    last = found[-1] if found else None
    return State(
        "clerk",
        settings.backups,
        last,
        len(found),
        settings.backups_kept,
        failed=_failed(settings.instance),
        old=last is not None and utcnow() - last.moment > TOO_OLD,
    )


def made(folder: Path) -> list[Made]:
    """The backups in a folder, oldest first."""
    found = []
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if match := NAME.fullmatch(file.name):
                moment = datetime.strptime(match[1], MOMENT).replace(tzinfo=UTC)
                with contextlib.suppress(FileNotFoundError):  # one that goes just now
                    found.append(Made(file, moment, match[2], file.stat().st_size))
    return sorted(found, key=lambda one: (one.moment, one.file.name))


# -- making one ----------------------------------------------------------------------------------


def make(settings, kind: str) -> Made:
    """Make one backup now, tidy old ones away, and remember how it went.

    :raises NoBackup: with the reason.
    """
    note = settings.instance / "backup.failed"
    try:
        with _alone(settings):
            done = _make(settings, kind)
    except (OSError, sqlite.Error) as no:
        failed = _explained(no)
        with contextlib.suppress(OSError):
            note.write_text(json.dumps({"at": utcnow().isoformat(), "why": failed.why, "reason": str(no)}))
        raise failed from no
    note.unlink(missing_ok=True)
    return done


@contextlib.contextmanager
def _alone(settings):
    """One backup at a time, whichever process makes it."""
    settings.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(settings.backups / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(settings, kind: str) -> Made:
    folder, moment = settings.backups, utcnow().replace(microsecond=0)
    final = folder / f"werkstatt-{moment.strftime(MOMENT)}-{kind}.sqlite"
    half = folder / ".unfinished"
    _drop(half)
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _copy(Path(db.engine.url.database), half)
        _onto_the_disk(half)
        half.replace(final)
    finally:
        _drop(half)
    with contextlib.suppress(FileNotFoundError):  # what a restore elsewhere must do again
        shutil.copyfile(settings.instance / journal.NAME, folder / journal.NAME)
        os.chmod(folder / journal.NAME, 0o600)
    _tidy(settings)
    _onto_the_disk(folder)
    journal.forget_old_pages()  # what a deletion meanwhile could not, because this was reading
    return Made(final, moment, kind, final.stat().st_size)


def _scrubbed(file: Path, settings, elsewhere: scrub.Elsewhere) -> None:
    half = settings.backups / ".unfinished"
    _drop(half)
    try:
        scrub.again(file, half, settings, elsewhere)
        _onto_the_disk(half)
        half.replace(file)
    finally:
        _drop(half)
    _onto_the_disk(settings.backups)


def _copy(database: Path, to: Path) -> None:
    """One moment of the database, page by page; whoever writes meanwhile is not in it and not held up."""
    with _connected(database) as source, _connected(to) as target:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here on one moment is read
        source.backup(target, pages=PAGES, progress=lambda *_: time.sleep(BREATH))
        source.execute("ROLLBACK")
        _without_open_ballots(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, that needs no second one to be read
    with _connected(to) as again:
        said = again.execute("PRAGMA quick_check").fetchone()[0]
    if said != "ok":
        raise sqlite.DatabaseError(f"damaged: {said}")


def _without_open_ballots(copy) -> None:
    """A round that is being voted on is in no backup: the copy holds no ballot of it, and says that it was interrupted.

    Otherwise the copy would go on with what was cast until then as if that were all.
    """
    copy.execute("PRAGMA journal_mode=MEMORY")  # nothing of what is deleted stays in a file beside it
    copy.execute("PRAGMA secure_delete=ON")
    copy.execute("BEGIN")
    for table in ("ballot", "paper_batch"):
        copy.execute(f"DELETE FROM {table}")
    copy.execute(
        "UPDATE round SET problem = ?, deadline_at = NULL WHERE state IN (?, ?)",
        (rank.PROBLEM_INTERRUPTED, RoundState.OPEN.value, RoundState.CLOSING.value),
    )
    copy.execute("COMMIT")


@contextlib.contextmanager
def _connected(file: Path):
    """A connection of its own to a file that is there already."""
    connection = sqlite.connect(file.absolute().as_uri() + "?mode=rw", uri=True, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _drop(half: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        half.with_name(half.name + end).unlink(missing_ok=True)


def _onto_the_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tidy(settings) -> None:
    """Of each kind the newest stay, none longer than so many days; the newest of all stays in any case."""
    found, kept = made(settings.backups), settings.backups_kept
    oldest = utcnow() - timedelta(days=kept)
    seen: dict[str, int] = {}
    for one in reversed(found):
        seen[one.kind] = seen.get(one.kind, 0) + 1
        if one is not found[-1] and (seen[one.kind] > kept or one.moment < oldest):
            one.file.unlink(missing_ok=True)


def _explained(no: Exception) -> NoBackup:
    code = getattr(no, "errno", None)
    if code in (errno.ENOSPC, errno.EDQUOT) or trouble_of(no) is Trouble.FULL:
        return NoBackup(Why.FULL, "the disk is full")
    if code in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return NoBackup(Why.DENIED, "the folder is not writable for this user")
    if "damaged" in str(no) or "malformed" in str(no):
        return NoBackup(Why.DAMAGED, "the database file is damaged")
    return NoBackup(Why.OTHER, str(no))


def _failed(instance: Path) -> dict | None:
    try:
        note = json.loads((instance / "backup.failed").read_text())
        return {"at": datetime.fromisoformat(note["at"]), "why": Why(note["why"]), "reason": note["reason"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


# -- the thread ----------------------------------------------------------------------------------


def run(app, settings, stop: threading.Event, elsewhere: scrub.Elsewhere) -> None:
    """Make backups until told to stop; ``elsewhere`` opens the database in a file instead of ours."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite" and settings.backups is not None:
            keeper = Keeper(settings)
            while not stop.wait(PAUSE):
                try:
                    keeper.look()
                    keeper.scrub(elsewhere)
                except Exception:
                    log.exception("the backup stumbled and is tried again")
                finally:
                    db.session.remove()


class Keeper:
    """Knows what is due: a night's backup, one after a close, one that was asked for."""

    def __init__(self, settings):
        self.settings, self.asked = settings, settings.instance / "backup.asked"
        self.night_from = time.monotonic() + AFTER_START
        self.not_before = 0.0
        self.closed: int | None = None
        self.scrubbed: set[str] = set()  # the erasures that were done in every backup

    def look(self) -> Made | None:
        """Make the one backup that is due, if any; a failure is told on the page and tried again."""
        closed = self._closed()
        if self.asked.exists():
            kind = "asked"
        elif time.monotonic() < self.not_before:
            return None
        elif self.closed is not None and closed > self.closed:
            kind = "close"
        elif time.monotonic() >= self.night_from and self._night_is_due():
            kind = "night"
        else:
            self.closed = closed
            return None
        try:
            done = make(self.settings, kind)
            self.closed = closed
            return done
        except NoBackup as no:
            log.error("no backup: %s", no)
            self.not_before = time.monotonic() + AGAIN
            return None
        finally:
            if kind == "asked":
                self.asked.unlink(missing_ok=True)

    def scrub(self, elsewhere: scrub.Elsewhere) -> int:
        """Take what was erased since then out of every backup; out of how many."""
        marks = set(journal.Journal(self.settings.keys, self.settings.instance).lines())
        if marks <= self.scrubbed:
            return 0
        done = 0
        with _alone(self.settings):
            for one in made(self.settings.backups):
                if scrub.lacks(one.file, marks):
                    _scrubbed(one.file, self.settings, elsewhere)
                    done += 1
        self.scrubbed = marks
        return done

    def _closed(self) -> int:
        """How many rounds are counted, with their keys gone."""
        count = db.session.scalar(
            select(func.count()).select_from(Round).where(Round.state == RoundState.CLOSED)
        )
        db.session.rollback()
        return count

    def _night_is_due(self) -> bool:
        found = made(self.settings.backups)
        return not found or found[-1].moment < last_night(self.settings.time_zone)


def last_night(zone: str) -> datetime:
    """The latest moment at which a nightly backup was due."""
    now = utcnow().astimezone(ZoneInfo(zone))
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return (night if night <= now else night - timedelta(days=1)).astimezone(UTC)


def ask(settings, works) -> bool:
    """Ask the clerk for a backup and wait for it; whether it took up the wish while it works."""
    asked = settings.instance / "backup.asked"
    asked.touch(mode=0o600)
    until = time.monotonic() + PATIENCE
    while asked.exists():
        if time.monotonic() > until or not works():
            asked.unlink(missing_ok=True)
            return False
        time.sleep(0.2)
    return True

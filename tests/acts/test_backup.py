"""C15: the clerk's backups of an SQLite file. Of one moment, private, without keys, beside the casts."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import select

from tests.rounds import cast, close, opened
from werkstatt.acts import backup
from werkstatt.acts.privacy import journal
from werkstatt.db import db, sqlite
from werkstatt.models import Ballot, Round
from werkstatt.terms import RoundState

pytestmark = pytest.mark.embedded


@pytest.fixture
def settings(app):
    """Those of the app, without the backups of the test before."""
    settings = app.config["SETTINGS"]
    shutil.rmtree(settings.backups, ignore_errors=True)
    return settings


@pytest.fixture
def keeper(settings):
    """The thread's mind, at work for longer than a minute."""
    keeper = backup.Keeper(settings)
    keeper.night_from = 0.0
    return keeper


@pytest.fixture
def clock(monkeypatch):
    """``clock(...)`` sets the hour for the backups."""
    return lambda *moment: monkeypatch.setattr(backup, "utcnow", lambda: datetime(*moment, tzinfo=UTC))


def rows(file, query: str) -> list:
    connection = sqlite.connect(file)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_c15_one_a_night_one_after_each_close_and_none_between(app, house, keeper, settings, clock):
    clock(2026, 11, 25, 1, 59)
    assert keeper.look().kind == "night" and keeper.look() is None, "there was none at all"
    clock(2026, 11, 25, 2, 1)  # three o'clock in Berlin
    assert keeper.look().kind == "night" and keeper.look() is None
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    assert keeper.look() is None
    close(app, house, round)
    clock(2026, 11, 25, 18, 0)
    after = keeper.look()
    assert after.kind == "close" and keeper.look() is None
    assert rows(after.file, "select state from round") == [("closed",)]
    assert rows(after.file, "select count(*) from ballot") == [(0,)]
    for one in backup.made(settings.backups):
        assert one.file.stat().st_mode & 0o777 == 0o600
    assert settings.backups.stat().st_mode & 0o777 == 0o700
    names = {file.name for file in settings.backups.iterdir()} - {journal.NAME, ".lock"}
    assert names == {one.file.name for one in backup.made(settings.backups)}, "no half one, no key"


def test_c15_a_server_that_has_just_started_first_serves(settings):
    assert backup.Keeper(settings).look() is None


def test_c15_the_newest_stay_and_none_too_long(settings, clock):
    few = replace(settings, backups_kept=3)
    for day in range(1, 7):
        clock(2026, 3, day, 12)
        backup.make(few, "night")
    backup.make(few, "close")
    kinds = [(one.kind, one.moment.day) for one in backup.made(settings.backups)]
    assert kinds == [("night", 4), ("night", 5), ("close", 6), ("night", 6)]
    clock(2026, 4, 30, 12)
    backup.make(few, "asked")
    assert [one.kind for one in backup.made(settings.backups)] == ["asked"]


def test_c15_c48_casts_and_the_close_go_on_beside_a_backup_of_one_moment(app, house, settings, monkeypatch):
    """Each step writes a ballot before the next page is read: a copy that began anew would never end."""
    round = opened(app, house)
    monkeypatch.setattr(backup, "PAGES", 8)
    revs, waited, state = count(), [], []
    inside, step, over, sleep = threading.Event(), threading.Semaphore(0), threading.Event(), time.sleep

    def breathe(seconds):
        if threading.current_thread() is not thread:
            return sleep(seconds)
        inside.set()
        if not over.is_set():
            step.acquire(timeout=10)

    monkeypatch.setattr(backup.time, "sleep", breathe)
    made = []

    def copy():
        with app.app_context():
            made.append(backup.make(settings, "asked"))
            db.session.remove()

    thread = threading.Thread(target=copy)
    cast(app, house, "petra", [[0]], rev=next(revs))
    thread.start()
    assert inside.wait(10)
    while thread.is_alive() and len(waited) < 8:
        began = time.monotonic()
        cast(app, house, "petra", [[1]], rev=next(revs))
        waited.append(time.monotonic() - began)
        step.release()
    close(app, house, round)
    state.append((thread.is_alive(), db.session.get(Round, round.id).state))
    over.set()
    step.release()
    thread.join(30)
    assert state == [(True, RoundState.CLOSED)], "the round was counted before the copy was whole"
    assert len(waited) == 8 and max(waited) < 2
    assert rows(made[0].file, "select state, problem from round") == [("open", "interrupted")]
    assert rows(made[0].file, "select count(*) from result") == [(0,)], "one moment: before all of this"
    assert rows(made[0].file, "select count(*) from ballot") == [(0,)], "an open round is in no backup"
    assert rows(made[0].file, "pragma quick_check") == [("ok",)]


def test_c15_c48_a_backup_from_inside_a_round_holds_nothing_of_what_was_cast(app, house, settings):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    boxes = db.session.execute(select(Ballot.handle, Ballot.box)).all()
    db.session.rollback()
    content = backup.make(settings, "asked").file.read_bytes()
    assert all(part not in content for row in boxes for part in row)
    assert close(app, house, round).state is RoundState.CLOSED, "the round itself goes on"


def test_c15_what_fails_is_said_leaves_the_old_ones_and_is_tried_again_later(settings, keeper, monkeypatch):
    old = keeper.look()
    keeper.asked.touch()
    monkeypatch.setattr(
        backup, "_copy", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    assert keeper.look() is None and not keeper.asked.exists()
    state = backup.state(settings)
    assert state.failed["why"] == "full" and state.last == old
    monkeypatch.undo()
    monkeypatch.setattr(keeper, "_night_is_due", lambda: True)
    assert keeper.look() is None, "not again at once"
    keeper.not_before = 0.0
    assert keeper.look() is not None and backup.state(settings).failed is None


def test_c15_a_folder_that_cannot_be_made_is_said(settings):
    settings.backups.write_text("a file")
    with pytest.raises(backup.NoBackup, match="not writable"):
        backup.make(settings, "asked")
    settings.backups.unlink()


def test_c15_a_copy_that_is_damaged_is_no_backup(settings, monkeypatch):
    class Lying(sqlite.Connection):
        def backup(self, target, **_):
            super().backup(target)
            with open(settings.backups / ".unfinished", "r+b") as file:
                file.seek(5 * 4096)
                file.write(b"\xff" * 4096)

    monkeypatch.setattr(
        backup.sqlite, "connect", lambda *a, _real=sqlite.connect, **k: _real(*a, factory=Lying, **k)
    )
    with pytest.raises(backup.NoBackup, match="damaged"):
        backup.make(settings, "asked")
    assert backup.made(settings.backups) == [] and not list(settings.backups.glob(".unf*"))


def test_c15_older_than_a_day_is_said(settings, clock):
    clock(2026, 11, 25, 12)
    backup.make(settings, "night")
    assert not backup.state(settings).old
    clock(2026, 11, 26, 14)
    assert backup.state(settings).old


def test_c57_the_journal_of_erasures_goes_with_the_backup(app, settings):
    (settings.instance / journal.NAME).write_text("\nx\n")
    backup.make(settings, "asked")
    assert (settings.backups / journal.NAME).read_text() == "\nx\n"


def test_the_last_night_is_known_on_the_day_of_the_clock_change(clock):
    clock(2026, 10, 25, 12)  # summer time ended at one o'clock UTC
    assert backup.last_night("Europe/Berlin") == datetime(2026, 10, 25, 2, tzinfo=UTC)
    clock(2026, 10, 25, 1, 59)
    assert backup.last_night("Europe/Berlin") == datetime(2026, 10, 24, 1, tzinfo=UTC)

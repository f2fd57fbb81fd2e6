"""A worker on a full disk says so once a minute in one sentence, and once that it is over."""

from __future__ import annotations

import logging
import sqlite3

from sqlalchemy.exc import OperationalError

from werkstatt.acts import complaints
from werkstatt.acts.complaints import Complaints

FULL = OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
SAYS = "the clerk cannot work: the disk is full; free some space, and everything goes on by itself"


def test_c26_a_full_disk_is_said_once_a_minute_and_its_end_once(monkeypatch, caplog):
    clock = [0.0]
    monkeypatch.setattr(complaints.time, "monotonic", lambda: clock[0])
    worker = Complaints(logging.getLogger("werkstatt.test"))
    for _ in range(225):  # a minute and a half, every 0.4 s; between two failures a look that wants nothing
        worker.fails("the clerk", FULL)
        worker.works("the clerk")
        clock[0] += 0.4
    assert caplog.messages == [SAYS, SAYS]
    assert not any(record.exc_info for record in caplog.records), "no traceback"
    for _ in range(100):
        worker.works("the clerk")
        clock[0] += 0.4
    assert caplog.messages[2:] == ["the clerk works again"]


def test_another_reason_is_said_at_once_and_what_nobody_expects_with_its_traceback(caplog):
    worker = Complaints(logging.getLogger("werkstatt.test"))
    for no in (FULL, OSError(28, "No space left on device"), ZeroDivisionError(), ZeroDivisionError()):
        worker.fails("the clerk", no)
    assert [bool(record.exc_info) for record in caplog.records] == [False, False, True]
    assert caplog.messages[1:] == [
        "the clerk cannot work: [Errno 28] No space left on device",
        "the clerk cannot work: ZeroDivisionError",
    ]

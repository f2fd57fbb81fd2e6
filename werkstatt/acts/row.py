"""The row of a server process: it answers one request at a time, in order of arrival.

That is the fastest and the fairest. Whoever has something slow to do that needs no transaction steps
aside (a hash, a spreadsheet), and whoever waits for the disk gives way (a cast).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque


class Row:
    """A lock that is handed on in order of arrival."""

    def __init__(self) -> None:
        self._guard, self._taken = threading.Lock(), False
        self._waiting: deque[threading.Lock] = deque()

    def enter(self, *, first: bool = False) -> None:
        """Wait for one's turn; ``first``: before those who wait already."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            (self._waiting.appendleft if first else self._waiting.append)(turn)
        turn.acquire()  # until whoever is before has left

    def leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


ROW = Row()  # this process's requests
_here = threading.local()


class InTurn:
    """WSGI middleware: one request at a time, in order of arrival.

    When a request was here is written down before it waits: that moment decides whether a vote was in time.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ.setdefault("werkstatt.arrived", time.monotonic())
        stand_in()
        try:
            return self.app(environ, start_response)
        finally:
            give_way()


def give_way() -> bool:
    """Let the requests behind this one go on, for good; whether it stood in the row at all."""
    stood = getattr(_here, "in_row", False)
    if stood:
        _here.in_row, _here.gave_way = False, True
        ROW.leave()
    return stood


@contextlib.contextmanager
def for_a_moment():
    """A turn before all who wait, for somebody who gave way and has something short to do for many."""
    with contextlib.ExitStack() as turn:  # its ``close`` ends the turn early
        if getattr(_here, "gave_way", False):
            ROW.enter(first=True)
            turn.callback(ROW.leave)
        yield turn


def stand_in() -> None:
    """Take one's turn again, behind those who came meanwhile."""
    ROW.enter()
    _here.in_row = True


@contextlib.contextmanager
def aside():
    """Let the requests behind this one go first; for slow work that needs no transaction."""
    stood = give_way()
    try:
        yield
    finally:
        if stood:
            stand_in()

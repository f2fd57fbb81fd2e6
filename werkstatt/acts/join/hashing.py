"""Passwords: Argon2id, slow on purpose, and nobody else has to wait for it.

A server process answers one request at a time, in order of arrival (:class:`InTurn`): that is the
fastest and the fairest. Only a hash steps out of the row: others go on while it is made, and hashes
are made one at a time, so that they never keep more than one core a process busy.

Who can be told from a stranger waits in front (:class:`Line`): strangers who guess, however many, make only
other strangers wait, and never so many of them that no thread is left for pages and ballots.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from argon2 import PasswordHasher

from ...terms import N_
from .. import Refused


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


BEHIND = 5  # niceness: about a third of a request's share of a busy core
ROW = Row()  # this process's requests
_here = threading.local()


class InTurn:
    """WSGI middleware: one request at a time, in order of arrival.

    When a request was here is written down before it waits: that moment decides whether a vote was in time.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["werkstatt.arrived"] = time.time()
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


MOST_STRANGERS = 64  # waiting in one process; each keeps one of its 128 threads
STRANGERS_TURN = 4  # every fourth, so that people who are known do not hold them up for ever either
CROWDED = N_(
    "Gerade melden sich sehr viele mit Passwort an. Bitte versuchen Sie es gleich noch einmal; mit Karte, Link oder"
    " Code geht es sofort."
)


class Line:
    """Jobs done by one thread, one at a time. Whoever is known waits in front of the strangers.

    In front each person has one place; what else they want done meanwhile waits with the strangers.
    """

    def __init__(self) -> None:
        self._one = ThreadPoolExecutor(1, "hashing", initializer=_modestly)
        self._guard, self._done = threading.Lock(), 0
        self._front: dict[int, tuple[Callable, Future]] = {}  # by whose it is, in order of arrival
        self._strangers: deque[tuple[Callable, Future]] = deque()

    @property
    def crowded(self) -> bool:
        """Whether no more strangers can wait."""
        return len(self._strangers) >= MOST_STRANGERS

    def do(self, job: Callable, *, whose: int | None):
        """Wait until the job is done; what it returns or raises.

        :raises Refused: a stranger's, and as many as can be held wait already.
        """
        done: Future = Future()
        with self._guard:
            if whose is not None and whose not in self._front:
                self._front[whose] = job, done
            elif self.crowded:
                raise Refused(CROWDED)
            else:
                self._strangers.append((job, done))
        self._one.submit(self._next)
        with aside():
            return done.result()

    def _next(self) -> None:
        with self._guard:
            self._done += 1
            theirs = self._strangers and (not self._front or self._done % STRANGERS_TURN == 0)
            job, done = self._strangers.popleft() if theirs else self._front.pop(next(iter(self._front)))
        try:
            done.set_result(job())
        except BaseException as no:
            done.set_exception(no)


class Hasher(PasswordHasher):
    """Argon2id with OWASP's figures; one hash at a time, aside from everybody else's requests.

    ``whose`` names an account whose person is no stranger: logged in, with a link in hand, or on a device
    that is known as theirs. A stranger with the right password cannot be told from one with a wrong one
    before it is hashed, nor a known address from an unknown one without betraying it.
    """

    def __init__(self) -> None:
        super().__init__(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self.line = Line()

    def hash(self, password: str | bytes, *, salt: bytes | None = None, whose: int | None = None) -> str:
        made = super().hash
        return self.line.do(lambda: made(password, salt=salt), whose=whose)

    def verify(self, hash: str | bytes, password: str | bytes, *, whose: int | None = None) -> bool:
        fits = super().verify
        return self.line.do(lambda: fits(hash, password), whose=whose)


def _modestly() -> None:
    """Where the system knows the priority of a thread (Linux), requests go before hashes."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)

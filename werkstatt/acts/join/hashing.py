"""Passwords: Argon2id, slow on purpose, and nobody else has to wait for it.

A server process answers one request at a time, in order of arrival (:class:`InTurn`): that is the
fastest and the fairest. Only a hash steps out of the row: others go on while it is made, and hashes
are made one at a time, so that they never keep more than one core a process busy.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher


class Row:
    """A lock that is handed on in order of arrival."""

    def __init__(self) -> None:
        self._guard, self._taken = threading.Lock(), False
        self._waiting: deque[threading.Lock] = deque()

    def enter(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
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
        ROW.enter()
        _here.in_row = True
        try:
            return self.app(environ, start_response)
        finally:
            _here.in_row = False
            ROW.leave()


@contextlib.contextmanager
def aside():
    """Let the requests behind this one go first; for slow work that needs no transaction."""
    in_row = getattr(_here, "in_row", False)
    if in_row:
        ROW.leave()
    try:
        yield
    finally:
        if in_row:
            ROW.enter()


class Hasher(PasswordHasher):
    """Argon2id with OWASP's figures; one hash at a time, aside from everybody else's requests."""

    def __init__(self) -> None:
        super().__init__(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._one = ThreadPoolExecutor(1, "hashing", initializer=_modestly)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with aside():
            return self._one.submit(super().hash, password, salt=salt).result()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        with aside():
            return self._one.submit(super().verify, hash, password).result()


def _modestly() -> None:
    """Where the system knows the priority of a thread (Linux), requests go before hashes."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)

"""Passwords: Argon2id, slow on purpose, and nobody else has to wait for it.

A hash steps out of the row of requests (:mod:`werkstatt.acts.row`): others go on while it is made, and
hashes are made one at a time, so that they never keep more than one core a process busy.

Who can be told from a stranger waits in front (:class:`Line`): strangers who guess, however many, make only
other strangers wait, and never so many of them that no thread is left for pages and ballots.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from argon2 import PasswordHasher

from ...terms import N_
from .. import Refused
from ..row import aside

BEHIND = 5  # niceness: about a third of a request's share of a busy core
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

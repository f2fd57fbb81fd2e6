"""Casts that are inside the server: no round is shut before those that came in time are through.

A cast may wait inside for others, for the disk, for a lock that somebody else holds. It came when it came;
so the clerk waits for the earliest that is still inside. Server processes and clerk are forked from one
process and share a small piece of memory: for each process since when its earliest cast has been here.
"""

from __future__ import annotations

import math
import mmap
import multiprocessing
import os
import struct
import threading
import time

PLACES = 64  # processes at a time
PATIENCE = (
    0.5  # seconds for which a new process waits for another one that settles: it may have been killed at it
)
_PLACE = struct.Struct("qd")  # process id, and the moment (``time.monotonic``) of its earliest cast


class Inside:
    """Who is inside, over all processes forked from the one that made this."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, PLACES * _PLACE.size)
        self._among_processes = multiprocessing.get_context("fork").Lock()
        self._here = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._guard, self._casts = threading.Lock(), {}  # in order of arrival
        self._process, self._place = 0, None

    def enter(self) -> tuple[object, float]:
        """A cast is here: what :meth:`leave` wants, and the moment (``time.monotonic``)."""
        if self._process != os.getpid():
            self._settle()
        with self._guard:
            cast, moment = object(), time.monotonic()
            self._casts[cast] = moment
            if len(self._casts) == 1:
                self._tell()
            return cast, moment

    def leave(self, cast: object) -> None:
        with self._guard:
            first = next(iter(self._casts))
            del self._casts[cast]
            if cast is first:
                self._tell()

    def since(self) -> float:
        """The moment of the earliest cast that is still inside; infinity if there is none."""
        places = (self._at(place) for place in range(PLACES))
        return min((moment for process, moment in places if _lives(process)), default=math.inf)

    def _settle(self) -> None:
        """A new process takes the place of nobody, or of one that is gone."""
        with self._here:
            if self._process == os.getpid():
                return
            mine = self._among_processes.acquire(timeout=PATIENCE)
            self._forget()
            free = (place for place in range(PLACES) if not _lives(self._at(place)[0]))
            self._place = next(free, None)  # none: nobody waits for this one's casts
            self._tell(os.getpid())
            self._process = os.getpid()  # from here on others enter
            if mine:
                self._among_processes.release()

    def _tell(self, process: int | None = None) -> None:
        if self._place is not None:
            earliest = next(iter(self._casts.values()), math.inf)
            _PLACE.pack_into(self._memory, self._place * _PLACE.size, process or self._process, earliest)

    def _at(self, place: int) -> tuple[int, float]:
        return _PLACE.unpack_from(self._memory, place * _PLACE.size)


def _lives(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


INSIDE = Inside()  # this server's

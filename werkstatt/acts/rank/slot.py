"""The urn's slot: casts that arrive at the same moment are stored with one durable commit.

A commit that survives a power cut takes the disk longer than everything else in a cast, and a
database makes one after the other. So whoever comes first stores their ballot at once; whoever
comes meanwhile waits for that commit, and then all of them go together (group commit: DeWitt et
al., "Implementation techniques for main memory database systems", SIGMOD 1984). Every ballot is
checked by itself under the session's lock, and nobody is told "gespeichert" before the commit.

The slot takes what is in order. Whatever is not, it leaves as it is: the ordinary way
(:func:`werkstatt.acts.rank.voting.cast`) says why. That way is safe after a commit of which nobody
knows whether it happened, too: equal content is saved already.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ...db import utcnow
from ...permits import Action, now
from ...secrecy import KeyFolder, KeyGone, KeyMissing, RoundKeys
from .. import Refused
from ..join import role_here
from ..row import for_a_moment
from . import batch, voting
from .ending import Arrival

TURN = 0.25  # seconds that a process waits for its turn
GATHER = 0.0015  # seconds that whoever stores waits at most for others, if there were others a moment ago
MOMENT = 0.01  # seconds
MOST = 64  # ballots in one transaction: the last of them should not wait long for the first


class NothingWritten(Exception):
    """No ballot of a transaction was in order."""


@dataclass
class Slip:
    """One cast as it was read: who (hash of the login's token), where, on which revision, and the packed ranking."""

    token_hash: str
    session_id: int
    round_id: int
    list_hash: str
    rev: int
    packed: bytes
    arrived: datetime | Arrival
    stored: bool = False
    box: bytes = b""  # as it was stored
    leads: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn.acquire()

    def wait(self, most: float = -1) -> None:
        """Until it was dealt with, or must deal with the others itself (``leads``)."""
        self._turn.acquire(timeout=most)

    def call(self) -> None:
        self._turn.release()


class Turns:
    """Server processes take turns at the database.

    SQLite has one writer, and lets a process that waits look again after up to a tenth of a second;
    meanwhile the other one would go again and again. On PostgreSQL more casts come together while
    another process asks, and the whole batch costs little more than one. The locks stay the
    database's: nothing but fairness and speed hangs on this.
    """

    def __init__(self) -> None:
        self._shared = None

    def share(self) -> None:
        """To be called before the processes are forked."""
        self._shared = multiprocessing.get_context("fork").BoundedSemaphore()

    @contextlib.contextmanager
    def one(self):
        """One turn; the ``close`` of what is given ends it early."""
        with contextlib.ExitStack() as turn:
            if self._shared is not None:
                # In vain: somebody was killed in theirs, or the disk is slow.
                self._shared.acquire(timeout=TURN)
                turn.callback(self._pass_on)
            yield turn

    def _pass_on(self) -> None:
        with contextlib.suppress(ValueError):  # it was passed on already
            self._shared.release()


TURNS = Turns()


class Slot:
    """One process's slot. Engine and keys are asked for at a cast, in the process that casts."""

    def __init__(self, engine: Callable[[], Engine], keys: Callable[[], KeyFolder]):
        self._ask_engine, self._keys = engine, keys
        self._guard, self._busy = threading.Lock(), False
        self._waiting: deque[Slip] = deque()
        # How many were told with the last commit or waited for the next, and when that was.
        self._around, self._seen = 0, 0.0
        self._gathering: Slip | None = None

    def drop(self, slip: Slip) -> bool:
        """Whether it is stored for certain; together with what else lies here. If not, nothing is said of why."""
        with self._guard:
            self._waiting.append(slip)
            slip.leads, self._busy = not self._busy, True
            if self._gathering is not None and len(self._waiting) >= self._around:
                self._gathering.call()
                self._gathering = None
        if not slip.leads:
            slip.wait()
        if slip.leads:
            if self.way.many_cost_as_one:
                self._gather(slip)
            with TURNS.one() as turn:
                self._store(self._take(), turn)
        return slip.stored

    def _gather(self, leader: Slip) -> None:
        """Wait a moment for as many as came together a moment ago: of those who were told then, many come again.

        Otherwise the first of them would go alone, and all others wait for that commit. A lone cast waits for nobody.
        """
        with self._guard:
            alone = time.monotonic() > self._seen + MOMENT
            if alone or len(self._waiting) >= self._around:
                return
            self._gathering = leader
        leader.wait(GATHER)
        with self._guard:
            self._gathering = None

    @functools.cached_property
    def way(self) -> batch.OneByOne:
        """How the database is asked; made at the first cast, in the process that casts."""
        return batch.way_to(self._ask_engine())

    def _take(self) -> list[Slip]:
        """Everything of the first one's round, as far as one transaction goes."""
        with self._guard:
            first, others, taken = self._waiting[0], deque(), []
            for slip in self._waiting:
                fits = slip.round_id == first.round_id and slip.session_id == first.session_id
                (taken if fits and len(taken) < MOST else others).append(slip)
            self._waiting = others
        return taken

    def _store(self, slips: list[Slip], among_processes: contextlib.ExitStack) -> None:
        """One transaction; then everybody is told, and the next who waits goes on."""
        try:
            # The turn comes before the database's lock, as for everybody else in the row.
            with for_a_moment() as turn, self.way.transaction(slips[0].session_id) as connection:
                good = self._write(connection, slips)
                turn.close()  # others go on while the disk works
                if self.way.commits_beside_others:
                    among_processes.close()
            for slip in good:
                slip.stored = True
        except (SQLAlchemyError, KeyGone, KeyMissing, NothingWritten):
            pass  # nothing is promised; the ordinary way meets the same trouble and has its words for it
        finally:
            for slip in slips[1:]:
                slip.leads = False
                slip.call()
            with self._guard:
                around = len(slips) + len(self._waiting)
                self._around, self._seen = min(around, MOST), time.monotonic()
                self._busy = bool(self._waiting)
                if self._busy:
                    self._waiting[0].leads = True
                    self._waiting[0].call()

    def _write(self, connection, slips: list[Slip]) -> list[Slip]:
        """Those whose row is written.

        :raises NothingWritten: then there is nothing to commit.
        """
        first, taken, ballots, parts = slips[0], {}, [], None
        asked = {"session": first.session_id, "round": first.round_id, "now": utcnow()}
        voters = self.way.voters(connection, [slip.token_hash for slip in slips], **asked)
        for slip in slips:
            row = voters.get(slip.token_hash)
            if row is None or not _may(row, slip):
                continue
            parts = parts or RoundKeys(self._keys().read(row.key_id), row.id)
            handle, stored = parts.handle(row.member_id), slip.rev + 1
            if handle in taken:
                continue  # the same person once more, from another window
            taken[handle] = slip
            slip.box = parts.seal(handle, stored, row.tag, slip.packed)
            ballots.append(batch.Sealed(handle, slip.box, stored))
        written = self.way.write(connection, first.round_id, ballots) if ballots else ()
        if not written:
            raise NothingWritten
        return [slip for handle, slip in taken.items() if handle in written]


def _may(row, slip: Slip) -> bool:
    """What the guard asks of everybody, and what a cast asks."""
    who = {"organised": row.organised is not None, "shut": bool(row.shut)}
    role = role_here(row.member_state, row.role, **who)
    if role is None or not now(role, row.phase, Action.VOTE):
        return False
    try:
        voting.check_open(row, slip.list_hash, slip.arrived)
        voting.check_voter(row)
    except Refused:
        return False
    return True

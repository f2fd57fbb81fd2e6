"""When a round ends, by a clock that nobody can set.

A deadline is written as a time of day, and a server's time of day may be set. So whoever announces
the close also writes how the time of day then stood to the machine's own count of seconds since it was
started, which is one for all processes of the machine and only goes on. Until the machine is started
anew, that count decides; another machine goes by its time of day.

Once the clerk has found that the grace is over, and that no cast which came in time is inside the server any
more, the round is ``shut``. That is written, and no clock says anything after it.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ...db import BUSY_MS, utcnow
from .inside import INSIDE

START = Path("/proc/sys/kernel/random/boot_id")  # another one after every start of the machine
latest: dict[tuple, float] = {}  # (round, state, deadline) -> when its step is due at the latest (monotonic)
LONGEST = BUSY_MS / 1000 + 2  # seconds for which a cast may be inside, its wait for a lock in them
A_STEP = 0.25  # seconds; less is the clocks' own trembling


@dataclass(frozen=True)
class Arrival:
    """When a request was here: so many seconds ago, whatever is done to the time of day while it waits.

    :ivar since: ``time.monotonic()`` of that moment.
    """

    since: float

    def of_day(self) -> datetime:
        """That moment as this machine's time of day shows it now."""
        return utcnow() - timedelta(seconds=time.monotonic() - self.since)


def announced() -> dict:
    """What is written beside a deadline: how the time of day stands to the machine's own count."""
    return {"clock": [_start(), utcnow().timestamp() - _count()]} if _start() else {}


def end_of(round) -> datetime | None:
    """A round's deadline as this machine's time of day shows it now; ``round`` has its columns."""
    if round.deadline_at is None:
        return None
    start, apart = round.options.get("clock") or ("", 0.0)
    if not start or start != _start():
        return round.deadline_at
    step = utcnow().timestamp() - _count() - apart
    return round.deadline_at if abs(step) < A_STEP else round.deadline_at + timedelta(seconds=step)


def is_over(round) -> bool:
    """Whether the deadline has passed."""
    end = end_of(round)
    return end is not None and end <= utcnow()


def too_late(round, arrived: datetime | Arrival) -> bool:
    """Whether what came then came after deadline and grace."""
    end = end_of(round)
    if isinstance(arrived, Arrival):
        arrived = arrived.of_day()
    return end is not None and (is_shut(round) or arrived > end + grace_of(round))


def is_shut(round) -> bool:
    """Whether the clerk has written that the grace is over."""
    return bool(round.options.get("shut"))


def grace_of(round) -> timedelta:
    return timedelta(seconds=round.options["grace"])


# ---- for the clerk, who goes by the time it has waited as well: a clock that is set back holds up no close and no
# count where the round was announced on another machine, or before this one was started anew


def close_is_due(round) -> bool:
    """Whether the announced close has come."""
    end = end_of(round)
    return end is not None and _has_come(round, end, end - utcnow())


def grace_is_over(round) -> bool:
    """Whether nothing that came in time can be on its way any more."""
    end, grace = end_of(round), grace_of(round)
    return end is not None and _has_come(round, end + grace, min(grace, end + grace - utcnow()))


def still_inside(round) -> bool:
    """Whether a cast that came before the end of the grace is inside this machine's server, and not for too long."""
    end = end_of(round) + grace_of(round)
    shuts = time.monotonic() - (utcnow() - end).total_seconds()
    shuts = min(shuts, latest.get(_step_of(round), shuts))  # where the clock was set back
    return time.monotonic() < shuts + LONGEST and INSIDE.since() <= shuts


def _has_come(round, end: datetime, left: timedelta) -> bool:
    last = latest.setdefault(_step_of(round), time.monotonic() + left.total_seconds() + 1)
    return end <= utcnow() or time.monotonic() >= last


def _step_of(round) -> tuple:
    return round.id, round.state, round.deadline_at


@functools.cache
def _start() -> str:
    """Which start of the machine this is; nothing where it cannot be known."""
    try:
        return START.read_text("ascii").strip() if hasattr(time, "CLOCK_BOOTTIME") else ""
    except OSError:
        return ""


def _count() -> float:
    """Seconds since the machine was started, its sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)

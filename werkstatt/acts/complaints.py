"""What a background worker says when it keeps failing: one sentence, once a minute; and once that it works again."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import OperationalError

from ..db import Trouble, trouble_of

EVERY = 60.0  # seconds between two complaints about the same
QUIET = 10.0  # seconds without a failure until it is over
REASONS = {
    Trouble.BUSY: "another program holds the database locked",
    Trouble.FULL: "the disk is full; free some space, and everything goes on by itself",
}


class Complaints:
    """The complaints of one worker. ``what`` names who fails, or at what: "the clerk"."""

    def __init__(self, log: logging.Logger):
        self.log = log
        self.said: dict[str, tuple[str, float]] = {}  # what -> reason, when it was said
        self.failed: dict[str, float] = {}  # what -> when it failed last

    def fails(self, what: str, no: Exception) -> None:
        """Say why, unless the same was said within a minute. What nobody expects comes with its traceback."""
        reason, now = reason_of(no), time.monotonic()
        before, at = self.said.get(what, ("", 0.0))
        self.failed[what] = now
        if reason == before and now - at < EVERY:
            return
        self.said[what] = reason, now
        unexpected = not isinstance(no, (OperationalError, OSError))
        self.log.error("%s cannot work: %s", what, reason, exc_info=no if unexpected else None)

    def works(self, what: str) -> None:
        """Say that it works again, if it was said that it does not and it has not failed since for a while."""
        if what in self.said and time.monotonic() - self.failed[what] >= QUIET:
            del self.said[what], self.failed[what]
            self.log.warning("%s works again", what)


def reason_of(no: Exception) -> str:
    """Why, in a few words of one line."""
    if isinstance(no, OperationalError):
        gone = f"the database does not answer ({_line(no.orig)})"
        return REASONS.get(trouble_of(no.orig), gone)
    return _line(no)


def _line(no: BaseException | None) -> str:
    return " ".join(str(no).split()) or type(no).__name__

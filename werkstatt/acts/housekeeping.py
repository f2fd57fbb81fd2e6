"""The clerk's housework: the journal of erasures, what they leave in files, whatever was kept long enough.

It is not urgent, so it is done now and then, between the steps of rounds, in short transactions of
its own.
"""

from __future__ import annotations

import time
from pathlib import Path

from ..secrecy import KeyFolder
from . import join, prepare, privacy

JOURNAL_EVERY = 2.0  # seconds
PERIODS_EVERY = 600.0


class Housekeeping:
    """When each kind of work was last done, and how."""

    def __init__(self, keys: KeyFolder, instance: Path):
        self.keys, self.journal = keys, privacy.Journal(keys.path, instance)
        self.next: dict[str, float] = {}
        self.forgotten: set[str] | None = None  # the erasures of which no file holds anything any more

    def work(self) -> None:
        """Do what is due."""
        self._now_and_then("journal", JOURNAL_EVERY, lambda: privacy.reconcile(self.journal, self.keys))
        self._now_and_then("files", JOURNAL_EVERY, self._forget)
        self._now_and_then("lists", PERIODS_EVERY, prepare.sweep_lists)
        self._now_and_then("requests", PERIODS_EVERY, join.sweep_requests)
        self._now_and_then("periods", PERIODS_EVERY, self._tidy)

    def _forget(self) -> None:
        """Whoever erased has answered already; the file and its log follow here, as soon as nobody reads."""
        erased = privacy.marks()
        if erased != self.forgotten and privacy.forget_old_pages():
            self.forgotten = erased

    def _tidy(self) -> None:
        if privacy.tidy():
            self.forgotten = None

    def _now_and_then(self, name: str, every: float, work) -> None:
        if time.monotonic() >= self.next.get(name, 0.0):
            work()
            self.next[name] = time.monotonic() + every

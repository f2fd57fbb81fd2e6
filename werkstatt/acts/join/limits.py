"""Limits on guessing: counted in the database, each count in a short transaction of its own.

A key names an account, an address that was typed, a device or a ticket, never a network address: a whole
room shares one of those. An address is kept as a hash, so that nothing is learned about strangers.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, update

from ...db import begin_write, db, utcnow
from ...models import FailureCounter


class Limit(NamedTuple):
    """At most so many in a window, which begins with the first."""

    name: str
    most: int
    window: timedelta

    def key(self, whose: str) -> str:
        return f"{self.name}:{hashlib.sha256(whose.encode()).hexdigest()[:40]}"

    def counted(self, whose: str) -> int:
        """How many there were in this window; only reads."""
        counter = db.session.get(FailureCounter, self.key(whose))
        return counter.failures if counter is not None and counter.since > utcnow() - self.window else 0

    def spent(self, whose: str) -> bool:
        """Whether there were too many; only reads."""
        return self.counted(whose) >= self.most

    def count(self, whose: str) -> None:
        """One more, committed at once, so that no later failure of this request takes it back."""
        begin_write()
        key, now = self.key(whose), utcnow()
        more = update(FailureCounter).where(
            FailureCounter.key == key, FailureCounter.since > now - self.window
        )
        if not db.session.execute(more.values(failures=FailureCounter.failures + 1)).rowcount:
            db.session.merge(FailureCounter(key=key, failures=1, since=now))
        db.session.commit()

    def forget(self, whose: str) -> None:
        """It went well: begin anew. In the acting transaction."""
        db.session.execute(delete(FailureCounter).where(FailureCounter.key == self.key(whose)))


PASSWORDS = Limit(
    "password", 8, timedelta(minutes=10)
)  # wrong ones for an address, from devices not seen before
DEVICE = Limit(
    "device", 8, timedelta(minutes=10)
)  # wrong ones from a device on which this person was logged in
MAILS = Limit(
    "mail", 5, timedelta(hours=1)
)  # a mailed link lives as long: whoever is over it has one already
CODES = Limit(
    "codes", 10, timedelta(days=1)
)  # wrong ones beside an address; the link in the mail still works
GUESSES = Limit(
    "guess", 12, timedelta(minutes=10)
)  # wrong codes of a room or a card, from one login or device
ALARM = Limit("alarm", 40, timedelta(minutes=20))  # of all together: then the console says so
TICKET = Limit("ticket", 5, timedelta(days=1))  # wrong ones for the one mail that this browser asked for


def keys_of(account) -> list[str]:
    """The keys under which a person's own mistakes, or a stranger's about them, are counted."""
    typed = [limit.key(account.email) for limit in (PASSWORDS, MAILS, CODES)] if account.email else []
    own = [PASSWORDS.key(f"current {account.id}"), MAILS.key(f"address {account.id}")]
    return [*typed, DEVICE.key(account.opaque), *own]

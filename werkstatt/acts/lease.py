"""Whose turn it is: of all clerks that run, one holds the lease and works."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from ..db import begin_write, db, utcnow
from ..models import ClerkLease

LEASE, RENEW = timedelta(seconds=15), timedelta(seconds=8)


def holds_lease(holder: str) -> bool:
    """Whether this worker is the clerk now, taking or renewing the lease where needed."""
    now = utcnow()
    lease = db.session.get(ClerkLease, "clerk", populate_existing=True)
    if _of_another(lease, holder, now):
        db.session.rollback()
        return False
    if lease and lease.holder == holder and now + LEASE - RENEW < lease.until <= now + LEASE:
        db.session.rollback()
        return True
    begin_write()
    lease = db.session.get(ClerkLease, "clerk", populate_existing=True, with_for_update=True)
    if _of_another(lease, holder, now):
        db.session.rollback()
        return False
    db.session.merge(ClerkLease(name="clerk", holder=holder, until=now + LEASE))
    db.session.commit()
    return True


def _of_another(lease: ClerkLease | None, holder: str, now: datetime) -> bool:
    """Whether somebody else is at work. Nobody is, when the lease ends later than any lease given now.

    That happens when the server's clock was set back; else nothing would be closed until then.
    """
    return lease is not None and lease.holder != holder and now < lease.until <= now + LEASE


def give_back_lease(holder: str) -> None:
    """At the end: let the next clerk begin at once."""
    begin_write()
    db.session.execute(delete(ClerkLease).where(ClerkLease.holder == holder))
    db.session.commit()

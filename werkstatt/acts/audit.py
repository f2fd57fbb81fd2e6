"""The audit chain: what was done by whom, each entry bound to the one before.

An entry's hash is SHA-256 over the hash before it and the entry in canonical JSON. The newest
hash, shortened, is the *anchor*: shown on the projector and printed on protocols, it lets
anybody notice later that the record was changed, reordered, or cut.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import select

from ..db import db, lock_chain, utcnow
from ..models import AuditEntry

GENESIS = "0" * 64


def link(
    before: str, at: datetime, actor_id: int | None, session_id: int | None, deed: str, facts: dict
) -> str:
    """The hash of one entry (64 hexadecimal digits)."""
    body = json.dumps(
        [before, at.isoformat(timespec="microseconds"), actor_id, session_id, deed, facts],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()


def note(actor_id: int | None, deed: str, session_id: int | None = None, **facts) -> AuditEntry:
    """Write one entry in the acting transaction. ``facts`` are plain JSON values, never names or texts."""
    lock_chain()
    at = utcnow()
    entry = AuditEntry(at=at, actor_id=actor_id, session_id=session_id, deed=deed, facts=facts)
    entry.hash = link(head(), at, actor_id, session_id, deed, facts)
    db.session.add(entry)
    db.session.flush()
    return entry


def head() -> str:
    """The newest hash of the chain."""
    newest = db.session.scalars(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).first()
    return newest or GENESIS


def anchor() -> str:
    """The newest hash as people read it: three groups of four signs."""
    return spoken(head())


def spoken(link_hash: str) -> str:
    """A hash of the chain as people read it."""
    start = link_hash[:12].upper()
    return f"{start[:4]}-{start[4:8]}-{start[8:]}"


def broken_at() -> int | None:
    """The id of the first entry that does not fit the one before it, or ``None`` if all fit."""
    before = GENESIS
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if entry.hash != link(before, entry.at, entry.actor_id, entry.session_id, entry.deed, entry.facts):
            return entry.id
        before = entry.hash
    return None

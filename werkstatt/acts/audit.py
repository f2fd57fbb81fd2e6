"""The audit chain: what was done by whom, each entry bound to the one before.

An entry's hash is SHA-256 over the hash before it and the entry in canonical JSON. The newest
hash, shortened, is the *anchor*: shown on the projector and printed on protocols, it lets
anybody notice later that the record was changed, reordered, or cut.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import delete, func, select

from ..db import db, lock_chain, utcnow
from ..models import AuditEntry

GENESIS = "0" * 64
CUT, ANCHOR_SIGNS = "cut_record", 12


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
    start = link_hash[:ANCHOR_SIGNS].upper()
    return f"{start[:4]}-{start[4:8]}-{start[8:]}"


def broken_at() -> int | None:
    """The id of the first entry that does not fit the one before it, or ``None`` if all fit.

    Where old entries were removed on time, the chain begins with the hash that :func:`cut_before` wrote down.
    """
    before = None
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if before is None:
            before = GENESIS if _fits(GENESIS, entry) else _hash_at_the_cut()
        if not _fits(before, entry):
            return entry.id
        before = entry.hash
    return None


def find(anchor: str) -> AuditEntry | None:
    """The entry of a printed anchor, however it was typed; ``None``: the chain does not contain it.

    A whole chain without the anchor was cut at its end or written anew after the anchor was printed.
    """
    signs = "".join(sign for sign in anchor.lower() if sign in "0123456789abcdef")
    if len(signs) < ANCHOR_SIGNS:
        return None
    found = select(AuditEntry).where(AuditEntry.hash.startswith(signs[:64], autoescape=True))
    return db.session.scalars(found.order_by(AuditEntry.id).limit(1)).first()


def cut_before(moment: datetime) -> int:
    """Remove the oldest entries, up to the first that is not older; how many.

    The hash of the last one removed goes into a new entry: the rest of the chain can still be checked
    from there, and anchors printed since then are still found.
    """
    lock_chain()
    newest = db.session.scalar(select(func.max(AuditEntry.id)))
    kept = db.session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.at >= moment)) or newest
    last = db.session.scalars(
        select(AuditEntry).where(AuditEntry.id < kept).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    if last is None:
        return 0
    through, at_the_cut = last.id, last.hash
    gone = db.session.execute(
        delete(AuditEntry).where(AuditEntry.id <= through).execution_options(synchronize_session=False)
    ).rowcount
    db.session.expire_all()
    note(None, CUT, through=through, hash=at_the_cut)
    return gone


def _hash_at_the_cut() -> str:
    newest = select(AuditEntry.facts).where(AuditEntry.deed == CUT).order_by(AuditEntry.id.desc())
    facts = db.session.scalars(newest.limit(1)).first()
    return facts["hash"] if facts else GENESIS


def _fits(before: str, entry: AuditEntry) -> bool:
    made = link(before, entry.at, entry.actor_id, entry.session_id, entry.deed, entry.facts)
    return entry.hash == made

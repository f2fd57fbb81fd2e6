"""C46: the chain notices every change; a cut end and a chain written anew show against a printed anchor."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from werkstatt.acts import audit
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import AuditEntry


@pytest.fixture
def chain(app, house) -> list[int]:
    """Six entries; their ids."""
    begin_write()
    made = [audit.note(house.people["mona"].id, "clock", house.session.id, minutes=n).id for n in range(6)]
    db.session.commit()
    return made


def spoil(statement) -> None:
    begin_write()
    db.session.execute(statement)
    db.session.commit()
    db.session.expire_all()


def of(entry_id: int) -> AuditEntry:
    return db.session.get(AuditEntry, entry_id)


def rewrite(entries: list[AuditEntry], before: str) -> None:
    """Make the hashes right again, as somebody would who owns the database."""
    for entry in entries:
        entry.hash = audit.link(before, entry.at, entry.actor_id, entry.session_id, entry.deed, entry.facts)
        before = entry.hash


def test_c46_a_whole_chain_is_whole(chain):
    assert audit.broken_at() is None and audit.find(audit.anchor()).id == chain[-1]


@pytest.mark.parametrize(
    "change",
    [
        {"deed": "closed"},
        {"facts": {"minutes": 99}},
        {"actor_id": None},
        {"session_id": None},
        {"at": utcnow() - timedelta(days=1)},
        {"hash": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_c46_a_changed_entry(chain, change):
    spoil(update(AuditEntry).where(AuditEntry.id == chain[2]).values(change))
    assert audit.broken_at() == chain[2]


def test_c46_a_removed_entry(chain):
    spoil(delete(AuditEntry).where(AuditEntry.id == chain[2]))
    assert audit.broken_at() == chain[3]


def test_c46_a_removed_beginning(chain):
    spoil(delete(AuditEntry).where(AuditEntry.id == chain[0]))
    assert audit.broken_at() == chain[1]


def test_c46_swapped_entries(chain):
    begin_write()
    one, two = of(chain[1]), of(chain[2])
    one.facts, two.facts = two.facts, one.facts
    db.session.commit()
    assert audit.broken_at() == chain[1]
    begin_write()
    one.facts, two.facts = two.facts, one.facts
    first, second = one.hash, two.hash
    one.hash = "0" * 64
    db.session.flush()
    two.hash = first
    db.session.flush()
    one.hash = second
    db.session.commit()
    assert audit.broken_at() == chain[1]


def test_c46_an_inserted_entry(chain):
    begin_write()
    later = [of(one) for one in chain[3:]]
    row = {column.key: getattr(later[0], column.key) for column in AuditEntry.__table__.columns}
    db.session.delete(later[2])
    db.session.flush()
    db.session.add(AuditEntry(**row | {"id": chain[-1], "deed": "cancel_round", "hash": "e" * 64}))
    db.session.commit()
    assert audit.broken_at() == chain[-1]


def test_c46_a_cut_end_shows_against_the_printed_anchor(chain):
    printed = audit.anchor()
    spoil(delete(AuditEntry).where(AuditEntry.id >= chain[4]))
    assert audit.broken_at() is None and audit.find(printed) is None


def test_c46_a_chain_written_anew_shows_against_the_printed_anchor(chain):
    printed = audit.anchor()
    begin_write()
    entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    entries[2].deed = "closed"
    rewrite(entries, audit.GENESIS)
    db.session.commit()
    assert audit.broken_at() is None and audit.find(printed) is None


def test_c46_an_anchor_is_found_however_it_is_typed(chain):
    anchor = audit.spoken(of(chain[1]).hash)
    for typed in (anchor, anchor.lower(), f" {anchor.replace('-', ' ')} "):
        assert audit.find(typed).id == chain[1]
    for typed in ("", "AAAA", anchor[:-1], "zzzz-zzzz-zzzz", "%%%%-%%%%-%%%%"):
        assert audit.find(typed) is None


def test_c46_a_chain_whose_old_entries_were_removed_on_time_stays_checkable(chain):
    begin_write()
    kept = audit.spoken(of(chain[4]).hash)
    entries = [of(one) for one in chain]
    for entry in entries[:3]:
        entry.at -= timedelta(days=4000)
    rewrite(entries, audit.GENESIS)
    kept = audit.spoken(entries[4].hash)
    db.session.flush()
    assert audit.cut_before(utcnow() - timedelta(days=3650)) == 3
    db.session.commit()
    assert audit.broken_at() is None and audit.find(kept).id == chain[4]
    assert audit.cut_before(utcnow() - timedelta(days=3650)) == 0
    spoil(delete(AuditEntry).where(AuditEntry.id == chain[3]))
    assert audit.broken_at() == chain[4]

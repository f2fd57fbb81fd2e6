"""The roll's rules (C54): added with a reason, corrected until the close, deleted with the ballot or not at all."""

from __future__ import annotations

import pytest

from tests.rounds import cast, close, keys_of, opened
from werkstatt.acts import NotNow, audit, rank
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, Ballot, Result, RollEntry
from werkstatt.secrecy import handle_of


def forget(app, house, *names):
    begin_write()
    return rank.forget(house.people["ines"].id, keys_of(app), [house.member(name).id for name in names])


def test_c54_deleting_before_the_close_takes_entry_and_ballot_together(app, house):
    round = opened(app, house)
    for who in ("petra", "samuel"):
        cast(app, house, who, [[0]])
    theirs = handle_of(keys_of(app).read(round.key_id), round.id, house.member("samuel").id)
    assert forget(app, house, "petra") == 1
    db.session.commit()
    assert list(db.session.scalars(db.select(Ballot.handle))) == [theirs]
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is None
    close(app, house, round)
    figures = db.session.get(Result, round.id).figures
    assert (figures["roll"], figures["cast"]) == (2, 1)
    assert audit.broken_at() is None


def test_c54_the_record_says_that_an_entry_was_deleted_and_not_whose(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    forget(app, house, "petra", "vera")  # one has voted, the other has not
    db.session.commit()
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.deed == "forget_voter")).one()
    assert entry.facts == {"round": round.id, "entries": 2}


def test_c54_deleting_after_the_count_leaves_roll_and_urn(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    close(app, house, round)
    assert forget(app, house, "petra") == 0
    db.session.commit()
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is not None
    assert db.session.get(Result, round.id).figures["cast"] == 1


def test_c54_without_the_key_nothing_is_deleted(app, house):
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    (keys_of(app).path / f"{round.key_id}.key").unlink()
    with pytest.raises(NotNow, match="Schlüssel"):
        forget(app, house, "petra")
    db.session.rollback()
    assert db.session.query(Ballot).count() == 1
    assert db.session.get(RollEntry, (round.id, house.member("petra").id)) is not None

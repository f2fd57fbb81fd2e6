"""C15, C48: an older copy of a database never goes on with a round, and touches nobody else's keys."""

from __future__ import annotations

import os
import time

import pytest

from tests.rounds import cast, close, keys_of, opened, reopened
from werkstatt.acts import NotNow, clerk, copies, rank
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot, Installation, Result
from werkstatt.terms import RoundState


def put_back(generation: str) -> None:
    """The database as it was when it had this generation, as far as the start can see."""
    begin_write()
    db.session.get(Installation, "this").generation = generation
    db.session.commit()


def now() -> str:
    return db.session.get(Installation, "this", populate_existing=True).generation


def test_c48_a_copy_from_inside_a_round_is_interrupted_and_repeated_though_its_key_is_there(app, house):
    keys = keys_of(app)
    copies.start(keys)
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    copied = now()
    assert copies.turn(keys) and copies.turn(keys), (
        "while a round is open, the clerk does it every few seconds"
    )
    cast(app, house, "samuel", [[1]])
    put_back(copied)
    assert copies.start(keys) == 1
    db.session.refresh(round)
    assert round.problem == rank.PROBLEM_INTERRUPTED and keys.readable(round.key_id)
    with pytest.raises(NotNow, match="unterbrochen"):
        cast(app, house, "petra", [[2]], rev=1)
    db.session.rollback()
    for deed in (rank.retry_close, rank.extend, rank.withdraw_announcement):
        with pytest.raises(NotNow):
            deed(house.session, house.actor("mona"), round.id)
        db.session.rollback()
    with pytest.raises(NotNow):
        rank.announce(house.session, house.actor("mona"), round.id, seconds=0)
    db.session.rollback()
    clerk.work_once(keys)
    assert db.session.query(Result).count() == 0
    rank.cancel(house.session, house.actor("mona"), round.id, reason="aus einer Sicherung")
    db.session.commit()
    clerk.work_once(keys)
    assert db.session.query(Ballot).count() == 0 and keys.destroyed(round.key_id)
    again = reopened(app, house)
    cast(app, house, "petra", [[0]])
    assert copies.start(keys) == 0, "an interrupted copy is told once; from then on it is the one in use"
    assert close(app, house, again).state is RoundState.CLOSED


@pytest.mark.parametrize("killed", [False, True])
def test_c48_the_same_database_goes_on_after_any_start(app, house, killed, monkeypatch):
    keys = keys_of(app)
    copies.start(keys)
    round = opened(app, house)
    if killed:  # between the folder and the database
        monkeypatch.setattr(db.session, "commit", db.session.rollback)
        copies.turn(keys)
        monkeypatch.undo()
    for _ in range(3):
        assert copies.start(keys) == 0
    cast(app, house, "petra", [[0]])
    assert close(app, house, round).state is RoundState.CLOSED
    assert not copies.turn(keys), "nothing is open: nothing is written"


def test_c15_neither_another_installation_nor_an_older_copy_sweeps_an_open_rounds_key(app, house):
    """Both start with the same key folder and know nothing of the round."""
    keys = keys_of(app)
    copies.start(keys)
    before = now()
    round = opened(app, house)
    assert copies.turn(keys) and copies.turn(keys)
    key_id, mark = round.key_id, copies.mark()
    assert key_id.startswith(mark)
    file = keys.path / f"{key_id}.key"
    os.utime(file, (time.time() - 9000,) * 2)
    begin_write()
    db.session.delete(round)  # a copy from before the opening
    db.session.commit()
    put_back(before)
    copies.start(keys)
    assert copies.mark() != mark and clerk.sweep_keys(keys) == [] and keys.readable(key_id)
    assert keys.sweep([], "", 0) == [] and keys.sweep([], "00000000", 0) == [], "an empty database's"
    assert now() not in keys.generations(mark), "and the one that is in use goes on as before"

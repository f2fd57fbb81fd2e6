"""A process dies on the way through opening, closing and cancelling; at every point under ``make soak``."""

from __future__ import annotations

import threading

import pytest

from tests.rounds import cast, close, keys_of, opened, propose
from tests.urn import deaths
from werkstatt.acts import NotNow, clerk, rank
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot, Result, Round
from werkstatt.terms import Phase, RoundState


@pytest.mark.parametrize("what", ["open", "close", "cancel"])
def test_c21_a_death_on_the_way_is_resumed(backend, furnished, what):
    room = furnished(backend, voters=6)
    assert deaths.die_everywhere(room, what, every=9) >= 2


def test_c21_a_tombstone_forbids_cast_and_count(app, house):
    """Even with the key's file back in its place and the round set back, nothing is cast or counted."""
    round = opened(app, house)
    cast(app, house, "petra", [[0]])
    file = keys_of(app).path / f"{round.key_id}.key"
    key = file.read_bytes()
    close(app, house, round)
    file.write_bytes(key)
    begin_write()
    db.session.execute(db.delete(Result))
    db.session.get(Round, round.id).state, round.deadline_at = RoundState.OPEN, None
    db.session.commit()
    with pytest.raises(NotNow, match="geschlossen"):
        cast(app, house, "vera", [[1]], round=round)
    db.session.rollback()
    assert db.session.query(Ballot).count() == 0
    close(app, house, round)
    assert (round.state, round.problem) == (RoundState.CLOSING, "interrupted")
    assert db.session.query(Result).count() == 0 and clerk.work_once(keys_of(app)) == 0


def test_c21_a_start_does_not_sweep_the_key_of_an_opening_on_its_way(app, house):
    """Another host starts between the key's creation and the opening's commit."""
    propose(house)
    house.in_phase(Phase.RANK)
    keys, swept = keys_of(app), []
    mark = rank.sheet(house.session).mark
    round = rank.open_round(house.session, house.actor("mona"), keys, leading="person", mark=mark, grace=0)
    key_id = round.key_id

    def start():
        with app.app_context():
            swept.extend(clerk.sweep_keys(keys, age=0))
            db.session.remove()

    other = threading.Thread(target=start)
    other.start()
    other.join(0.3)
    waited = other.is_alive()
    db.session.commit()
    other.join()
    assert waited and swept == [] and len(keys.read(key_id)) == 32

"""C20: how many have voted is never told so that one person's voting could be read from it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from tests.rounds import keys_of, opened
from werkstatt.acts import rank
from werkstatt.db import begin_write, db
from werkstatt.models import Ballot, RollEntry
from werkstatt.secrecy import handle_of


def fill(app, round, member_id: int, many: int, *, with_member: bool) -> None:
    """So many ballots in the round, the member's among them or not."""
    begin_write()
    db.session.execute(delete(Ballot))
    handles = [bytes([n]) * 32 for n in range(many - with_member)]
    if with_member:
        handles.append(handle_of(keys_of(app).read(round.key_id), round.id, member_id))
    db.session.add_all(Ballot(round_id=round.id, handle=handle, box=b"x", rev=1) for handle in handles)
    db.session.commit()


def give(app, house, member_id, *, on_paper):
    rank.mark(house.session, house.actor("mona"), keys_of(app), member_id, on_paper=on_paper, reason="device")
    db.session.commit()


@pytest.mark.parametrize("deed", ["paper", "deletion"])
def test_c20_paper_and_deletion_show_nobody_whether_this_person_had_voted(app, house, deed):
    """Whatever the number is: it stays, in both worlds; at fives too, where the true one crosses the step."""
    round = opened(app, house)
    member_id = house.member("petra").id

    def shown():
        found = rank.turnout(round.id)
        return found and found[0]

    for many in range(1, 12):
        for voted in (True, False):
            begin_write()
            round.options = {name: value for name, value in round.options.items() if name != "shown"}
            db.session.commit()
            fill(app, round, member_id, many, with_member=voted)
            before = shown()
            assert before == ((many - many % 5) or None)
            if deed == "paper":
                give(app, house, member_id, on_paper=True)
            else:
                rank.forget(None, keys_of(app), [member_id])
                db.session.commit()
            assert db.session.query(Ballot).count() == many - voted
            assert shown() == before and rank.desk(house.session.id).cast == (before or 0)
            if deed == "paper":
                give(app, house, member_id, on_paper=False)
                assert shown() == before
            else:
                begin_write()
                db.session.add(RollEntry(round_id=round.id, membership_id=member_id))
                db.session.commit()

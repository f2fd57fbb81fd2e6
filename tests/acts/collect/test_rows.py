"""The rows of the file of texts."""

from __future__ import annotations

from werkstatt.acts import collect, consolidate, discuss
from werkstatt.db import db
from werkstatt.terms import Phase


def test_rows_follow_each_proposal_with_its_comments_and_replies(house):
    house.in_phase(Phase.COLLECT)
    petra, samuel, mona = (house.actor(name) for name in ("petra", "samuel", "mona"))
    one = collect.propose(house.session, petra, title="A")
    two = collect.propose(house.session, samuel, title="B")
    db.session.commit()
    house.in_phase(Phase.DISCUSS)
    first = discuss.comment(house.session, samuel, one.id, kind="for", text="Ja")
    discuss.comment(house.session, samuel, one.id, kind="against", text="Nein")
    discuss.comment(house.session, petra, one.id, kind="addition", text="Warum?", parent_id=first.id)
    discuss.hide(house.session, mona, one.id, first.id, reason="grob")
    db.session.commit()
    house.in_phase(Phase.CONSOLIDATE)
    consolidate.merge(house.session, mona, [one.id, two.id], title="AB")
    db.session.commit()
    rows = collect.text_rows(house.session)
    assert [(row.number, row.comment_text, row.hidden) for row in rows] == [
        ("E-1", "", None),
        ("V-1", "", None),
        ("V-1", "Ja", "grob"),
        ("V-1", "Warum?", "grob"),
        ("V-1", "Nein", None),
        ("V-2", "", None),
    ]
    assert (rows[1].name, rows[1].sector, rows[1].part_of) == ("Petra Vogel", "Industrie", "E-1")

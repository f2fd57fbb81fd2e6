"""The history, the ballot items, and what became of a proposal."""

from __future__ import annotations

from werkstatt.acts import collect, consolidate
from werkstatt.db import db
from werkstatt.terms import Phase


def stage(house):
    house.in_phase(Phase.COLLECT)
    made = [
        collect.propose(house.session, house.actor(name), title=title)
        for name, title in (("petra", "A"), ("samuel", "B"), ("vera", "C"), ("vera", "D"))
    ]
    db.session.commit()
    house.in_phase(Phase.CONSOLIDATE)
    return made


def test_ballot_items_are_recommendations_then_proposals_without_hidden_ones(house):
    one, two, three, _ = stage(house)
    mona = house.actor("mona")
    consolidate.merge(house.session, mona, [two.id, three.id], title="BC")
    consolidate.reword(house.session, mona, one.id, title="A2")
    db.session.commit()

    def items():
        return [(one.name, version.title) for one, version in consolidate.ballot_items(house.session.id)]

    assert items() == [("E-1", "BC"), ("E-2", "A2"), ("V-4", "D")]
    collect.hide(
        house.session, mona, house.session and consolidate.ballot_items(house.session.id)[0][0].id, reason="x"
    )
    db.session.commit()
    assert items() == [("E-2", "A2"), ("V-4", "D")]


def test_the_fate_of_a_proposal_is_followed_to_the_end(house):
    one, two, three, _ = stage(house)
    mona, petra = house.actor("mona"), house.actor("petra")
    first = consolidate.merge(house.session, mona, [one.id, two.id], title="AB")
    consolidate.merge(house.session, mona, [first.id, three.id], title="ABC")
    db.session.commit()
    (fate,) = consolidate.fates(house.session, petra)
    assert (fate.card.name, fate.into.name) == ("V-1", "E-2")
    consolidate.undo(house.session, mona)
    consolidate.undo(house.session, mona)
    db.session.commit()
    (fate,) = consolidate.fates(house.session, petra)
    assert fate.into is None


def test_the_history_keeps_undone_steps_and_says_which_can_be_undone(house):
    one, two, three, four = stage(house)
    mona = house.actor("mona")
    first = consolidate.merge(house.session, mona, [one.id, two.id], title="AB", reason="gleich")
    consolidate.merge(house.session, mona, [first.id, three.id], title="ABC")
    consolidate.exclude(house.session, mona, four.id, reason="fremd")
    consolidate.undo(house.session, mona)
    db.session.commit()
    steps = consolidate.history(house.session, mona)
    assert [(step.number, step.can_undo, step.undone_at is not None) for step in steps] == [
        (3, False, True),
        (2, True, False),
        (1, False, False),
    ]
    assert (steps[2].actor, steps[2].reason, [name for _, name in steps[2].made]) == (
        "Mona Richter",
        "gleich",
        ["E-1"],
    )
    assert consolidate.history(house.session, house.actor("petra"), one.id)[0].actor == ""
    assert [step.number for step in consolidate.history(house.session, mona, one.id)] == [1]

"""Comments: four kinds, one level of replies, editing one's own."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, NotAllowed, NotNow, Refused, collect, consolidate, discuss
from werkstatt.db import db
from werkstatt.models import Comment
from werkstatt.terms import CommentKind, Phase


@pytest.fixture
def proposal(house):
    house.in_phase(Phase.COLLECT)
    one = collect.propose(house.session, house.actor("petra"), title="A")
    db.session.commit()
    house.in_phase(Phase.DISCUSS)
    return one


def say(house, name, proposal, text="Gut", kind="for", **more):
    made = discuss.comment(house.session, house.actor(name), proposal.id, kind=kind, text=text, **more)
    db.session.commit()
    return made


@pytest.mark.parametrize("kind", list(CommentKind))
def test_four_kinds_are_counted(house, proposal, kind):
    say(house, "samuel", proposal, kind=kind)
    assert collect.one_card(house.session, house.actor("petra"), proposal.id).counts == {kind: 1}


def test_the_same_comment_twice_is_one(house, proposal):
    assert say(house, "samuel", proposal).id == say(house, "samuel", proposal).id
    assert say(house, "vera", proposal).id != say(house, "samuel", proposal).id
    assert db.session.query(Comment).count() == 2


def test_a_reply_stands_under_its_comment_and_has_no_replies(house, proposal):
    top = say(house, "samuel", proposal)
    reply = say(house, "petra", proposal, "Danke", parent_id=top.id)
    (shown,) = discuss.remarks(house.session, house.actor("vera"), proposal.id)[proposal.id]
    assert [one.text for one in shown.replies] == ["Danke"]
    with pytest.raises(Refused):
        say(house, "vera", proposal, "Und ich?", parent_id=reply.id)


def test_a_parent_from_elsewhere_is_missing(house, proposal):
    other = collect.propose(house.session, house.actor("vera"), title="B")
    db.session.commit()
    top = say(house, "samuel", other)
    for wrong in (top.id, 99999):
        with pytest.raises(Missing):
            say(house, "petra", proposal, parent_id=wrong)


@pytest.mark.parametrize(
    ("text", "kind", "field"), [(" ", "for", "text"), ("x" * 2001, "for", "text"), ("x", "rage", "kind")]
)
def test_bad_input_names_its_field(house, proposal, text, kind, field):
    with pytest.raises(Refused) as no:
        say(house, "samuel", proposal, text, kind)
    assert no.value.field == field


def test_editing_ones_own_says_when(house, proposal):
    one = say(house, "samuel", proposal)
    discuss.edit(house.session, house.actor("samuel"), proposal.id, one.id, text="Gut")
    assert one.edited_at is None
    discuss.edit(house.session, house.actor("samuel"), proposal.id, one.id, text="Besser", kind="question")
    db.session.commit()
    assert (one.text, one.kind, one.edited_at is None) == ("Besser", CommentKind.QUESTION, False)
    with pytest.raises(NotAllowed):
        discuss.edit(house.session, house.actor("petra"), proposal.id, one.id, text="Fremd")


def test_comments_end_with_the_discussion(house, proposal):
    house.in_phase(Phase.CONSOLIDATE)
    with pytest.raises(NotNow):
        say(house, "samuel", proposal)


def test_a_hidden_proposal_is_not_commented_by_its_author_either(house, proposal):
    collect.hide(house.session, house.actor("mona"), proposal.id, reason="x")
    db.session.commit()
    with pytest.raises(NotNow):
        say(house, "petra", proposal)
    with pytest.raises(Missing):
        say(house, "samuel", proposal)


def test_a_hidden_comment_goes_with_its_replies_and_is_not_counted(house, proposal):
    top = say(house, "samuel", proposal)
    say(house, "petra", proposal, "Danke", parent_id=top.id)
    discuss.hide(house.session, house.actor("mona"), proposal.id, top.id, reason="grob")
    db.session.commit()

    def shown(name):
        return [
            (one.text, one.hidden)
            for one in discuss.remarks(house.session, house.actor(name), proposal.id)[proposal.id]
        ]

    assert shown("vera") == []
    assert shown("samuel") == shown("mona") == [("Gut", "grob")]
    assert collect.one_card(house.session, house.actor("mona"), proposal.id).comments == 0
    with pytest.raises(Missing):
        discuss.edit(house.session, house.actor("vera"), proposal.id, top.id, text="x")
    discuss.unhide(house.session, house.actor("mona"), proposal.id, top.id)
    db.session.commit()
    assert shown("vera") == [("Gut", None)]


def test_comments_on_a_dissolved_merge_show_at_its_originals(house, proposal):
    other = collect.propose(house.session, house.actor("vera"), title="B")
    db.session.commit()
    house.in_phase(Phase.CONSOLIDATE)
    made = consolidate.merge(house.session, house.actor("mona"), [proposal.id, other.id], title="AB")
    db.session.commit()
    house.in_phase(Phase.DISCUSS)
    say(house, "samuel", made, "Zum Ganzen")
    house.in_phase(Phase.CONSOLIDATE)
    consolidate.undo(house.session, house.actor("mona"))
    db.session.commit()
    for one in (proposal, other):
        (shown,) = discuss.remarks(house.session, house.actor("petra"), one.id)[one.id]
        assert (shown.text, shown.of) == ("Zum Ganzen", "E-1")


def test_versions_show_newest_first_with_names_for_moderators_only(house, proposal):
    house.in_phase(Phase.COLLECT)
    collect.edit(house.session, house.actor("petra"), proposal.id, title="A2")
    db.session.commit()
    for name, author in (("samuel", ""), ("mona", "Petra Vogel")):
        found = discuss.wordings(house.session, house.actor(name), proposal.id)
        assert [(one.title, one.holds, one.author) for one in found] == [
            ("A2", True, author),
            ("A", False, author),
        ]

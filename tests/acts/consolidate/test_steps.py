"""Merge, reword, exclude, undo: nothing is overwritten, the second to save is told."""

from __future__ import annotations

import threading

import pytest

from werkstatt.acts import Missing, NotAllowed, NotNow, Refused, collect, consolidate
from werkstatt.acts.consolidate import Changed
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, Lineage, Recommendation, Round, RoundItem, Step, Version
from werkstatt.terms import Phase, RecommendationState, RoundState

ACTIVE, MERGED, RETIRED = RecommendationState.ACTIVE, RecommendationState.MERGED, RecommendationState.RETIRED


@pytest.fixture
def proposals(house):
    """V-1 and V-2 of Petra and Samuel, V-3 of Vera."""
    house.in_phase(Phase.COLLECT)
    made = [
        collect.propose(house.session, house.actor(name), title=title)
        for name, title in (("petra", "A"), ("samuel", "B"), ("vera", "C"))
    ]
    db.session.commit()
    house.in_phase(Phase.CONSOLIDATE)
    return made


def merge(house, sources, title="AB", **more):
    made = consolidate.merge(
        house.session, house.actor("mona"), [one.id for one in sources], title=title, **more
    )
    db.session.commit()
    return made


def undo(house, step_id=None):
    step = consolidate.undo(house.session, house.actor("mona"), step_id)
    db.session.commit()
    return step


def names(house):
    return [one.name for one, _ in consolidate.ballot_items(house.session.id)]


def test_merging_makes_a_new_wording_and_keeps_the_sources(house, proposals):
    made = merge(house, proposals[:2], reason="fast gleich")
    assert (made.name, made.state, proposals[0].state) == ("E-1", ACTIVE, MERGED)
    assert names(house) == ["E-1", "V-3"]
    step = db.session.query(Step).one()
    assert step.before == {str(one.id): ["active", 1] for one in proposals[:2]}
    assert {row.from_id for row in db.session.query(Lineage)} == {one.id for one in proposals[:2]}
    entry = db.session.query(AuditEntry).filter_by(deed="merge").one()
    assert entry.facts["made"] == made.id and "AB" not in str(entry.facts)


def test_a_merged_one_can_be_merged_again(house, proposals):
    first = merge(house, proposals[:2])
    second = merge(house, [first, proposals[2]], "ABC")
    assert (second.name, first.state, names(house)) == ("E-2", MERGED, ["E-2"])
    into, origin = collect.lines(house.session.id)
    assert [line.name for line in origin[second.id]] == ["E-1", "V-3"]
    assert [line.name for line in into[proposals[0].id]] == ["E-1"]


def test_the_same_merge_twice_is_one(house, proposals):
    merge(house, proposals[:2])
    with pytest.raises(Changed):
        merge(house, proposals[:2])
    assert db.session.query(Step).count() == 1


def test_merging_needs_two_that_exist_here_and_are_not_hidden(house, proposals):
    with pytest.raises(Refused):
        merge(house, [proposals[0], proposals[0]])
    with pytest.raises(Missing):
        consolidate.merge(house.session, house.actor("mona"), [proposals[0].id, 99999], title="X")
    with pytest.raises(Refused):
        merge(house, proposals[:2], " ")
    collect.hide(house.session, house.actor("mona"), proposals[0].id, reason="x")
    with pytest.raises(Refused):
        merge(house, proposals[:2])


def test_an_outdated_view_is_refused(house, proposals):
    one, two, _ = proposals
    with pytest.raises(Changed):
        merge(house, [one, two], seen={one.id: 1, two.id: 2})
    with pytest.raises(Changed):
        merge(house, [one, two], seen={one.id: 1})
    assert merge(house, [one, two], seen={one.id: 1, two.id: 1}).name == "E-1"


@pytest.mark.parametrize("name", ["petra", "heiko", "otto"])
def test_only_moderators_consolidate(house, proposals, name):
    with pytest.raises(NotAllowed):
        consolidate.exclude(house.session, house.actor(name), proposals[0].id, reason="x")


@pytest.mark.parametrize("phase", [Phase.COLLECT, Phase.DISCUSS, Phase.RANK, Phase.RESULT])
def test_only_in_its_phase(house, proposals, phase):
    house.in_phase(phase)
    with pytest.raises(NotNow):
        merge(house, proposals[:2])


def test_rewording_a_proposal_makes_a_recommendation_and_the_original_keeps_its_words(house, proposals):
    mona = house.actor("mona")
    made = consolidate.reword(house.session, mona, proposals[0].id, title="A, klarer")
    db.session.commit()
    assert (made.name, proposals[0].state, proposals[0].current) == ("E-1", MERGED, 1)
    assert collect.one_card(house.session, mona, proposals[0].id).title == "A"
    undo(house)
    assert (made.state, proposals[0].state) == (RETIRED, ACTIVE)


def test_rewording_a_recommendation_is_its_next_version_and_versions_are_never_reused(house, proposals):
    mona, made = house.actor("mona"), merge(house, proposals[:2])

    def reword(title, version):
        one = consolidate.reword(house.session, mona, made.id, title=title, version=version)
        db.session.commit()
        return one

    assert reword("AB 2", 1).current == 2
    assert reword("AB 2", 1).current == 2  # sent twice
    with pytest.raises(Changed):
        reword("AB 3", 1)
    with pytest.raises(Refused):
        reword("AB 2", 2)
    undo(house)
    assert made.current == 1
    assert reword("AB 4", 1).current == 3
    assert [
        row.title
        for row in db.session.query(Version).filter_by(recommendation_id=made.id).order_by(Version.number)
    ] == [
        "AB",
        "AB 2",
        "AB 4",
    ]


def test_excluding_needs_a_reason_that_everybody_reads(house, proposals):
    mona = house.actor("mona")
    with pytest.raises(Refused) as no:
        consolidate.exclude(house.session, mona, proposals[0].id, reason="")
    assert no.value.field == "reason"
    consolidate.exclude(house.session, mona, proposals[0].id, reason="nicht zuständig")
    db.session.commit()
    assert names(house) == ["V-2", "V-3"]
    assert (
        collect.one_card(house.session, house.actor("petra"), proposals[0].id).excluded == "nicht zuständig"
    )
    undo(house)
    assert names(house) == ["V-1", "V-2", "V-3"]
    assert collect.one_card(house.session, house.actor("petra"), proposals[0].id).excluded == ""


def test_undoing_one_after_the_other_until_nothing_is_left(house, proposals):
    first = merge(house, proposals[:2])
    second = merge(house, [first, proposals[2]], "ABC")
    assert undo(house).number == 2
    assert (second.state, first.state, names(house)) == (RETIRED, ACTIVE, ["E-1", "V-3"])
    assert undo(house).number == 1
    assert names(house) == ["V-1", "V-2", "V-3"]
    with pytest.raises(NotNow):
        undo(house)
    assert db.session.query(Step).count() == 2 and db.session.query(Recommendation).count() == 5
    assert collect.lines(house.session.id)[0] == {}
    assert merge(house, proposals[:2], "wieder").name == "E-3"


def test_undo_refuses_where_something_later_depends_on_it_and_twice(house, proposals):
    first = merge(house, proposals[:2])
    merge(house, [first, proposals[2]], "ABC")
    one, two = db.session.query(Step).order_by(Step.number)
    with pytest.raises(NotNow, match="hängt davon ab"):
        undo(house, one.id)
    undo(house, two.id)
    with pytest.raises(NotNow, match="schon"):
        undo(house, two.id)
    with pytest.raises(Missing):
        undo(house, 99999)


def test_an_earlier_step_that_nothing_depends_on_can_be_undone(house, proposals):
    merge(house, proposals[:2])
    consolidate.exclude(house.session, house.actor("mona"), proposals[2].id, reason="x")
    db.session.commit()
    undo(house, db.session.query(Step).filter_by(number=1).one().id)
    assert names(house) == ["V-1", "V-2"]


@pytest.mark.parametrize(("state", "refused"), [(RoundState.CLOSED, True), (RoundState.CANCELLED, False)])
def test_what_was_voted_on_is_not_dissolved(house, proposals, state, refused):
    made = merge(house, proposals[:2])
    begin_write()
    round = Round(session_id=house.session.id, number=1, state=state)
    db.session.add(round)
    db.session.flush()
    db.session.add(
        RoundItem(round_id=round.id, position=0, letter="A", recommendation_id=made.id, version=1, title="AB")
    )
    db.session.commit()
    if refused:
        with pytest.raises(NotNow, match="abgestimmt"):
            undo(house)
    else:
        assert undo(house).undone_at is not None


def test_two_moderators_merge_the_same_at_once_and_one_wins(app, house, proposals):
    actors = [house.actor("mona"), house.actor("ines")] * 3
    ids, session_id, kind = [one.id for one in proposals[:2]], house.session.id, type(house.session)
    db.session.rollback()
    outcomes = []

    def work(actor):
        with app.app_context():
            try:
                consolidate.merge(db.session.get(kind, session_id), actor, ids, title="AB")
                db.session.commit()
                outcomes.append("won")
            except Changed:
                db.session.rollback()
                outcomes.append("changed")
            except Exception as no:
                outcomes.append(repr(no))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed"] * 5 + ["won"]

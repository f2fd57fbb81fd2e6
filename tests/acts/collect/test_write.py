"""Proposing, editing, withdrawing, hiding."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from werkstatt.acts import Missing, NotAllowed, NotNow, Refused, collect
from werkstatt.db import begin_write, db
from werkstatt.models import AuditEntry, Comment, Recommendation, Version
from werkstatt.terms import Phase, RecommendationState, Visibility


def propose(house, name, title="Mehr Transfer", **more):
    one = collect.propose(house.session, house.actor(name), title=title, **more)
    db.session.commit()
    return one


def test_proposals_are_numbered_and_carry_sector_and_first_version(house):
    house.in_phase(Phase.COLLECT)
    first = propose(
        house, "petra", " Mehr Netz ", problem="Löcher", action="Masten", theme_id=house.themes[0].id
    )
    second = propose(house, "samuel", "Mehr Labore")
    assert (first.name, second.name) == ("V-1", "V-2")
    assert first.sector_id == house.sectors[0].id and not first.is_late
    version = db.session.query(Version).filter_by(recommendation_id=first.id).one()
    assert (version.number, version.title, version.theme_id) == (1, "Mehr Netz", house.themes[0].id)


def test_the_same_form_twice_is_one_proposal_even_at_the_limit(house):
    house.in_phase(Phase.COLLECT)
    ones = [propose(house, "petra", title) for title in ("A", "B", "C", "C")]
    assert ones[2].id == ones[3].id
    assert db.session.query(Recommendation).count() == 3


def test_a_participant_has_three_and_a_withdrawn_one_does_not_count(house):
    house.in_phase(Phase.COLLECT)
    first, *_ = [propose(house, "petra", title) for title in ("A", "B", "C")]
    with pytest.raises(Refused):
        propose(house, "petra", "D")
    db.session.rollback()
    collect.withdraw(house.session, house.actor("petra"), first.id)
    db.session.commit()
    assert propose(house, "petra", "D").name == "V-4"
    with pytest.raises(Refused):
        collect.restore(house.session, house.actor("petra"), first.id)


@pytest.mark.parametrize("name", ["mona", "ines"])
def test_staff_is_not_limited(house, name):
    house.in_phase(Phase.COLLECT)
    for n in range(5):
        propose(house, name, f"Idee {n}")
    assert collect.proposed(house.session.id, house.people[name].id) == 5


def test_observers_do_not_propose_and_nobody_does_in_prepare(house):
    house.in_phase(Phase.COLLECT)
    with pytest.raises(NotAllowed):
        propose(house, "otto")
    db.session.rollback()
    house.in_phase(Phase.PREPARE)
    with pytest.raises(NotNow):
        propose(house, "petra")


def test_a_late_proposal_is_marked_and_can_be_switched_off(house):
    house.in_phase(Phase.DISCUSS)
    assert propose(house, "petra").is_late
    begin_write()
    house.session.late_proposals = False
    db.session.commit()
    with pytest.raises(NotNow):
        propose(house, "petra", "Noch einer")


def test_a_title_is_needed_and_a_foreign_theme_is_refused(house):
    house.in_phase(Phase.COLLECT)
    with pytest.raises(Refused) as no:
        propose(house, "petra", "   ")
    assert no.value.field == "title"
    with pytest.raises(Refused) as no:
        propose(house, "petra", "Titel", theme_id=99999)
    assert no.value.field == "theme"


def test_each_edit_is_a_version_and_equal_words_are_none(house):
    house.in_phase(Phase.COLLECT)
    one, petra = propose(house, "petra", "Erst"), house.actor("petra")
    for title in ("Dann", "Dann"):
        collect.edit(house.session, petra, one.id, title=title)
        db.session.commit()
    titles = [row.title for row in db.session.query(Version).order_by(Version.number)]
    assert titles == ["Erst", "Dann"] and one.current == 2


def test_only_the_author_edits_and_only_while_collecting(house):
    house.in_phase(Phase.COLLECT)
    one = propose(house, "petra")
    with pytest.raises(NotAllowed):
        collect.edit(house.session, house.actor("samuel"), one.id, title="Meins")
    with pytest.raises(NotAllowed):
        collect.withdraw(house.session, house.actor("mona"), one.id)
    db.session.rollback()
    house.in_phase(Phase.DISCUSS)
    with pytest.raises(NotNow):
        collect.edit(house.session, house.actor("petra"), one.id, title="Später")
    late = propose(house, "petra", "Nachtrag")
    assert collect.edit(house.session, house.actor("petra"), late.id, title="Nachtrag 2").current == 2


def test_what_one_may_not_read_does_not_exist(house):
    house.in_phase(Phase.COLLECT)
    house.session.visibility = Visibility.AFTER_PHASE
    begin_write()
    db.session.merge(house.session).visibility = Visibility.AFTER_PHASE
    db.session.commit()
    one = propose(house, "petra")
    with pytest.raises(Missing):
        collect.edit(house.session, house.actor("samuel"), one.id, title="Meins")


def test_withdrawing_and_bringing_back(house):
    house.in_phase(Phase.COLLECT)
    one, petra = propose(house, "petra"), house.actor("petra")
    assert collect.withdraw(house.session, petra, one.id).state is RecommendationState.WITHDRAWN
    assert collect.withdraw(house.session, petra, one.id).state is RecommendationState.WITHDRAWN
    with pytest.raises(NotNow):
        collect.edit(house.session, petra, one.id, title="Neu")
    assert collect.restore(house.session, petra, one.id).state is RecommendationState.ACTIVE


def test_hiding_needs_a_reason_and_leaves_ids_only_in_the_audit(house):
    house.in_phase(Phase.COLLECT)
    one, mona = propose(house, "petra", "Geheimer Name"), house.actor("mona")
    with pytest.raises(Refused) as no:
        collect.hide(house.session, mona, one.id, reason=" ")
    assert no.value.field == "reason"
    for phase in (Phase.COLLECT, Phase.RESULT):
        db.session.rollback()
        house.in_phase(phase)
        collect.hide(house.session, mona, one.id, reason="nennt eine Person")
        db.session.commit()
        assert one.hidden_reason == "nennt eine Person"
        collect.unhide(house.session, mona, one.id)
        db.session.commit()
        assert one.hidden_at is None
    entry = db.session.query(AuditEntry).filter_by(deed="hide").first()
    assert entry.facts == {"recommendation": one.id}
    with pytest.raises(NotAllowed):
        collect.hide(house.session, house.actor("petra"), one.id, reason="weg")


def test_hiding_a_comment_of_another_recommendation_is_missing(house):
    house.in_phase(Phase.DISCUSS)
    one, two = propose(house, "petra", "A"), propose(house, "samuel", "B")
    begin_write()
    comment = Comment(recommendation_id=one.id, kind="for", text="Ja")
    db.session.add(comment)
    db.session.commit()
    with pytest.raises(Missing):
        collect.hide(house.session, house.actor("mona"), two.id, reason="x", comment_id=comment.id)


def test_many_people_at_once_get_different_numbers_and_one_person_stays_within_the_limit(app, house):
    house.in_phase(Phase.COLLECT)
    actors = [house.actor(name) for name in ("petra", "samuel", "vera")] * 2 + [house.actor("petra")] * 4
    actors = [replace(actor, membership=None) for actor in actors]  # memberships belong to this thread
    session_id, failures = house.session.id, []
    db.session.rollback()

    def work(n, actor):
        with app.app_context():
            try:
                collect.propose(db.session.get(type(house.session), session_id), actor, title=f"Idee {n}")
                db.session.commit()
            except Refused:
                db.session.rollback()
            except Exception as no:
                failures.append(no)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(n, actor)) for n, actor in enumerate(actors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = sorted(row.number for row in db.session.query(Recommendation))
    assert numbers == list(range(1, 8))  # Petra three of six, Samuel two, Vera two

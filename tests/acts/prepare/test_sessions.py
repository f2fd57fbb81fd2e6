"""Sessions: settings, order, copies."""

from __future__ import annotations

import pytest

from werkstatt.acts import Refused, collect, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Recommendation, Round
from werkstatt.terms import Phase, RoundState, Visibility


def test_sessions_are_created_in_order_moved_and_copied(house):
    ines = house.people["ines"].id
    second = prepare.create_session(house.workshop, ines, title="Zwei", question="?", proposals_each=5)
    copy = prepare.copy_session(second, ines, title="Zwei (Kopie)")
    prepare.move_session(copy, by=-1)
    assert [one.title for one in prepare.sessions(house.workshop.id)] == ["Regionen", "Zwei (Kopie)", "Zwei"]
    assert copy.proposals_each == 5 and copy.phase is Phase.PREPARE


def test_a_wrong_setting_is_refused(house):
    with pytest.raises(Refused) as no:
        prepare.create_session(house.workshop, 1, title="x", question="?", proposals_each=51)
    assert no.value.field == "proposals_each"
    with pytest.raises(TypeError):
        prepare.create_session(house.workshop, 1, title="x", question="?", phase=Phase.RANK)


def test_settings_tell_the_pages(house):
    step = house.session.step
    prepare.edit_session(
        house.session, house.actor("mona"), title="R", question="?", visibility=Visibility.AFTER_PHASE
    )
    assert house.session.visibility is Visibility.AFTER_PHASE and house.session.step == step + 1


def test_names_stay_hidden_once_proposals_came_in_under_that_promise(house):
    house.in_phase(Phase.COLLECT)
    collect.propose(house.session, house.actor("petra"), title="T", problem="p", action="a", theme_id=None)
    assert db.session.query(Recommendation).count() == 1
    with pytest.raises(Refused) as no:
        prepare.edit_session(house.session, house.actor("mona"), title="R", question="?", names_visible=True)
    assert no.value.field == "names_visible"


def test_who_votes_is_fixed_while_a_round_is_unfinished(house):
    begin_write()
    db.session.add(Round(session_id=house.session.id, number=1, state=RoundState.OPEN))
    db.session.commit()
    with pytest.raises(Refused) as no:
        prepare.edit_session(house.session, house.actor("mona"), title="R", question="?", staff_votes=True)
    assert no.value.field == "staff_votes"

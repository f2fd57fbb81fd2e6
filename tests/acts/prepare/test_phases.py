"""One forward, one back with a reason, and a clock that ends nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from werkstatt.acts import NotAllowed, NotNow, Refused, collect, consolidate, prepare
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import AuditEntry, Round
from werkstatt.terms import Phase, RoundState


def round_in(house, state: RoundState) -> Round:
    begin_write()
    made = Round(session_id=house.session.id, number=1, state=state)
    db.session.add(made)
    db.session.commit()
    return made


def test_forward_stops_the_clock_tells_the_pages_and_is_recorded(house):
    mona = house.actor("mona")
    prepare.set_clock(house.session, mona, minutes=5)
    step, since = house.session.step, house.session.phase_since
    prepare.advance(house.session, mona, leaving=Phase.PREPARE)
    assert house.session.phase is Phase.COLLECT and house.session.clock_ends_at is None
    assert house.session.step == step + 1 and house.session.phase_since > since
    entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (entry.deed, entry.facts) == ("advance", {"left": "prepare", "to": "collect"})


def test_two_consoles_cannot_skip_a_phase(house):
    mona = house.actor("mona")
    prepare.advance(house.session, mona, leaving=Phase.PREPARE)
    with pytest.raises(NotNow):
        prepare.advance(house.session, house.actor("ines"), leaving=Phase.PREPARE)
    assert house.session.phase is Phase.COLLECT


@pytest.mark.parametrize("name", ["heiko", "petra", "otto", "paul"])
def test_only_moderators_and_organisers_steer(house, name):
    for act in (
        lambda me: prepare.advance(house.session, me, leaving=Phase.PREPARE),
        lambda me: prepare.back(house.session, me, reason="mistake"),
        lambda me: prepare.set_clock(house.session, me, minutes=3),
    ):
        with pytest.raises(NotAllowed):
            act(house.actor(name))


def test_no_ballot_with_fewer_than_two_items(house):
    mona = house.actor("mona")
    house.in_phase(Phase.CONSOLIDATE)
    with pytest.raises(NotNow) as no:
        prepare.advance(house.session, mona, leaving=Phase.CONSOLIDATE)
    assert no.value.values == {"least": 2, "found": 0}
    house.in_phase(Phase.COLLECT)
    for title in ("Eins", "Zwei"):
        collect.propose(
            house.session, house.actor("petra"), title=title, problem="p", action="a", theme_id=None
        )
    house.in_phase(Phase.CONSOLIDATE)
    assert len(consolidate.ballot_items(house.session.id)) == 2
    assert prepare.advance(house.session, mona, leaving=Phase.CONSOLIDATE).phase is Phase.RANK


def test_the_result_comes_by_its_release_alone(house):
    house.in_phase(Phase.RANK)
    with pytest.raises(NotNow):
        prepare.advance(house.session, house.actor("mona"), leaving=Phase.RANK)
    house.in_phase(Phase.RESULT)
    with pytest.raises(NotNow):
        prepare.advance(house.session, house.actor("mona"), leaving=Phase.RESULT)


def test_back_needs_a_reason_from_the_list(house):
    house.in_phase(Phase.DISCUSS)
    with pytest.raises(Refused) as no:
        prepare.back(house.session, house.actor("mona"), reason="weil Herr Meier das will")
    assert no.value.field == "reason"
    assert prepare.back(house.session, house.actor("mona"), reason="time").phase is Phase.COLLECT
    assert db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first().facts["reason"] == "time"


@pytest.mark.parametrize("state", [state for state in RoundState])
def test_never_back_while_a_round_is_unfinished(house, state):
    house.in_phase(Phase.RANK)
    round_in(house, state)
    stays = state in ("open", "closing", "counted", "closed", "cancelling")
    if stays:
        with pytest.raises(NotNow):
            prepare.back(house.session, house.actor("mona"), reason="mistake")
    else:
        prepare.back(house.session, house.actor("mona"), reason="mistake")
    db.session.refresh(house.session)
    assert house.session.phase is (Phase.RANK if stays else Phase.CONSOLIDATE)


def test_from_result_back_for_another_round(house):
    house.in_phase(Phase.RESULT)
    round_in(house, RoundState.RELEASED)
    back = prepare.back(house.session, house.actor("mona"), reason="again", leaving=Phase.RESULT)
    assert back.phase is Phase.RANK


def test_there_is_nothing_before_the_first_phase(house):
    with pytest.raises(NotNow):
        prepare.back(house.session, house.actor("mona"), reason="mistake")


def test_the_clock_is_set_extended_and_stopped(house):
    mona = house.actor("mona")
    first = prepare.set_clock(house.session, mona, minutes=10).clock_ends_at
    assert timedelta(minutes=9) < first - utcnow() <= timedelta(minutes=10)
    assert prepare.extend(house.session, mona).clock_ends_at == first + timedelta(minutes=2)
    step = house.session.step
    assert prepare.stop_clock(house.session, mona).clock_ends_at is None
    assert house.session.step == step + 1
    assert prepare.extend(house.session, mona).clock_ends_at - utcnow() <= timedelta(minutes=2)
    for minutes in (0, -3, 601):
        with pytest.raises(Refused):
            prepare.set_clock(house.session, mona, minutes=minutes)

"""A counted round is annulled by two with a reason; never deleted, never by one."""

from __future__ import annotations

import pytest

from tests.results import counted
from tests.rounds import opened, reopened
from werkstatt.acts import NotAllowed, NotNow, Refused, audit, prepare, projector, rank, result
from werkstatt.acts.rank import annulment
from werkstatt.db import begin_write, db
from werkstatt.models import Annulment, AuditEntry, Result
from werkstatt.terms import Phase, RoundState


def propose(house, round, reason="falsche Liste"):
    made = rank.propose_annulment(house.session, house.actor("mona"), round.id, reason=reason)
    db.session.commit()
    return made


@pytest.mark.parametrize("state", [RoundState.CLOSED, RoundState.RELEASED])
def test_two_people_annul_and_everything_stays(house, state):
    round = counted(house, state)
    propose(house, round)
    assert round.state is state, "one person alone changes nothing"
    rank.confirm_annulment(house.session, house.actor("ines"), round.id)
    db.session.commit()
    assert round.state is RoundState.ANNULLED
    assert db.session.get(Result, round.id) is not None
    assert rank.annulled_because(round.id) == "falsche Liste"
    assert result.newest(house.session.id) is None
    deeds = db.session.execute(
        db.select(AuditEntry.deed, AuditEntry.actor_id).order_by(AuditEntry.id.desc()).limit(2)
    ).all()
    assert deeds == [("annul", house.people["ines"].id), ("propose_annulment", house.people["mona"].id)]
    assert audit.broken_at() is None


def test_the_proposer_cannot_confirm_alone_not_even_in_the_database(house):
    from sqlalchemy.exc import IntegrityError

    round = counted(house)
    propose(house, round)
    with pytest.raises(NotAllowed, match="zwei Personen"):
        rank.confirm_annulment(house.session, house.actor("mona"), round.id)
    db.session.rollback()
    begin_write()
    with pytest.raises(IntegrityError):
        db.session.execute(db.update(Annulment).values(confirmed_by_id=house.people["mona"].id))
    db.session.rollback()


def test_a_reason_is_needed_and_one_request_is_enough(house):
    round = counted(house)
    with pytest.raises(Refused):
        rank.propose_annulment(house.session, house.actor("mona"), round.id, reason="  ")
    db.session.rollback()
    propose(house, round)
    with pytest.raises(NotNow, match="schon beantragt"):
        rank.propose_annulment(house.session, house.actor("ines"), round.id, reason="anders")
    db.session.rollback()


@pytest.mark.parametrize("who", ["mona", "ines"])
def test_a_request_is_withdrawn_or_turned_down_and_the_round_counts(house, who):
    round = counted(house)
    propose(house, round)
    rank.withdraw_annulment(house.session, house.actor(who), round.id)
    db.session.commit()
    assert round.state is RoundState.CLOSED and rank.annullable(house.session.id)[0].by == ""
    with pytest.raises(NotNow):
        rank.confirm_annulment(house.session, house.actor("ines"), round.id)
    db.session.rollback()


@pytest.mark.parametrize("state", [state for state in RoundState if state not in annulment.COUNTED])
def test_only_a_counted_round_is_annulled(house, state):
    round = counted(house, state)
    with pytest.raises(NotNow):
        propose(house, round)
    db.session.rollback()


@pytest.mark.parametrize("who", ["heiko", "petra", "otto"])
def test_only_moderators_and_organisers_annul(house, who):
    round = counted(house)
    with pytest.raises(NotAllowed):
        rank.propose_annulment(house.session, house.actor(who), round.id, reason="so")
    db.session.rollback()


def test_after_it_the_room_votes_again(app, house):
    first = opened(app, house)
    begin_write()
    first.state = RoundState.CLOSED
    db.session.commit()
    propose(house, first)
    rank.confirm_annulment(house.session, house.actor("ines"), first.id)
    db.session.commit()
    assert projector.board(house.session.id).scene == "annulled"
    assert reopened(app, house).number == 2
    assert projector.board(house.session.id).scene == "open"
    assert rank.last_annulled(house.session.id) is None


def test_going_back_from_a_result_by_mistake_leads_forward_again(house):
    counted(house, RoundState.RELEASED)
    mona = house.actor("mona")
    prepare.back(house.session, mona, reason="mistake", leaving=Phase.RESULT)
    db.session.commit()
    prepare.advance(house.session, mona, leaving=Phase.RANK)
    db.session.commit()
    assert house.session.phase is Phase.RESULT


def test_an_annulled_result_is_not_led_to_again(house):
    round = counted(house, RoundState.RELEASED)
    propose(house, round)
    rank.confirm_annulment(house.session, house.actor("ines"), round.id)
    house.in_phase(Phase.RANK)
    with pytest.raises(NotNow):
        prepare.advance(house.session, house.actor("mona"), leaving=Phase.RANK)
    db.session.rollback()

"""The desk at the door."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, NotNow, Refused, desk, join
from werkstatt.db import db
from werkstatt.models import Membership
from werkstatt.terms import MemberState, Role


def test_a_walk_in_is_present_at_once(house):
    member = desk.register(
        house.workshop, house.actor("heiko"), name="Nora Neu", organisation="", sector_id=house.sectors[1].id
    )
    assert (member.state, member.role) == (MemberState.CHECKED_IN, Role.PARTICIPANT)


def test_a_sector_is_corrected_within_the_process(house):
    heiko, petra = house.people["heiko"].id, house.member("petra")
    desk.correct(house.workshop, heiko, petra.id, sector_id=house.sectors[2].id)
    assert petra.sector_id == house.sectors[2].id
    foreign = join.sectors(house.other_workshop.process_id)[0].id
    for sector_id in (foreign, 99999, None):
        with pytest.raises(Refused) as no:
            desk.correct(house.workshop, heiko, petra.id, sector_id=sector_id)
        assert no.value.field == "sector"


def test_who_waits_is_refused_once_and_may_come_again(house):
    heiko, paul = house.people["heiko"].id, house.member("paul")
    desk.refuse(house.workshop, heiko, paul.id)
    assert paul.state is MemberState.ENDED
    with pytest.raises(NotNow):
        desk.refuse(house.workshop, heiko, paul.id)
    join.arrive(house.workshop, paul.account_id, name="", organisation="", sector_id=house.sectors[0].id)
    assert paul.state is MemberState.PENDING


def test_who_waits_is_not_checked_in_unconfirmed(house):
    with pytest.raises(NotNow):
        desk.check_in(house.workshop, house.people["heiko"].id, house.member("paul").id)


def test_people_of_other_workshops_are_missing(house):
    franka = db.session.query(Membership).filter_by(account_id=house.people["franka"].id).one()
    with pytest.raises(Missing):
        desk.correct(house.workshop, 1, franka.id, sector_id=house.sectors[0].id)

"""The register takes people in; personal links go only to those who can do no more than one manages."""

from __future__ import annotations

import pytest

from werkstatt.acts import Missing, NotAllowed, Refused, join, office, prepare
from werkstatt.db import db
from werkstatt.models import Membership
from werkstatt.terms import MemberState, Role


def add(house, **more):
    facts = {"name": "Nora Neu", "sector_id": house.sectors[0].id} | more
    return office.add_person(house.workshop, house.people["mona"].id, **facts)


def test_a_new_person_is_invited_and_the_link_works_once(house):
    member = add(house, email="Nora@example.org", organisation="Gießerei")
    assert member.state is MemberState.INVITED
    token = office.fresh_link(house.workshop, house.actor("mona"), member.id)
    second = office.fresh_link(house.workshop, house.actor("mona"), member.id)
    assert join.invitation(token) is None
    assert join.invitation(second)[1].email == "nora@example.org"
    join.by_link(second, "", hours=1)
    assert join.invitation(second) is None and member.state is MemberState.ACTIVE


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"sector_id": None}, "sector"), ({"table_id": 4711}, "table"), ({"role": Role.ORGANISER}, "role")],
)
def test_what_is_none_here_is_refused(house, facts, field):
    with pytest.raises(Refused) as no:
        add(house, **facts)
    assert no.value.field == field


def test_a_foreign_sector_is_refused_like_a_missing_one(house):
    foreign = join.sectors(house.other_workshop.process_id)[0].id
    sentences = set()
    for sector_id in (foreign, 99999):
        with pytest.raises(Refused) as no:
            add(house, sector_id=sector_id)
        sentences.add(no.value.message)
    assert len(sentences) == 1


def test_a_known_address_is_that_person_and_stands_in_the_register_once(house):
    member = add(house, email="franka@example.org", name="Ganz anders")
    assert member.account_id == house.people["franka"].id
    assert house.people["franka"].name == "Franka Weiß"
    with pytest.raises(Refused):
        add(house, email="franka@example.org")


@pytest.mark.parametrize("email", ["franka@example.org", "admin@example.org", "ines@example.org"])
def test_no_link_for_somebody_who_has_other_places_or_rights(house, email):
    member = add(house, email=email)
    with pytest.raises(NotAllowed):
        office.fresh_link(house.workshop, house.actor("mona"), member.id)


def test_helpers_issue_links_to_participants_only(house):
    heiko = house.actor("heiko")
    assert office.fresh_link(house.workshop, heiko, house.member("petra").id)
    with pytest.raises(NotAllowed):
        office.fresh_link(house.workshop, heiko, house.member("mona").id)


def test_a_person_of_another_workshop_is_missing_here(house):
    franka = db.session.query(Membership).filter_by(account_id=house.people["franka"].id).one()
    with pytest.raises(Missing):
        office.fresh_link(house.workshop, house.actor("mona"), franka.id)


def test_an_ended_person_can_be_added_again(house):
    member = house.member("petra")
    prepare.end(house.workshop, house.actor("mona"), member.id)
    again = add(house, email="petra@example.org")
    assert again.id == member.id and again.state is MemberState.INVITED

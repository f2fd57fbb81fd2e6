"""A wrong address on the register is corrected by the office, until its reader has come in by it."""

from __future__ import annotations

import pytest

from werkstatt.acts import NotNow, Refused, join, office, post, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Membership
from werkstatt.terms import MemberState, Role, TicketKind

WRONG, RIGHT = "nora@exmaple.org", "nora@example.org"


@pytest.fixture
def nora(house) -> Membership:
    facts = {"name": "Nora Neu", "email": WRONG, "sector_id": house.sectors[0].id}
    member = office.add_person(house.workshop, house.people["mona"].id, **facts)
    db.session.commit()
    return member


def correct(house, member, email: str, who="mona"):
    facts = {"role": Role.PARTICIPANT, "sector_id": house.sectors[0].id, "table_id": None}
    prepare.edit_member(house.workshop, house.actor(who), member.id, email=email, **facts)
    db.session.commit()


def test_a_wrong_address_is_corrected_and_what_went_to_it_ends(house, nora):
    link = join.invite(nora.account_id, house.workshop.id)
    db.session.commit()
    correct(house, nora, RIGHT.upper())
    assert db.session.get(Account, nora.account_id).email == RIGHT
    assert join.invitation(link) is None
    assert [reader.email for reader in prepare.to_invite(house.workshop.id)] == [RIGHT]


def test_an_address_by_which_its_reader_came_in_is_theirs(house, nora):
    begin_write()
    made = join.issue(TicketKind.INVITATION, account_id=nora.account_id, workshop_id=house.workshop.id)
    post.put(
        db.session.get(Account, nora.account_id), "invitation", post.Letter("s", "t", "h"), ticket=made.ticket
    )
    db.session.commit()
    join.by_link(made.token, "", hours=1)
    db.session.commit()
    with pytest.raises(NotNow, match="Meine Daten"):
        correct(house, nora, RIGHT)


def test_nobodys_address_is_changed_whom_others_know_or_who_waits(house):
    begin_write()
    place = Membership(workshop_id=house.other_workshop.id, account_id=house.people["vera"].id)
    place.state = MemberState.INVITED
    db.session.add(place)
    db.session.commit()
    for name in ("vera", "paul"):
        with pytest.raises(NotNow):
            correct(house, house.member(name), "boese@example.org")
        db.session.rollback()


def test_an_address_that_somebody_has_is_refused_without_saying_so(house, nora):
    with pytest.raises(Refused, match="lässt sich hier nicht eintragen") as no:
        correct(house, nora, "gregor@example.org")
    assert no.value.field == "email" and "Thiel" not in str(no.value)

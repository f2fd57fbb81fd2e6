"""A wrong address on the register is corrected by the office, until somebody has come in as that person."""

from __future__ import annotations

import pytest

from tests import rounds
from werkstatt.acts import NotNow, Refused, desk, join, office, post, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Login, Mail, Membership
from werkstatt.terms import MemberState, Role, TicketKind

WRONG, RIGHT = "nora@exmaple.org", "nora@example.org"


@pytest.fixture
def nora(house) -> Membership:
    facts = {"name": "Nora Neu", "email": WRONG, "sector_id": house.sectors[0].id}
    member = office.add_person(house.workshop, house.people["mona"].id, **facts)
    db.session.commit()
    return member


def correct(house, member, email: str, who="mona", **more):
    facts = {"role": Role.PARTICIPANT, "sector_id": house.sectors[0].id, "table_id": None} | more
    prepare.edit_member(house.workshop, house.actor(who), member.id, email=email, **facts)
    db.session.commit()


def letter(account) -> post.Letter:
    return post.Letter("s", account.email, "h")


def test_c38_nobody_comes_by_another_address_into_an_account_as_which_somebody_came(app, house):
    """By a link handed over, by the room's code, entered at the door, with a role: the address is theirs alone."""
    facts = {"name": "Lena", "organisation": "", "sector_id": house.sectors[0].id}
    linked = office.add_person(house.workshop, house.people["mona"].id, email="lena@example.org", **facts)
    join.by_link(join.invite(linked.account_id, house.workshop.id), "", hours=1)
    begin_write()
    db.session.execute(db.delete(Login))  # they have logged out
    here = desk.register(house.workshop, house.actor("heiko"), **facts | {"name": "Gustav"})
    room = join.arrive(house.workshop, None, **facts | {"name": "Rolf"})
    join.approve(house.workshop, house.actor("heiko"), [room.id])
    helper = office.add_person(
        house.workshop, house.people["mona"].id, name="Helga", email="h@example.org", role=Role.HELPER
    )
    db.session.commit()
    for member, role in ((linked, Role.PARTICIPANT), (here, Role.PARTICIPANT), (helper, Role.HELPER)):
        with pytest.raises(NotNow, match="Meine Daten"):
            correct(house, member, "boese@example.org", role=role)
        db.session.rollback()
    prepare.end(house.workshop, house.actor("mona"), room.id)
    prepare.restore(house.workshop, house.actor("mona"), room.id)
    db.session.commit()
    with pytest.raises(NotNow, match="trägt nur die Person selbst ein"):
        correct(house, room, "boese@example.org")
    db.session.rollback()
    put(house, nora := house.member("vera"), state=MemberState.INVITED)
    correct(house, nora, "vera.neu@example.org")  # never here, no login: a misspelt line of a list
    put(house, nora, state=MemberState.CHECKED_IN)
    rounds.opened(app, house)
    put(house, nora, state=MemberState.INVITED)
    with pytest.raises(NotNow):  # stands on a roll
        correct(house, nora, "boese@example.org")


def put(house, member, **facts):
    begin_write()
    for key, value in facts.items():
        setattr(member, key, value)
    db.session.get(Account, member.account_id).password = None
    db.session.commit()


def test_a_correction_is_told_to_the_old_address_and_corrected_back(house, nora):
    correct(house, nora, RIGHT, write=letter)
    correct(house, nora, WRONG, write=letter)
    assert db.session.get(Account, nora.account_id).email == WRONG
    told = db.session.scalars(db.select(Mail).order_by(Mail.id)).all()
    assert [(mail.kind, mail.to) for mail in told] == [("address_changed", WRONG), ("address_changed", RIGHT)]


def test_a_list_gives_no_address_to_who_is_present_or_stood_on_a_roll(house):
    gustav = desk.register(
        house.workshop, house.actor("heiko"), name="Gustav", organisation="", sector_id=house.sectors[0].id
    )
    db.session.commit()
    text = "Name;E-Mail\nGustav;boese@example.org\n"
    kept = prepare.keep_list(house.workshop, house.actor("mona"), prepare.read_list(text.encode()))
    [line] = prepare.look_at(house.workshop, house.actor("mona"), kept.id).lines
    assert line.verdict is prepare.Verdict.ASK and db.session.get(Account, gustav.account_id).email is None


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


def test_c40_an_address_that_somebody_has_elsewhere_is_taken_like_a_new_one_and_reserved(house, nora):
    old, gregor = nora.account_id, house.people["gregor"]
    correct(house, nora, "Gregor@example.org", write=letter)
    row = prepare.row(house.workshop.id, nora.id)
    assert (nora.account_id, nora.reserved, nora.state) == (gregor.id, True, MemberState.INVITED)
    assert (row.name, row.account.email) == ("Nora Neu", "gregor@example.org")  # as typed, not as stored
    gone = db.session.get(Account, old)
    assert gone.email is None and gone.deleted_at
    with pytest.raises(NotNow):  # it is Gregor's own from now on
        correct(house, nora, RIGHT)


def test_an_address_that_stands_here_already_is_refused(house, nora):
    with pytest.raises(Refused, match="steht hier schon jemand") as no:
        correct(house, nora, "petra@example.org")
    assert no.value.field == "email"


@pytest.mark.parametrize("again", ["restored", "on a list"])
def test_c38_whoever_was_present_keeps_the_address_though_the_place_was_ended_and_taken_up_again(
    house, nora, again
):
    """The desk made her present; nothing of a login is left to tell it."""
    desk.check_in(house.workshop, house.people["heiko"].id, nora.id)
    prepare.end(house.workshop, house.actor("mona"), nora.id)
    if again == "restored":
        prepare.restore(house.workshop, house.actor("mona"), nora.id)
    else:
        text = f"Name;E-Mail\nNora Neu;{WRONG}\n"
        kept = prepare.keep_list(house.workshop, house.actor("mona"), prepare.read_list(text.encode()))
        prepare.take_over(house.workshop, house.actor("mona"), kept.id, {2}, {})
    db.session.commit()
    assert nora.state in (MemberState.ACTIVE, MemberState.INVITED)
    assert not prepare.may_correct(house.workshop, Role.MODERATOR, nora)
    with pytest.raises(NotNow, match="Meine Daten"):
        correct(house, nora, "boese@example.org")

"""A card in hands for which it is not a plain way in: of who has its place already, of who was sent away, of who is blocked."""

from __future__ import annotations

import pytest

from werkstatt.acts import desk, join, office, prepare
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, Membership, Ticket
from werkstatt.terms import MemberState, TicketKind

SECRET, NONCE = "test-" * 8, "ab" * 16


@pytest.fixture
def card(house):
    """Lena Lang's card; she is on the register with an address, and has not come yet."""
    facts = {"name": "Lena Lang", "email": "lena@l.example", "sector_id": house.sectors[0].id}
    member = office.add_person(house.workshop, house.people["mona"].id, **facts)
    first, _ = desk.make(house.workshop, house.actor("mona"), members=[member.id], secret=SECRET, nonce=NONCE)
    db.session.commit()
    return desk.printed(house.workshop.id, first, first, secret=SECRET, nonce=NONCE)[0]


def lena() -> Membership:
    db.session.expire_all()
    return db.session.query(Membership).join(Account).filter(Account.email == "lena@l.example").one()


@pytest.mark.parametrize("typed", [False, True])
def test_c42_who_was_let_in_from_the_register_completes_with_their_own_card(house, browse, card, typed):
    """The primary button of the own card must not put its owner out."""
    here, known = browse(None), lena()
    facts = {"name": "Lena", "sector": house.sectors[1].id}
    here.send(f"/j/{join.spoken(house.workshop.join_code)}", facts)
    mine = db.session.query(Membership).order_by(Membership.id.desc()).first()
    desk.take_place(house.workshop, house.actor("heiko"), mine.id, known.id)
    db.session.commit()
    there = f"/c/{card.token}"
    if typed:
        there = here.send("/j/", {"code": card.code}).location
    page = here.get(there).text
    assert "Sie sind schon da" in page and "wird damit abgemeldet" not in page and "verbinden" not in page
    answer = here.press(there)
    assert answer.location == f"/workshops/{house.workshop.id}"
    assert "Lena Lang" in here.get("/me").text  # still logged in, and called as the register calls them
    now = lena()
    assert (now.id, now.state, now.taken_by_id) == (mine.id, MemberState.CHECKED_IN, None)
    assert sum(row.name == "Lena Lang" for row in prepare.register(house.workshop.id)) == 1
    assert db.session.query(Ticket).filter_by(kind=TicketKind.CARD).one().used_at
    assert browse(None).get(f"/c/{card.token}").status_code == 410


def test_c42_somebody_else_who_holds_that_card_is_logged_in_and_waits(house, browse, card):
    """Only for the one who has the place it completes."""
    mine = join.arrive(house.workshop, None, name="Lena", organisation="", sector_id=house.sectors[1].id)
    desk.take_place(house.workshop, house.actor("heiko"), mine.id, lena().id)
    db.session.commit()
    samuel = browse("samuel")
    assert "Samuel Roth angemeldet" in samuel.get(f"/c/{card.token}").text
    samuel.press(f"/c/{card.token}")
    assert lena().state is MemberState.PENDING and lena().taken_by_id == mine.id


@pytest.mark.parametrize(
    ("what", "says"), [("ended", "Teilnahme an diesem Workshop"), ("blocked", "gesperrt")]
)
@pytest.mark.parametrize("way", ["card", "typed card", "return code", "link"])
def test_c41_who_was_sent_away_or_blocked_reads_that_and_what_to_do(house, browse, card, what, says, way):
    member, guest = lena(), browse(None)
    heiko = house.actor("heiko")
    code = desk.give_return_code(house.workshop, heiko, member.id, secret=SECRET)
    link = office.fresh_link(house.workshop, house.actor("mona"), member.id)
    db.session.commit()
    if what == "ended":
        prepare.end(house.workshop, house.actor("mona"), member.id)
    else:
        begin_write()
        db.session.get(Account, member.account_id).blocked_at = utcnow()
    db.session.commit()
    if way in ("card", "link"):
        there = f"/c/{card.token}" if way == "card" else f"/invitation/{link}"
        answers = [guest.get(there), guest.send(there)]
    else:
        answers = [guest.send("/j/", {"code": card.code if way == "typed card" else code})]
    for answer in answers:
        assert answer.status_code in (410, 422)
        assert says in answer.text and "schon benutzt" not in answer.text and "anderswo" not in answer.text


def test_c41_who_is_sent_away_between_typing_the_code_and_the_button_reads_the_same(house, browse, card):
    guest = browse(None)
    assert guest.send("/j/", {"code": card.code}).location == "/c/"
    prepare.end(house.workshop, house.actor("mona"), lena().id)
    db.session.commit()
    for answer in (guest.get("/c/"), guest.send("/c/")):
        assert answer.status_code == 410 and "Teilnahme an diesem Workshop" in answer.text
    asks = browse(None)
    prepare.restore(house.workshop, house.actor("mona"), lena().id)
    member = lena()
    begin_write()
    member.state, member.ended_at = MemberState.PENDING, utcnow()  # has asked again by the room's code
    db.session.commit()
    answer = asks.send(f"/c/{card.token}")
    assert answer.status_code == 410 and "Moderation" in answer.text and "schon benutzt" not in answer.text

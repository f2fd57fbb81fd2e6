"""Every page that a token leads to, and its own button pressed: to the address that stands in the form."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from werkstatt.acts import desk, join
from werkstatt.acts.office import start
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Mail
from werkstatt.terms import MemberState, TicketKind

SECRET, NEW = "test-" * 8, "ein neues langes Passwort"


def newest_mail() -> str:
    text = db.session.scalars(select(Mail.text).order_by(Mail.id.desc())).first()
    db.session.rollback()
    return re.sub(r"^https?://[^/]+", "", re.search(r"https?://\S+", text)[0])


def login_link(house, browse, app):
    browse(None).send("/login", {"email": "petra@example.org", "password": "", "mail": "1"})
    return newest_mail()


def invitation(house, browse, app):
    token = join.invite(house.people["petra"].id, house.workshop.id)
    db.session.commit()
    return f"/invitation/{token}"


def mailed_invitation(house, browse, app):
    begin_write()
    house.member("petra").state = MemberState.INVITED
    db.session.commit()
    browse("mona").send(f"/workshops/{house.workshop.id}/invitations", {"all": "1"})
    return newest_mail()


def desk_link(house, browse, app):
    mona, person = browse("mona"), f"/workshops/{house.workshop.id}/register/{house.member('petra').id}"
    return re.search(r"/invitation/[\w-]+", mona.get(mona.send(f"{person}/link").location).text)[0]


def card(house, browse, app):
    begin_write()
    mona, petra = house.actor("mona"), house.member("petra").id
    first, last = desk.make(house.workshop, mona, members=[petra], secret=SECRET, nonce="ab")
    [one] = desk.printed(house.workshop.id, first, last, secret=SECRET, nonce="ab")
    db.session.commit()
    return f"/c/{one.token}"


WAYS = (login_link, invitation, mailed_invitation, desk_link, card)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_c41_the_button_of_every_link_lets_its_person_in(app, house, browse, way):
    there, guest = way(house, browse, app), browse(None)
    answer = guest.press(there)
    assert answer.status_code == 303, answer.text
    assert "Petra Vogel" in guest.get("/me").text
    assert browse(None).get(there).status_code == 410


@pytest.mark.parametrize("way", WAYS[:4], ids=lambda way: way.__name__)
def test_c41_a_password_chosen_on_a_links_page_holds(app, house, browse, way):
    there = way(house, browse, app)
    assert browse(None).press(there, {"password": "zu kurz"}).status_code == 422
    assert browse(None).press(there, {"password": NEW}).status_code == 303
    assert browse(None).press("/login", {"email": "petra@example.org", "password": NEW}).status_code == 303


@pytest.mark.parametrize("kind", [TicketKind.CARD, TicketKind.RETURN_CODE])
def test_c41_the_button_after_a_typed_code_lets_its_person_in(app, house, browse, kind):
    begin_write()
    mona, petra = house.actor("mona"), house.member("petra").id
    if kind is TicketKind.CARD:
        first, last = desk.make(house.workshop, mona, members=[petra], secret=SECRET, nonce="ab")
        [one] = desk.printed(house.workshop.id, first, last, secret=SECRET, nonce="ab")
        code = one.code
    else:
        code = desk.give_return_code(house.workshop, mona, petra, secret=SECRET)
    db.session.commit()
    guest = browse(None)
    asked = guest.press("/j/", {"code": code})
    assert asked.status_code == 303
    assert guest.press(asked.location).status_code == 303
    assert "Petra Vogel" in guest.get("/me").text


def test_c41_the_first_admins_link_and_its_button(app, browse):
    begin_write()
    link = f"/invitation/{start.first_admin()}"
    db.session.commit()
    guest = browse(None)
    assert guest.press(link, {"password": NEW}).status_code == 303
    assert guest.get("/admin").status_code == 200
    assert browse(None).press("/login", {"email": "admin@localhost", "password": NEW}).status_code == 303


def test_c41_a_new_address_is_confirmed_by_the_button_of_its_link(app, house, browse):
    petra = browse("petra")
    answer = petra.press("/me/address", {"email": "neu@example.org"})
    assert answer.status_code in (200, 303)
    texts = db.session.scalars(select(Mail.text).where(Mail.text.contains("/address/"))).all()
    there = re.search(r"https?://[^/]+(/\S*address/\S+)", texts[-1])[1]
    assert browse(None).press(there).status_code in (200, 303)
    db.session.expire_all()
    assert db.session.get(Account, house.people["petra"].id).email == "neu@example.org"

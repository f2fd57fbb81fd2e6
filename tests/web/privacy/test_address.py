"""A change of address in the browser: who sits there is asked first, the mail leads back, C40 shows nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.house import asking
from tests.web.test_confirm import PASSWORD, left_open
from werkstatt.acts import join, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Mail

NEW = "petra.neu@example.org"


def mailed(kind: str = "address") -> Mail:
    found = db.session.scalars(select(Mail).where(Mail.kind == kind).order_by(Mail.id.desc())).first()
    db.session.rollback()
    return found


def link() -> str:
    return re.search(r"https?://[^/\s]+(/address/\S+)", mailed().text)[1]


def code() -> str:
    return "".join(re.search(r"(\d{3}) (\d{3})\n", mailed().text).groups())


def address(house) -> str:
    found = db.session.scalar(select(Account.email).where(Account.id == house.people["petra"].id))
    db.session.rollback()
    return found


def test_c38_the_password_is_asked_first_and_leads_back_to_the_page(house, browse):
    petra = browse("petra")
    left_open(house, "petra")
    asked = petra.get("/me/address")
    assert asked.status_code == 303 and asked.location == "/confirm?next=/me/address"
    assert petra.send("/me/address", {"email": NEW}).location.startswith("/confirm")
    assert mailed() is None
    assert petra.send("/confirm", {"password": PASSWORD, "next": "/me/address"}).location == "/me/address"
    assert petra.send("/me/address", {"email": NEW}).location == "/me/address"
    assert NEW in petra.get("/me/address").text and mailed().to == NEW


def test_c41_opening_the_link_changes_nothing_and_its_button_logs_nobody_in(app, house, browse):
    browse("petra").send("/me/address", {"email": NEW})
    path, reader = link(), browse(None)
    assert mailed().text.count(app.config["SETTINGS"].base_url + path) == 1
    before = asking.fingerprint()
    for _ in range(3):
        page = reader.get(path).text
        assert "Petra Vogel" in page and NEW in page
    assert asking.fingerprint() == before and address(house) == "petra@example.org"
    done = reader.send(path)
    assert done.status_code == 303 and "Ihre Adresse ist geändert" in reader.get(done.location).text
    assert address(house) == NEW and reader.get("/me").status_code == 303
    told = mailed("address_changed")
    assert told.to == "petra@example.org" and "Waren Sie das nicht?" in told.text
    assert NEW not in told.text + told.html
    for answer in (reader.get(path), reader.send(path)):
        assert answer.status_code == 410 and "Meine Daten" in answer.text


def test_the_code_confirms_on_the_laptop_and_wrong_input_is_said_at_the_field(house, browse):
    petra = browse("petra")
    assert "Das ist schon Ihre Adresse" in petra.send("/me/address", {"email": "petra@example.org"}).text
    assert petra.send("/me/address", {"email": "keine"}).status_code == 422
    petra.send("/me/address", {"email": NEW})
    wrong = petra.send("/me/address/code", {"code": "000000"})
    assert wrong.status_code == 422 and "Dieser Code stimmt nicht" in wrong.text
    assert petra.send("/me/address/code", {"code": ""}).status_code == 422
    assert petra.send("/me/address/code", {"code": code()}).location == "/address"
    assert address(house) == NEW and "Zu meinen Daten" in petra.get("/address").text


def test_c40_a_known_address_gets_the_same_answer_and_a_letter_without_a_link(house, browse):
    petra = browse("petra")

    def answers(email: str) -> list:
        sent = petra.send("/me/address", {"email": email})
        wrong = petra.send("/me/address/code", {"code": "000000"})
        pages = [petra.get("/me/address").text, wrong.text]
        return [sent.status_code, sent.location, *(asking.plain(one).replace(email, "-") for one in pages)]

    assert answers("niemand@example.org") == answers("vera@example.org")
    letter = mailed()
    assert letter.to == "vera@example.org" and "Vera Kunze" in letter.text
    assert "/address/" not in letter.text and "Petra" not in letter.text


def test_c39_nobody_at_the_door_has_mail_sent_and_no_words_of_theirs_go_to_a_stranger(house, browse):
    """By the room's code, under a name that advertises: no mail while they wait; let in, one without the name."""
    guest = browse(None)
    facts = {"name": "Gewinn auf http://boese.example", "sector": house.sectors[0].id}
    guest.send(f"/j/{house.workshop.join_code}", facts)
    assert (
        "hereingelassen" in guest.get("/me/address").text
        and "Nachricht senden" not in guest.get("/me/address").text
    )
    answer = guest.send("/me/address", {"email": "vera@example.org"})
    assert answer.status_code == 409 and "hereingelassen" in answer.text and mailed() is None
    begin_write()
    [came] = [row.member for row in prepare.waiting(house.workshop.id) if row.name == facts["name"]]
    join.approve(house.workshop, house.actor("mona"), [came.id])
    db.session.commit()
    assert guest.send("/me/address", {"email": NEW}).status_code == 303
    letter = mailed()
    assert letter.to == NEW and "boese" not in letter.subject + letter.text + letter.html
    assert letter.text.startswith("Guten Tag,\n")
    assert guest.send("/me/address/code", {"code": code()}).location == "/address"


def test_c39_whoever_asks_for_somebodys_address_never_stops_their_login_mails(house, browse):
    petra = browse("petra")
    for _ in range(6):
        petra.send("/me/address", {"email": "vera@example.org"})
    assert browse(None).send("/login", {"email": "vera@example.org", "mail": "1"}).status_code == 303
    assert mailed("login").to == "vera@example.org"


@pytest.mark.parametrize("settings", ["", "smtp://127.0.0.1:1"])
def test_without_mail_the_page_says_so_and_sends_nothing(app, house, browse, settings):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url=settings)
    petra = browse("petra")
    page, sent = petra.get("/me/address").text, petra.send("/me/address", {"email": NEW})
    if settings:
        assert "Nachricht senden" in page and sent.status_code == 303
    else:
        assert "Mail ist hier nicht eingerichtet" in page and "Nachricht senden" not in page
        assert sent.status_code == 422 and mailed() is None


def test_somebody_without_an_address_adds_one(house, browse):
    begin_write()
    house.people["petra"].email = None
    db.session.commit()
    petra = browse("petra")
    assert "Adresse angeben" in petra.get("/me").text
    petra.send("/me/address", {"email": NEW})
    assert browse(None).send(link()).status_code == 303
    assert address(house) == NEW and mailed("address_changed") is None


def test_a_password_without_an_address_is_kept_and_the_page_says_what_it_still_needs(house, browse):
    begin_write()
    house.people["petra"].email = None
    db.session.commit()
    petra = browse("petra")
    answer = petra.send("/password", {"new": PASSWORD})
    page = petra.get(answer.location).text
    assert "Das neue Passwort gilt" not in page and "sobald zu Ihrem Konto eine Adresse gehört" in page
    assert 'href="/me/address"' in page
    begin_write()
    house.people["petra"].email = "petra@example.org"
    db.session.commit()
    assert "Das neue Passwort gilt" in petra.get(answer.location).text


def test_c38_deleting_the_account_asks_for_the_password_where_there_is_one(house, browse):
    petra, vera = browse("petra"), browse("vera")
    left_open(house, "petra")
    left_open(house, "vera", None)
    asked = petra.send("/me/delete", {"sure": "y"}, headers={"Referer": "http://localhost/me/delete"})
    assert asked.location == "/confirm?next=/me/delete" and address(house)
    petra.send("/confirm", {"password": PASSWORD, "next": "/me/delete"})
    assert petra.send("/me/delete", {"sure": "y"}).location == "/deleted"
    assert vera.send("/me/delete", {"sure": "y"}).location == "/deleted"
    assert join.places(house.people["petra"].id) == []

"""Invitations from the register to the reader's device."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests import mailserver
from werkstatt.acts import office, post, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Mail
from werkstatt.terms import MemberState


@pytest.fixture
def nora(house):
    member = office.add_person(
        house.workshop,
        house.people["mona"].id,
        name="Nora\r\nBcc: x@y.z",
        email="nora@example.org",
        sector_id=house.sectors[0].id,
    )
    begin_write()
    house.workshop.title = "Workshop\r\nBcc: alle@example.org"
    db.session.commit()
    return member


def at(house, rest: str) -> str:
    return f"/workshops/{house.workshop.id}{rest}"


def test_an_invitation_goes_from_the_register_over_smtp_into_the_workshop(app, house, nora, browse):
    """C41, C33: by a real mail; its link opens the workshop once; nothing a person wrote reaches a header."""
    mona, guest = browse("mona"), browse(None)
    assert "Die eine noch nicht eingeladene" in mona.get(at(house, "/register")).text
    answer = mona.send(at(house, "/invitations"), {"all": "1"})
    assert answer.status_code == 303 and "wird gesendet" in mona.get(answer.location).text
    with mailserver.running() as server:
        post.deliver_due(post.Smtp(server.url, mailserver.SENDER), sender=mailserver.SENDER)
    (mail,) = server.mails
    assert "Bcc" not in mail and server.recipients == ["nora@example.org"]
    assert "eingeladen am" in mona.get(at(house, "/register")).text
    url = re.search(r"https?://\S+/invitation/\S+", mailserver.plain(mail))[0]
    assert url.startswith(app.config["SETTINGS"].base_url)
    path = url.removeprefix(app.config["SETTINGS"].base_url)
    assert "Ja, das bin ich" in guest.get(path).text
    assert nora.state is MemberState.INVITED
    assert guest.send(path, {"password": ""}).status_code == 303
    assert nora.state is MemberState.ACTIVE and browse(None).get(path).status_code == 410
    assert "angenommen" in mona.get(at(house, "/register")).text


def test_the_code_of_an_invitation_opens_it_on_another_device(house, nora, browse):
    browse("mona").send(at(house, "/invitations"), {"member": [str(nora.id)]})
    text = db.session.scalars(select(Mail.text)).one()
    db.session.rollback()
    code = "".join(re.search(r"(\d{3}) (\d{3})\n", text).groups())
    laptop = browse(None)
    assert laptop.send("/login/code", {"email": "nora@example.org", "code": "000000"}).status_code == 422
    assert laptop.send("/login/code", {"email": "NORA@example.org", "code": code}).status_code == 303
    assert laptop.send("/login/code", {"email": "nora@example.org", "code": code}).status_code == 422


def test_nobody_chosen_is_said_and_without_mail_the_register_says_so(app, house, nora, browse):
    mona = browse("mona")
    assert mona.send(at(house, "/invitations"), {"member": []}).status_code == 422
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="")
    page = mona.get(at(house, "/register")).text
    assert "Mail ist nicht eingerichtet." in page and "Ausgewählte einladen" not in page
    assert mona.send(at(house, "/invitations"), {"all": "1"}).status_code == 422


def test_beyond_what_goes_in_one_go_the_button_says_how_many_are_first(house, nora, browse, monkeypatch):
    office.add_person(
        house.workshop,
        house.people["mona"].id,
        name="Milan Vogt",
        email="milan@example.org",
        sector_id=house.sectors[0].id,
    )
    db.session.commit()
    for module in (prepare.__dict__, prepare.invite_by_mail.__globals__):
        monkeypatch.setitem(module, "MOST_AT_ONCE", 1)
    mona = browse("mona")
    assert "Die ersten 1 von 2 noch nicht Eingeladenen einladen" in mona.get(at(house, "/register")).text
    answer = mona.send(at(house, "/invitations"), {"all": "1"})
    page = mona.get(answer.location).text
    assert "wird gesendet" in page and "Die eine noch nicht eingeladene" in page

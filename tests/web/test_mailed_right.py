"""A right given by an address is had by whoever reads that address, and by nobody who opened the account before."""

from __future__ import annotations

import dataclasses
import re

import pytest
from sqlalchemy import select

from werkstatt.acts import join, prepare
from werkstatt.acts.join import HASHER
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Login, Mail, Membership
from werkstatt.terms import MemberState, Role

CHOSEN, OWN = "vom Fremden gewählt", "von ihr selbst gewählt"


def admin(house, browse):
    petra = house.people["petra"].id
    return browse("admin").send(f"/admin/accounts/{petra}/rights", {"right": "is_admin", "to": "yes"})


def organiser(house, browse):
    data = {"email": "petra@example.org", "name": ""}
    return browse("ines").send(f"/processes/{house.process.id}/organisers", data)


def helper(house, browse):
    there = f"/workshops/{house.workshop.id}/register/{house.member('petra').id}"
    data = {"role": "helper", "sector": house.sectors[0].id, "table": ""}
    return browse("mona").send(there, {"name": "Petra Vogel", "organisation": "", **data})


def entered_elsewhere(house, browse):
    data = {
        "name": "Petra Vogel",
        "email": "petra@example.org",
        "role": "moderator",
        "sector": "",
        "table": "",
    }
    return browse("gregor").send(f"/workshops/{house.other_workshop.id}/register", data)


def restored(house, browse):
    there = f"/workshops/{house.workshop.id}/register/{house.member('petra').id}"
    begin_write()
    house.member("petra").role = Role.HELPER
    prepare.end(house.workshop, house.actor("mona"), house.member("petra").id)
    db.session.commit()
    return browse("mona").send(f"{there}/restore")


@pytest.mark.parametrize("promote", [admin, organiser, helper, entered_elsewhere, restored])
def test_who_opened_an_account_for_a_strangers_address_has_none_of_its_later_rights(house, browse, promote):
    link = f"/invitation/{join.invite(house.people['petra'].id, house.workshop.id)}"
    db.session.commit()
    stranger = browse(None)
    assert stranger.press(link, {"password": CHOSEN}).status_code == 303
    answer = promote(house, browse)
    assert answer.status_code == 303
    assert "proof=" in answer.location
    assert stranger.get("/me").status_code == 303
    again = browse(None).press("/login", {"email": "petra@example.org", "password": CHOSEN})
    assert again.status_code == 422
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert (mail.kind, mail.to) == ("right", "petra@example.org")
    there = re.search(r"https?://[^/]+(/login/\S+)", mail.text)[1]
    assert browse(None).press(there, {"password": OWN}).status_code == 303
    assert browse(None).press("/login", {"email": "petra@example.org", "password": OWN}).status_code == 303


def test_a_password_chosen_behind_a_mailed_link_stays(house, browse):
    browse(None).press("/login", {"email": "petra@example.org", "password": "", "mail": "1"})
    text = db.session.scalars(select(Mail.text).order_by(Mail.id.desc())).first()
    there = re.search(r"https?://[^/]+(/login/\S+)", text)[1]
    petra = browse(None)
    assert petra.press(there, {"password": OWN}).status_code == 303
    assert "proof=" not in admin(house, browse).location
    assert petra.get("/admin").status_code == 200


def test_a_password_set_without_knowing_one_before_is_not_proven(house, browse):
    """Neither by a login that a card gave, nor after the proven one was taken off."""
    petra = browse("petra")
    assert petra.press("/password", {"new": CHOSEN}).status_code == 303
    db.session.expire_all()
    account = db.session.get(Account, house.people["petra"].id)
    assert account.password and not account.password_proven
    assert "proof=" in admin(house, browse).location
    assert not db.session.scalars(select(Login).where(Login.account_id == account.id)).all()


def test_the_pages_say_so_before_and_after(house, browse):
    petra = house.people["petra"].id
    assert "wird überall abgemeldet" in browse("admin").get(f"/admin/accounts/{petra}").text
    assert "wird überall abgemeldet" in browse("ines").get(f"/processes/{house.process.id}").text
    browse("petra")
    ada = browse("admin")
    answer = ada.send(f"/admin/accounts/{petra}/rights", {"right": "may_found", "to": "yes"})
    assert "hat eine E-Mail mit einem Link bekommen" in ada.get(answer.location).text


@pytest.mark.parametrize("without", ["address", "mail"])
def test_where_no_mail_goes_the_logins_end_and_the_giver_hands_over_a_link(house, browse, app, without):
    """A walk-in, or an installation without a mail server: whoever was logged in beside them has no right."""
    begin_write()
    petra = house.people["petra"]
    if without == "address":
        petra.email = None
    else:
        app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], smtp_url="")
        petra.password = HASHER.hash(CHOSEN)
    db.session.commit()
    guest = browse("petra")
    answer = helper(house, browse)
    assert "proof=link" in answer.location and guest.get("/me").status_code == 303
    mona = browse("mona")
    there = f"/workshops/{house.workshop.id}/register/{house.member('petra').id}"
    begin_write()
    house.member("petra").role = Role.PARTICIPANT
    db.session.commit()
    browse("petra")
    data = {"role": "helper", "sector": house.sectors[0].id, "table": "", "name": "Petra Vogel"}
    page = mona.get(mona.send(there, data).location).text
    link = re.search(r"/invitation/[\w-]+", page)[0]
    assert "Geben Sie der Person den Link" in page
    petra = browse(None)
    assert petra.press(link).status_code == 303
    assert petra.get(f"/workshops/{house.workshop.id}/desk").status_code == 200
    if without == "mail":
        assert (
            browse(None).press("/login", {"email": "petra@example.org", "password": CHOSEN}).status_code
            == 422
        )


def no_mail(app) -> None:
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], smtp_url="")


def founder(house, browse):
    account = db.session.scalars(select(Account).where(Account.email == "nora@example.org")).one()
    there = f"/admin/accounts/{account.id}/rights"
    return account, browse("admin").send(there, {"right": "may_found", "to": "yes"})


def colleague(house, browse):
    there = f"/processes/{house.process.id}/organisers"
    return house.people["petra"], browse("ines").send(there, {"email": "petra@example.org", "name": ""})


@pytest.mark.parametrize("promote", [founder, colleague])
def test_c38_without_mail_a_right_ends_the_password_that_nothing_proves_and_its_giver_hands_over_a_link(
    app, house, browse, promote
):
    """Of the administration for who is in no workshop, of the office for who is in its own process alone."""
    no_mail(app)
    begin_write()
    db.session.add(Account(name="Nora Neu", email="nora@example.org"))
    db.session.flush()
    for email in ("nora@example.org", "petra@example.org"):
        account = db.session.scalars(select(Account).where(Account.email == email)).one()
        account.password = HASHER.hash(CHOSEN)
    db.session.commit()
    strangers = {email: browse(None) for email in ("nora@example.org", "petra@example.org")}
    for email, one in strangers.items():
        assert one.press("/login", {"email": email, "password": CHOSEN}).status_code == 303
    account, answer = promote(house, browse)
    email = account.email
    assert answer.status_code == 303 and "proof=link" in answer.location
    assert strangers[email].get("/me").status_code == 303
    assert browse(None).press("/login", {"email": email, "password": CHOSEN}).status_code == 422


def test_c38_the_link_that_the_giver_hands_over_opens_and_the_page_says_so(app, house, browse):
    no_mail(app)
    ines = browse("ines")
    there = f"/processes/{house.process.id}/organisers"
    browse("petra")
    answer = ines.send(there, {"email": "petra@example.org", "name": ""})
    page = ines.get(answer.location).text
    assert "Geben Sie der Person den Link" in page
    petra = browse(None)
    assert petra.press(re.search(r"/invitation/[\w-]+", page)[0], {"password": OWN}).status_code == 303
    assert petra.get(f"/processes/{house.process.id}").status_code == 200
    ada, id = browse("admin"), house.people["petra"].id
    answer = ada.send(f"/admin/accounts/{id}/rights", {"right": "may_found", "to": "yes"})
    assert answer.status_code == 409  # her places are none of the installation's business


@pytest.mark.parametrize("promote", [admin, organiser, entered_elsewhere])
def test_c38_without_mail_nobody_gets_a_right_whom_only_others_could_let_in_again(
    app, house, browse, promote
):
    """It would be the right of whoever opened that account elsewhere, or a link into other people's workshops."""
    no_mail(app)
    begin_write()
    petra = house.people["petra"]
    petra.password = HASHER.hash(CHOSEN)
    place = Membership(workshop_id=house.other_workshop.id, account_id=petra.id, state=MemberState.INVITED)
    if promote is organiser:
        db.session.add(place)
    db.session.commit()
    answer = promote(house, browse)
    assert answer.status_code in (409, 422) and "Dieses Recht lässt sich so nicht geben" in answer.text
    assert browse(None).press("/login", {"email": "petra@example.org", "password": CHOSEN}).status_code == 303
    db.session.expire_all()
    assert not petra.is_admin and not join.has_rights(petra.id)


def test_c38_whom_the_administration_gave_a_right_before_keeps_their_password_without_mail(
    app, house, browse
):
    no_mail(app)
    begin_write()
    house.people["ines"].password = HASHER.hash(CHOSEN)
    db.session.commit()
    there = f"/admin/accounts/{house.people['ines'].id}/rights"
    answer = browse("admin").send(there, {"right": "is_admin", "to": "yes"})
    assert answer.status_code == 303 and "proof=" not in answer.location
    ines = browse(None)
    assert ines.press("/login", {"email": "ines@example.org", "password": CHOSEN}).status_code == 303
    assert ines.get("/admin").status_code == 200

"""The register's pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from werkstatt.acts import join, office
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Login, Mail
from werkstatt.terms import MemberState, Role, TicketKind


def at(house, *more) -> str:
    return "/".join([f"/workshops/{house.workshop.id}/register", *map(str, more)])


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("mona", 303),
        ("ines", 303),
        ("heiko", 403),
        ("petra", 403),
        ("paul", 403),
        ("franka", 404),
        ("gregor", 404),
        ("admin", 404),
    ],
)
def test_who_keeps_the_register(house, browse, name, status):
    client, petra = browse(name), house.member("petra").id
    shown = 200 if status == 303 else status
    assert client.get(at(house)).status_code == shown
    assert client.get(at(house, petra)).status_code == shown
    facts = {"role": "participant", "sector": house.sectors[0].id, "table": ""}
    assert client.send(at(house), {"name": "Nora", **facts}).status_code == status
    for path, data in (("", facts), ("/link", {}), ("/end", {}), ("/restore", {})):
        assert client.send(at(house, petra) + path, data).status_code == status, path


def test_a_new_person_gets_a_link_shown_once_and_again_on_demand(house, browse):
    mona = browse("mona")
    facts = {
        "name": "Nora Neu",
        "email": "nora@example.org",
        "role": "participant",
        "sector": house.sectors[0].id,
    }
    answer = mona.send(at(house), facts)
    assert "/invitation/" in mona.get(answer.location).text
    assert "/invitation/" not in mona.get(answer.location).text
    again = mona.send(answer.location + "/link")
    assert "/invitation/" in mona.get(again.location).text
    twice = mona.send(at(house), facts)
    assert twice.status_code == 422 and "steht schon im Register" in twice.text


def test_a_known_account_gets_no_link(house, browse):
    mona = browse("mona")
    facts = {
        "name": "Franka",
        "email": "franka@example.org",
        "role": "participant",
        "sector": house.sectors[0].id,
    }
    page = mona.get(mona.send(at(house), facts).location).text
    assert "Franka Weiß" not in page and "/invitation/" not in page and "Der Platz ist reserviert" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"email": "keine"},
        {"role": "organiser"},
        {"role": "admin"},
        {"sector": ""},
        {"sector": "x"},
        {"table": "99999"},
    ],
)
def test_bad_input_keeps_what_was_typed(house, browse, wrong):
    facts = {
        "name": "Nora",
        "organisation": "Gießerei Lauchhammer",
        "role": "participant",
        "sector": house.sectors[0].id,
        "table": "",
    }
    answer = browse("mona").send(at(house), facts | wrong)
    assert answer.status_code == 422 and "Gießerei Lauchhammer" in answer.text


def test_search_works_without_script(house, browse):
    mona = browse("mona")
    assert "Petra Vogel" in mona.get(at(house) + "?q=vogel").text
    assert "Niemand passt" in mona.get(at(house) + "?q=xyz").text


def test_ending_shuts_the_door_at_the_next_request(house, browse):
    petra, member = browse("petra"), house.member("petra")
    path = f"/sessions/{house.session.id}"
    assert petra.get(path).status_code == 200
    assert browse("mona").send(at(house, member.id, "end")).status_code == 303
    assert petra.get(path).status_code == 404
    assert browse("mona").send(at(house, member.id, "restore")).status_code == 303
    assert petra.get(path).status_code == 200
    assert browse("mona").send(at(house, member.id, "restore")).status_code == 409


def test_the_last_moderator_stays(house, browse):
    mona = house.member("mona").id
    facts = {"role": "participant", "sector": house.sectors[2].id, "table": ""}
    assert browse("mona").send(at(house, mona), facts).status_code in (409, 422)
    assert browse("mona").send(at(house, mona, "end")).status_code == 409
    db.session.expire_all()
    assert (house.member("mona").role, house.member("mona").state) == (Role.MODERATOR, MemberState.CHECKED_IN)


def test_people_of_another_workshop_are_missing(house, browse):
    franka = join.actor(house.other_workshop.id, house.people["franka"].id).membership.id
    bodies = {browse("mona").get(at(house, one)).status_code for one in (franka, 99999)}
    assert bodies == {404}


def test_c38_an_address_is_corrected_after_the_password_and_told_or_the_page_says_who_can(house, browse):
    mona = browse("mona")
    begin_write()
    nora = office.add_person(
        house.workshop,
        house.people["mona"].id,
        name="Nora",
        email="n@exmaple.org",
        sector_id=house.sectors[0].id,
    )
    db.session.commit()
    there, known = at(house, nora.id), {"name": "Nora", "role": "participant", "sector": house.sectors[0].id}
    known |= {"table": "", "organisation": ""}
    assert mona.send(there, known | {"email": "nora@"}).status_code == 422
    begin_write()
    db.session.execute(db.update(Login).values(confirmed_at=None, created_at=utcnow() - timedelta(hours=1)))
    db.session.commit()
    assert mona.send(there, known | {"email": "n@exmaple.org"}).status_code == 303  # the same one
    asked = mona.send(there, known | {"email": "n@example.org"})
    assert asked.status_code == 303 and "/confirm" in asked.location
    assert "n@exmaple.org" in mona.get(there).text
    mona = browse("mona")
    assert mona.send(there, known | {"email": "n@example.org"}).status_code == 303
    assert "n@example.org" in mona.get(there).text
    [told] = db.session.scalars(db.select(Mail))
    assert (told.kind, told.to) == ("address_changed", "n@exmaple.org")
    petra = at(house, house.member("petra").id)
    assert "Diese Adresse ändert nur die Person selbst" in mona.get(petra).text
    refused = mona.send(petra, known | {"name": "Petra", "email": "p@example.org"})
    assert refused.status_code == 422 and house.people["petra"].email == "petra@example.org"


def test_c41_a_link_handed_out_ends_the_persons_other_logins_and_they_are_told(house, browse):
    """Like a return code: whoever opens it could replace a ballot, and nobody does that unawares."""
    petra, there = browse("petra"), at(house, house.member("petra").id)
    mona = browse("mona")
    answer = mona.send(there + "/link")
    [told] = db.session.scalars(db.select(Mail))
    assert (told.kind, told.to) == ("by_hand", "petra@example.org") and "persönlichen Link" in told.text
    link = re.search(r"/invitation/[\w-]+", mona.get(answer.location).text)[0]
    assert petra.get("/me").status_code == 200  # until somebody uses it
    other = browse(None)
    assert other.press(link, {"password": ""}).status_code == 303
    assert petra.get("/me").status_code == 303
    assert "hat sich jemand als Sie angemeldet" in other.get("/me").text
    mailed = join.issue(TicketKind.LOGIN, account_id=house.people["petra"].id).token
    db.session.commit()
    again = browse(None)
    assert again.press(f"/login/{mailed}").status_code == 303
    assert "Persönlicher Link." in again.get("/me").text

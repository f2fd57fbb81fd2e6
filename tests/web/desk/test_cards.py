"""Printing cards, handing them out and voiding them, as the office and Heiko do."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from werkstatt.acts import desk
from werkstatt.db import db
from werkstatt.models import Ticket


def at(house, *more) -> str:
    return "/".join([f"/workshops/{house.workshop.id}", *map(str, more)])


def texts(answer) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


def test_cards_are_ordered_once_and_set_when_they_are_fetched(house, browse):
    mona = browse("mona")
    assert "Petra Vogel" in mona.get(at(house, "cards")).text
    answer = mona.send(at(house, "cards"), {"who": "new", "blank": "2"})
    assert answer.status_code == 303
    assert "PDF herunterladen" in mona.get(answer.location).text
    got = mona.get(at(house, "cards.pdf"))
    assert got.mimetype == "application/pdf" and got.headers["Cache-Control"] == "no-store"
    assert "Petra Vogel" in texts(got) and "K-001" in texts(got)
    assert got.data == mona.get(at(house, "cards.pdf")).data
    assert browse("mona").get(at(house, "cards.pdf")).status_code == 409


def test_printing_again_is_announced_and_only_new_people_are_chosen(house, browse):
    mona, petra = browse("mona"), house.member("petra").id
    mona.send(at(house, "cards"), {"who": "some", "member": [petra], "blank": "0"})
    page = mona.get(at(house, "cards")).text
    assert "1 Karte, die noch niemand benutzt hat, gilt dann" in page
    mona.send(at(house, "cards"), {"who": "new", "blank": "0"})
    assert db.session.query(Ticket).filter_by(account_id=house.people["petra"].id).count() == 1
    mona.send(at(house, "cards"), {"who": "all", "blank": "0"})
    states = [ticket.voided_at is None for ticket in db.session.query(Ticket).order_by(Ticket.id)]
    assert states.count(False) == len(states) // 2


def test_a_bad_order_is_refused_with_a_sentence(house, browse):
    mona, foreign = browse("mona"), 99999
    for data in (
        {"who": "none", "blank": "0"},
        {"who": "some", "blank": "0"},
        {"who": "nobody"},
        {"who": "none", "blank": "9999"},
        {"who": "none", "blank": "x"},
    ):
        assert mona.send(at(house, "cards"), data).status_code == 422
    assert mona.send(at(house, "cards"), {"who": "some", "member": foreign, "blank": "0"}).status_code == 404
    assert not db.session.query(Ticket).count()


def test_the_desk_sees_cards_and_their_state_and_voids_one(house, browse):
    mona, heiko = browse("mona"), browse("heiko")
    mona.send(at(house, "cards"), {"who": "some", "member": house.member("petra").id, "blank": "1"})
    page = heiko.get(at(house, "desk", "cards")).text
    assert "K-001" in page and "K-002" in page and "leere Karte" in page
    assert "K-002" not in heiko.get(at(house, "desk", "cards") + "?q=petra").text
    card = db.session.query(Ticket).filter_by(number=1).one().id
    for _ in range(2):
        assert heiko.send(at(house, "desk", "cards", card, "void")).status_code == 303
    assert "ungültig" in heiko.get(at(house, "desk", "cards")).text


def test_a_blank_card_is_bound_in_one_form(house, browse):
    mona, heiko = browse("mona"), browse("heiko")
    mona.send(at(house, "cards"), {"who": "none", "blank": "1"})
    walk_in = {"name": "Nora Neu", "organisation": "Werk", "sector": house.sectors[0].id, "card": "K-001"}
    answer = heiko.send(at(house, "desk"), walk_in)
    assert answer.status_code == 303 and "K-001" in heiko.get(answer.location).text
    again = heiko.send(at(house, "desk"), walk_in | {"name": "Olaf"})
    assert again.status_code == 422 and "gehört schon jemandem" in again.text
    petra = at(house, "desk", house.member("petra").id, "blank")
    assert heiko.send(petra, {"card": "K-999"}).status_code == 422
    assert heiko.send(petra, {"card": ""}).status_code == 422


def test_more_than_one_file_holds_are_printed_in_parts_that_are_said_beforehand(house, browse, monkeypatch):
    house.crowd(4)
    mona = browse("mona")
    for module in (desk, desk.cards.__globals__):
        patch = monkeypatch.setitem if isinstance(module, dict) else monkeypatch.setattr
        patch(module, "MOST_CARDS", 3)
    everybody = len(desk.cards(house.workshop, house.actor("mona"))[0])
    page = mona.get(at(house, "cards")).text
    assert f"die ersten 3 von {everybody}; danach die nächsten" in page
    assert "Personen 1 bis 3" in page and "Personen 4 bis 6" in page and 'value="all-3"' in page
    for left in range(everybody, 0, -3):
        assert sum(one.fresh for one in desk.cards(house.workshop, house.actor("mona"))[0]) == left
        answer = mona.send(at(house, "cards"), {"who": "new", "blank": "0"})
        assert answer.status_code == 303 and mona.get(at(house, "cards.pdf")).status_code == 200
    before = {ticket.number for ticket in db.session.query(Ticket)}
    assert mona.send(at(house, "cards"), {"who": "all-3", "blank": "0"}).status_code == 303
    names = [one.row.account.id for one in desk.cards(house.workshop, house.actor("mona"))[0]]
    anew = [
        one.account_id for one in db.session.query(Ticket).order_by(Ticket.number) if one.number not in before
    ]
    assert anew == names[3:6]
    assert mona.send(at(house, "cards"), {"who": "all-99", "blank": "0"}).status_code == 422
    assert mona.get(at(house, "cards")).status_code == 200

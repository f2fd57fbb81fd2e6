"""A personal link is shown once, to one browser, for one person."""

from __future__ import annotations

from tests import pages
from werkstatt.acts import join
from werkstatt.db import db
from werkstatt.models import Account
from werkstatt.web import handover


def test_a_link_is_taken_once_and_only_for_its_person(app):
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        handover.keep("abc", "member-1")
        assert handover.take("member-2") is None
        link = handover.take("member-1")
        assert link.url == app.config["SETTINGS"].base_url + "/invitation/abc"
        assert link.picture.startswith("data:image/svg+xml")
        assert handover.take("member-1") is None


def test_whoever_is_logged_in_does_not_read_that_they_are_not(house, browse):
    petra = browse("petra")
    page = petra.get("/bye").text
    assert "Sie sind noch angemeldet: Petra Vogel." in page and "Sie sind abgemeldet" not in page
    for client in (petra, browse(None)):
        page = client.get("/deleted").text
        assert "Hier wurde nichts gelöscht" in page and "nicht mehr gespeichert" not in page


def test_a_second_press_on_the_button_of_ones_link_leads_on(house, browse):
    """Without script the browser sends the same form again, with the token of before the login."""
    token = join.invite(house.people["petra"].id, house.workshop.id)
    db.session.commit()
    guest, link = browse(None), f"/invitation/{token}"
    sent = {"csrf_token": pages.tokens(guest.get(link).text)[0], "password": ""}
    assert guest.post(link, data=sent).status_code == 303
    again = guest.post(link, data=sent)
    assert (again.status_code, again.location) == (303, "/")
    other = browse("vera").post(link, data=sent)
    assert other.status_code == 400


def test_what_turns_text_around_or_breaks_a_line_is_not_kept(house, browse):
    heiko = browse("heiko")
    facts = {"name": "Nora Neu", "organisation": "Werk\u202e eliV\r\nDresden", "sector": house.sectors[0].id}
    assert heiko.send(f"/workshops/{house.workshop.id}/desk", facts).status_code == 303
    assert db.session.query(Account).filter_by(name="Nora Neu").one().organisation == "Werk eliV Dresden"


def test_a_link_that_its_giver_could_not_give_now_says_so(house, browse):
    """Nobody reads that it was used or has run out when it was neither."""
    token = join.invite(house.people["petra"].id, house.workshop.id, issued_by_id=house.people["mona"].id)
    house.people["petra"].may_found = True
    db.session.commit()
    page = browse(None).get(f"/invitation/{token}")
    assert page.status_code == 410
    assert "ein weiteres Recht" in page.text and "wurde schon benutzt" not in page.text
    unknown = browse(None).get("/invitation/nie-gesehen")
    assert unknown.status_code == 410 and "wurde schon benutzt" in unknown.text

"""In by a code or a card: one field, one question, one button."""

from __future__ import annotations

import pytest

from tests import pages
from tests.house import asking
from tests.rounds import opened
from werkstatt.acts import desk, join, prepare
from werkstatt.acts.join.limits import ALARM
from werkstatt.db import begin_write, db, utcnow
from werkstatt.models import Account, AuditEntry, Ballot, FailureCounter, Membership, Ticket
from werkstatt.terms import MemberState, TicketKind

SECRET, NONCE = "test-" * 8, "ab" * 16


@pytest.fixture
def card(house):
    """Petra's card; she has not come yet."""
    begin_write()
    house.member("petra").state = MemberState.INVITED
    members = [house.member("petra").id]
    first, _ = desk.make(
        house.workshop, house.actor("mona"), members=members, secret=SECRET, nonce=NONCE, blank=1
    )
    db.session.commit()
    return desk.printed(house.workshop.id, first, first, secret=SECRET, nonce=NONCE)[0]


def state(house, name="petra") -> MemberState:
    db.session.expire_all()
    return house.member(name).state


def test_c41_scanning_consumes_nothing_and_the_button_logs_in_once(house, browse, card):
    path = f"/c/{card.token}"
    before = asking.fingerprint()
    for _ in range(3):
        page = browse(None).get(path)
        assert page.status_code == 200 and "Sind Sie Petra Vogel?" in page.text
    assert asking.fingerprint() == before
    phone = browse(None)
    answer = phone.send(path)
    assert answer.status_code == 303 and state(house) is MemberState.CHECKED_IN
    assert "Petra Vogel" in phone.get("/?all=1").text
    for again in (browse(None).send(path), browse(None).get(path)):
        assert again.status_code == 410 and "Am Einlass" in again.text


@pytest.mark.parametrize("how", ["void", "unknown", "blocked", "expired"])
def test_c41_a_card_that_is_void_foreign_or_unknown_is_410(house, browse, card, how):
    begin_write()
    ticket = db.session.query(Ticket).filter_by(number=card.number).one()
    if how == "void":
        ticket.voided_at = utcnow()
    if how == "expired":
        ticket.expires_at = utcnow()
    if how == "blocked":
        house.people["petra"].blocked_at = utcnow()
    db.session.commit()
    path = "/c/" + ("x" * 32 if how == "unknown" else card.token)
    assert browse(None).get(path).status_code == 410
    assert browse(None).send(path).status_code == 410
    assert browse(None).get("/c/").status_code == 410
    assert state(house) is MemberState.INVITED


def test_one_field_takes_the_rooms_code_and_a_cards(house, browse, card):
    guest = browse(None)
    assert guest.send("/j/", {"code": house.workshop.join_code.lower()}).location.startswith("/j/")
    answer = guest.send("/j/", {"code": f"{card.code[:5]} {card.code[5:]}"})
    assert answer.location == "/c/" and card.code not in answer.location
    assert "Sind Sie Petra Vogel?" in guest.get("/c/").text
    assert guest.send("/c/").status_code == 303 and state(house) is MemberState.CHECKED_IN
    wrong = guest.send("/j/", {"code": "AAAAA-AAAAA"})
    assert wrong.status_code == 422 and "AAAAA-AAAAA" in wrong.text
    assert guest.send("/j/", {"code": ""}).status_code == 422


def test_a_card_on_a_device_of_somebody_else_changes_the_person(house, browse, card):
    samuel = browse("samuel")
    assert "Samuel Roth angemeldet" in samuel.get(f"/c/{card.token}").text
    samuel.send(f"/c/{card.token}")
    page = samuel.get("/?all=1").text
    assert "Petra Vogel" in page and "Samuel Roth" not in page
    assert browse("petra").get(f"/c/{card.token}").status_code in (303, 410)


def test_a_blank_card_sends_its_bearer_to_the_desk_and_a_helper_to_the_form(house, browse, card):
    _, blank = desk.printed(house.workshop.id, 1, 2, secret=SECRET, nonce=NONCE)
    page = browse(None).get(f"/c/{blank.token}")
    assert page.status_code == 409 and "Am Einlass wird sie" in page.text and "Nicht mehr" not in page.text
    heiko = browse("heiko").get(f"/c/{blank.token}")
    assert heiko.status_code == 303 and "card=2" in heiko.location
    assert "K-002" in browse("heiko").get(heiko.location).text


def test_c42_guessing_is_slowed_for_the_device_alone_and_alarms(house, browse, card):
    thief, guest = browse(None), browse(None)
    thief.get("/j/")
    answers = [thief.send("/j/", {"code": f"AAAAA-AAA{n:02}"}).status_code for n in range(14)]
    assert answers == [422] * 12 + [429] * 2
    assert thief.send("/j/", {"code": card.code}).status_code == 429
    assert thief.get("/j/AAA-AAA").status_code == 429
    assert guest.send("/j/", {"code": card.code}).status_code == 303
    assert guest.get("/j/AAA-AAA").status_code == 404
    assert not join.wrong_codes()
    begin_write()
    db.session.get(FailureCounter, ALARM.key("all")).failures = 40
    db.session.commit()
    assert "falsche Codes" in browse("mona").get(f"/sessions/{house.session.id}/console").text
    assert {counter.key.split(":")[0] for counter in db.session.query(FailureCounter)} == {"guess", "alarm"}


def test_c42_the_rooms_code_ends_rotates_and_alone_gives_no_vote(house, browse):
    code = join.spoken(house.workshop.join_code)
    guest = browse(None)
    answer = guest.send(f"/j/{code}", {"name": "Nora Neu", "sector": house.sectors[0].id})
    assert answer.status_code == 303
    nora = db.session.query(Membership).order_by(Membership.id.desc()).first()
    assert nora.state is MemberState.PENDING
    begin_write()
    house.workshop.join_until = utcnow()
    db.session.commit()
    assert browse(None).get(f"/j/{code}").status_code == 404
    assert browse(None).send("/j/", {"code": code}).status_code == 422
    assert 31 ** len(house.workshop.join_code) > 2**29


def test_an_address_typed_at_the_door_leads_into_no_account(house, browse):
    code = join.spoken(house.workshop.join_code)
    facts = {"name": "Erika", "sector": house.sectors[0].id, "email": "Petra@example.org"}
    assert browse(None).send(f"/j/{code}", facts | {"email": "petra"}).status_code == 422
    assert browse(None).send(f"/j/{code}", facts).status_code == 303
    erika = db.session.query(Membership).order_by(Membership.id.desc()).first()
    assert erika.account_id != house.people["petra"].id and erika.state is MemberState.PENDING
    assert erika.typed_email == "petra@example.org"


def test_a_return_code_may_replace_a_ballot_and_never_shows_it(app, house, browse):
    """The box names the login that cast it, and a return code is another login."""
    round = opened(app, house)
    petra, path = browse("petra"), f"/sessions/{round.session_id}/rounds/{round.id}/ballot"
    empty = {f"place-{sign}": "" for sign in "ABCDE"} | {"list": round.list_hash, "step": "cast"}
    assert petra.send(path, empty | {"rev": "0", "place-B": "1", "place-D": "2"}).status_code == 303
    code = desk.give_return_code(house.workshop, house.actor("mona"), house.member("petra").id, secret=SECRET)
    db.session.commit()
    again = browse(None)
    again.send("/j/", {"code": code})
    assert again.send("/c/").status_code == 303
    page = again.get(f"/sessions/{round.session_id}").text
    assert "Ihre Stimme liegt vor." in page and "wird hier nicht gezeigt" in page
    assert 'name="place-B" value="1"' not in page and "Sie haben 0 von 5 eingeordnet." in page
    assert again.send(path, empty | {"rev": "1", "place-E": "1"}).status_code == 303
    assert db.session.query(Ballot).count() == 1
    assert petra.send(path, empty | {"rev": "2", "place-A": "1"}).status_code == 401  # its login has ended


def test_a_return_code_is_typed_in_the_same_field(house, browse):
    code = desk.give_return_code(
        house.workshop, house.actor("heiko"), house.member("petra").id, secret=SECRET
    )
    db.session.commit()
    old, new = browse("petra"), browse(None)
    assert new.send("/j/", {"code": f"{code[:4]}-{code[4:]}"}).location == "/c/"
    assert "anderen Geräten enden" in new.get("/c/").text
    assert new.send("/c/").status_code == 303
    assert "Heiko Lang" in new.get("/?all=1").text  # the person is told
    assert "Mit Konto" in old.get("/").text
    assert db.session.query(Ticket).filter_by(kind=TicketKind.RETURN_CODE).one().used_at


def test_whoever_arrives_in_english_gets_their_mails_in_english(house, browse):
    guest, path = browse(None), f"/j/{join.spoken(house.workshop.join_code)}"
    facts = {"name": "Eve Guest", "organisation": "", "email": "", "sector": house.sectors[0].id}
    data = {"csrf_token": guest.token(), **facts}
    assert guest.post(path, data=data, headers={"Accept-Language": "en-GB"}).status_code == 303
    assert db.session.scalars(db.select(Account.language).where(Account.name == "Eve Guest")).one() == "en"


def test_a_card_ends_other_logins_and_its_person_is_told(house, browse, card):
    """Nobody who gets hold of a card made anew is logged in beside its person, unseen."""
    petra, thief = browse("petra"), browse(None)
    assert "anderen Geräten enden" in thief.get(f"/c/{card.token}").text
    thief.send(f"/c/{card.token}")
    assert "Mit Konto" in petra.get("/").text
    begin_write()
    token = join.begin_login(house.people["petra"].id, hours=1)
    db.session.commit()
    assert join.way_of_late(token)[1:] == ("Mona Richter", TicketKind.CARD)
    assert "Neue Karte." in thief.get("/?all=1").text
    used = db.session.query(AuditEntry).filter_by(deed="use_card").one()
    assert used.facts["ended"] == 1


def test_a_first_card_ends_nothing_and_says_nothing(house, browse, card):
    phone = browse(None)
    assert "anderen Geräten enden" not in phone.get(f"/c/{card.token}").text
    phone.send(f"/c/{card.token}")
    assert "Neue Karte." not in phone.get("/?all=1").text


def test_a_used_card_a_used_return_code_and_a_code_from_a_mail_have_sentences_of_their_own(
    house, browse, card
):
    guest, phone = browse(None), browse(None)
    assert guest.send("/j/", {"code": card.code}).location == "/c/"
    phone.send(f"/c/{card.token}")
    for page in (phone.send("/j/", {"code": card.code}), guest.get("/c/")):
        assert "Sie wurde schon benutzt" in page.text and "sofort eine neue" in page.text
    heiko = house.actor("heiko")
    code = desk.give_return_code(house.workshop, heiko, house.member("petra").id, secret=SECRET)
    db.session.commit()
    assert guest.send("/j/", {"code": code}).location == "/c/"
    assert "geben Sie die Karte" not in guest.get("/c/").text
    guest.send("/c/")
    page = phone.send("/j/", {"code": code})
    assert "Dieser Rückkehrcode wurde schon benutzt" in page.text
    assert phone.get("/c/").status_code == 410
    page = guest.send("/j/", {"code": "123 456"})
    assert page.status_code == 422 and 'href="/login/code"' in page.text


def test_c42_a_flood_by_the_rooms_code_keeps_nobody_out_is_said_and_is_refused_at_one_press(house, browse):
    """300 strangers; somebody honest comes after them, is let in first, and the rest is gone at two presses."""
    facts = {"organisation": "", "sector_id": house.sectors[0].id}
    for number in range(300):
        join.arrive(house.workshop, None, name=f"Gast {number:02}", **facts)
    house.member("samuel").state = MemberState.INVITED
    db.session.commit()
    path, flood = f"/j/{join.spoken(house.workshop.join_code)}", browse(None)
    page = flood.send(path, {"name": house.people["samuel"].name, "sector": house.sectors[0].id})
    assert page.status_code == 303
    there = f"/workshops/{house.workshop.id}/desk"
    heiko = browse("heiko")
    for shown in (browse("mona").get(f"/sessions/{house.session.id}/console"), heiko.get(there)):
        assert "302 Personen warten" in shown.text and "Die eine Person aus dem Register" in shown.text
    page = heiko.get(there).text
    assert "Weitere 271, die niemandem im Register gleichen" in page and "checked" not in page
    assert page.index("Vielleicht schon im Register:") < page.index("Gast 00")
    bulk = [
        [field.attrs["value"] for field in form.all("input") if field.attrs.get("name") == "member"]
        for form in pages.parse(page).all("form")
        if form.attrs["action"].endswith("/desk/refuse")
    ]
    assert [len(one) for one in bulk if one] == [271, 301]
    assert heiko.send(there + "/refuse", {"member": bulk[-1]}).status_code == 303
    assert [row.name for row in prepare.waiting(house.workshop.id)] == [house.people["samuel"].name]


def test_c42_beyond_the_bound_nobody_more_waits_and_the_desk_says_so(house, browse, monkeypatch):
    monkeypatch.setattr(join.arrival, "MOST_WAITING", 1)
    monkeypatch.setattr(join.arrival, "TIMES_THE_REGISTER", 0)
    monkeypatch.setattr("werkstatt.web.desk.door.MANY", 1)
    path = f"/j/{join.spoken(house.workshop.join_code)}"
    page = browse(None).send(path, {"name": "Noch einer", "sector": house.sectors[0].id})
    assert page.status_code == 422 and "Bitte kommen Sie an den Einlass." in page.text
    assert (
        "Mehr nehmen wir gerade nicht an" in browse("heiko").get(f"/workshops/{house.workshop.id}/desk").text
    )


def test_the_arrival_page_says_who_sees_ones_name(house, browse):
    page = browse(None).get(f"/j/{join.spoken(house.workshop.join_code)}").text
    assert "Helferinnen und Helfer am Einlass" in page


def test_c42_the_desk_says_who_was_sent_away_and_as_what(house, browse):
    begin_write()
    otto = prepare.end(house.workshop, house.actor("mona"), house.member("otto").id)
    join.arrive(house.workshop, otto.account_id, name="", organisation="", sector_id=house.sectors[0].id)
    db.session.commit()
    there = f"/workshops/{house.workshop.id}/desk"
    page = browse("heiko").get(there).text
    assert "War schon dabei:" in page and f"{there}/{otto.id}/approve" not in page
    assert f'name="member" value="{otto.id}"' not in page
    refused = browse("heiko").send(f"{there}/{otto.id}/approve")
    assert refused.status_code == 403 and "nur die Moderation" in refused.text
    assert browse("heiko").get(f"{there}/{otto.id}").status_code == 200
    assert browse("mona").send(f"{there}/{otto.id}/approve").status_code == 303


def test_an_error_page_lets_one_hand_the_device_on(browse, house):
    """Also where no view was there to ask who reads it."""
    for path in ("/gibt-es-nicht", f"/sessions/{house.other_session.id}", "/workshops/99999"):
        page = browse("petra").get(path)
        assert page.status_code == 404 and "Gerät weitergeben" in page.text
    assert "Gerät weitergeben" not in browse(None).get("/gibt-es-nicht").text

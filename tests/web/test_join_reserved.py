"""A place given by address is its reader's: not of whoever opened the account in another workshop."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests import rounds
from werkstatt.acts import NotNow, desk, join, office, prepare
from werkstatt.db import begin_write, db
from werkstatt.models import Account, Mail, Membership, Organiser
from werkstatt.terms import MemberState, TicketKind

BOB, CHOSEN, OWN = "bob@firma.example", "vom Fremden gewählt", "von ihm selbst gewählt"
LIST = f"Name;E-Mail;Organisation;Akteursgruppe\nBob Firma;{BOB};Firma;Industrie\n"


@pytest.fixture(name="claimed")
def claimed_account(house, browse):
    """Gregor, who moderates another process, entered Bob's address there and opened the account for himself."""
    gregor, there = house.people["gregor"].id, house.other_workshop
    sector_id = join.sectors(there.process_id)[0].id
    office.add_person(there, gregor, name="Bob", email=BOB, sector_id=sector_id)
    account = db.session.scalars(select(Account).where(Account.email == BOB)).one()
    link = join.invite(account.id, there.id, issued_by_id=gregor)
    db.session.commit()
    stranger = browse(None)
    assert stranger.press(f"/invitation/{link}", {"password": CHOSEN}).status_code == 303
    return stranger


def upload(house, browse):
    kept = prepare.keep_list(house.workshop, house.actor("mona"), prepare.read_list(LIST.encode()))
    db.session.commit()
    there = f"/workshops/{house.workshop.id}/register/import/{kept.id}"
    assert browse("mona").send(there, {"take": "2"}).status_code == 303


def typed(house, browse):
    data = {
        "name": "Bob Firma",
        "email": BOB,
        "role": "participant",
        "sector": house.sectors[0].id,
        "table": "",
    }
    assert browse("mona").send(f"/workshops/{house.workshop.id}/register", data).status_code == 303


def bobs(house) -> Membership:
    db.session.expire_all()
    account = db.session.scalars(select(Account).where(Account.email == BOB)).one()
    return join.membership_of(house.workshop.id, account.id)


def post_goes_out(app) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="smtp://127.0.0.1:9")


def newest_link() -> str:
    text = db.session.scalars(select(Mail.text).order_by(Mail.id.desc())).first()
    return re.search(r"https?://[^/]+(/(?:login|invitation)/\S+)", text)[1]


@pytest.mark.parametrize("enter", [upload, typed])
def test_c40_who_claimed_an_account_elsewhere_does_not_take_part_here(app, house, browse, claimed, enter):
    enter(house, browse)
    there = f"/workshops/{house.workshop.id}"
    sector = {"sector": house.sectors[0].id}
    for who in (claimed, browse(None)):
        if who is not claimed:
            assert who.press("/login", {"email": BOB, "password": CHOSEN}).status_code == 303
        page = who.get(there).text
        assert "Ihr Platz ist reserviert." in page and "Ich bin da" not in page
        assert who.send(f"{there}/presence", sector).status_code == 409
        who.send(f"/j/{join.spoken(house.workshop.join_code)}", {"name": "Bob", **sector})
        assert bobs(house).state is MemberState.INVITED
        assert who.send("/me/address", {"email": "boese@example.org"}).status_code == 409
        assert who.send("/me/delete", {"sure": "y"}).status_code == 409
    begin_write()
    bobs(house).state = MemberState.CHECKED_IN
    db.session.commit()
    round = rounds.opened(app, house)
    there = f"/sessions/{house.session.id}/rounds/{round.id}"
    assert claimed.get(f"/sessions/{house.session.id}").status_code == 200  # like anybody who waits
    assert claimed.send(f"{there}/ballot", {"rev": "0"}).status_code == 403


@pytest.mark.parametrize("way", ["invitation", "login"])
def test_c40_who_reads_the_address_comes_in_and_the_claimant_is_out(app, house, browse, claimed, way):
    upload(house, browse)
    if way == "invitation":
        sent = browse("mona").send(f"/workshops/{house.workshop.id}/invitations", {"member": bobs(house).id})
        assert sent.status_code == 303
    else:
        assert (
            "Link schicken" not in claimed.get(f"/workshops/{house.workshop.id}").text
        )  # it would go nowhere
        post_goes_out(app)
        claimed.press(f"/workshops/{house.workshop.id}", {"mail": "1"})
    bob = browse(None)
    assert bob.press(newest_link(), {"password": OWN}).status_code == 303
    answer = bob.send(f"/workshops/{house.workshop.id}/presence", {"sector": house.sectors[0].id})
    assert answer.status_code == 303 and bobs(house).state is MemberState.CHECKED_IN
    assert claimed.get("/me").status_code == 303
    assert browse(None).press("/login", {"email": BOB, "password": CHOSEN}).status_code == 422
    assert browse(None).press("/login", {"email": BOB, "password": OWN}).status_code == 303


def test_a_password_chosen_behind_a_mailed_link_opens_the_next_place_at_once(house, browse):
    browse(None).press("/login", {"email": "franka@example.org", "password": "", "mail": "1"})
    franka = browse(None)
    assert franka.press(newest_link(), {"password": OWN}).status_code == 303
    email, sector_id = "franka@example.org", house.sectors[0].id
    office.add_person(house.workshop, house.people["mona"].id, name="F", email=email, sector_id=sector_id)
    db.session.commit()
    again = browse(None)
    assert again.press("/login", {"email": email, "password": OWN}).status_code == 303
    for one in (franka, again):
        assert "Ich bin da" in one.get(f"/workshops/{house.workshop.id}").text
    assert "reserviert" in browse("franka").get(f"/workshops/{house.workshop.id}").text  # by another way


def test_a_card_of_the_workshop_itself_opens_its_place(house, browse, claimed):
    """Face to face, where that is allowed: here of somebody who is known nowhere else any more."""
    upload(house, browse)
    whose = bobs(house).account_id
    begin_write()
    join.membership_of(house.other_workshop.id, whose).state = MemberState.ENDED
    card = join.issue(TicketKind.CARD, account_id=whose, workshop_id=house.workshop.id, number=1)
    card.ticket.issued_by_id = house.people["mona"].id
    db.session.commit()
    bob = browse(None)
    assert bob.press(f"/c/{card.token}").status_code == 303
    assert bobs(house).state is MemberState.CHECKED_IN and not bobs(house).reserved
    assert claimed.get("/me").status_code == 303
    assert browse(None).press("/login", {"email": BOB, "password": CHOSEN}).status_code == 422


def test_without_mail_nothing_is_reserved(house, browse, claimed):
    email, sector_id = BOB, house.sectors[0].id
    office.add_person(
        house.workshop, house.people["mona"].id, name="B", email=email, sector_id=sector_id, mail=False
    )
    db.session.commit()
    assert not bobs(house).reserved


def test_an_organiser_is_never_shut_out_of_their_own_process(house, browse):
    office.add_person(
        house.workshop,
        house.people["mona"].id,
        name="G",
        email="gregor@example.org",
        sector_id=house.sectors[0].id,
    )
    begin_write()
    db.session.add(Organiser(process_id=house.process.id, account_id=house.people["gregor"].id))
    db.session.commit()
    assert browse("gregor").get(f"/workshops/{house.workshop.id}/register").status_code == 200


@pytest.mark.parametrize("enter", [upload, typed])
def test_c40_the_register_shows_what_was_typed_and_not_whose_account_it_is(house, browse, enter):
    begin_write()
    bob = Account(name="Robert Geheim", organisation="Rechenstelle", email=BOB, password="x", is_admin=True)
    db.session.add(bob)
    db.session.commit()
    enter(house, browse)
    with pytest.raises(NotNow):  # nobody learns it by pressing that
        desk.check_in(house.workshop, house.people["heiko"].id, bobs(house).id)
    db.session.rollback()
    there = f"/workshops/{house.workshop.id}"
    mona = browse("mona")
    for page in (
        "register",
        f"register/{bobs(house).id}",
        "desk",
        f"desk/{bobs(house).id}",
        "register?q=geheim",
    ):
        text = mona.get(f"{there}/{page}").text
        assert "Robert" not in text and "Rechenstelle" not in text
        assert "Bob Firma" in text or "q=geheim" in page
    link = join.issue(TicketKind.LOGIN, account_id=bobs(house).account_id).token
    db.session.commit()
    assert browse(None).press(f"/login/{link}").status_code == 303
    assert "Robert Geheim" in mona.get(f"{there}/register").text


def test_c40_nobody_is_made_present_whose_place_still_waits_for_them(house, browse, claimed):
    """They would stand on the roll, and could not vote."""
    typed(house, browse)
    there, heiko = f"/workshops/{house.workshop.id}/desk", browse("heiko")
    assert f"{there}/{bobs(house).id}/check-in" not in heiko.get(there).text
    page = heiko.get(f"{there}/{bobs(house).id}").text
    assert (
        "Dieser Platz ist reserviert" in page and "/check-in" not in page and "mit ihrem Passwort" not in page
    )
    answer = heiko.send(f"{there}/{bobs(house).id}/check-in")
    assert answer.status_code == 409 and "Dieser Platz ist reserviert" in answer.text
    assert bobs(house).state is MemberState.INVITED


def test_c40_a_cast_from_a_login_that_the_place_does_not_open_says_so_and_keeps_the_order(app, house, browse):
    """Petra ranks; meanwhile her place is reserved for whoever reads the address (ended, and taken up again)."""
    round = rounds.opened(app, house)
    petra, token = browse("petra"), None
    token = petra.token()
    begin_write()
    join.reserve(house.member("petra"))
    db.session.commit()
    there = f"/sessions/{house.session.id}/rounds/{round.id}"
    form = {"list": round.list_hash, "rev": "0", "step": "cast", "csrf_token": token}
    form |= {f"place-{sign}": {"C": "1", "B": "2"}.get(sign, "") for sign in "ABCDE"}
    answer = petra.post(f"{there}/ballot", data=form)
    assert answer.status_code == 403 and "Dieser Platz wartet auf die Person" in answer.text
    order = answer.text.partition("<ol>")[2]
    assert order.index(">C<") < order.index(">B<")
    for step in ("review", "nonsense"):
        assert petra.post(f"{there}/ballot", data=form | {"step": step}).status_code == 403
    other = petra.post(f"/sessions/{house.session.id}/recommendations", data={"csrf_token": token})
    assert other.status_code == 403 and "Dieser Platz wartet auf die Person" in other.text
    # nobody else's 403 is told that
    assert "Dieser Platz wartet" not in browse("paul").post(f"{there}/ballot", data=form).text


@pytest.mark.parametrize("mail", [True, False])
def test_c40_no_page_of_the_round_shows_the_stored_name(app, house, browse, mail):
    """Where no mail goes nothing is reserved, and the desk makes present whom the office typed."""
    begin_write()
    bob = Account(name="Robert Geheim", organisation="Rechenstelle", email=BOB)
    db.session.add(bob)
    db.session.flush()
    db.session.add(
        Membership(workshop_id=house.other_workshop.id, account_id=bob.id, state=MemberState.INVITED)
    )
    facts = {"name": "Bob Firma", "organisation": "Firma", "email": BOB, "sector_id": house.sectors[0].id}
    member = office.add_person(house.workshop, house.people["mona"].id, mail=mail, **facts)
    member.state = MemberState.CHECKED_IN
    db.session.flush()
    [card] = [
        one
        for one in [join.issue(TicketKind.CARD, account_id=bob.id, workshop_id=house.workshop.id, number=1)]
    ]
    db.session.commit()
    mona = browse("mona")
    pages = {"before": mona.get(f"/sessions/{house.session.id}/opening").text}
    begin_write()
    member.state = MemberState.ACTIVE
    db.session.commit()
    rounds.opened(app, house)
    begin_write()
    member.state = MemberState.CHECKED_IN
    db.session.commit()
    for path in (f"sessions/{house.session.id}/papers", f"sessions/{house.session.id}/console"):
        pages[path] = mona.get(f"/{path}").text
    pages["behalf"] = mona.get(f"/sessions/{house.session.id}/behalf").text
    pages["cards"] = mona.get(f"/workshops/{house.workshop.id}/desk/cards").text
    pages["print"] = mona.get(f"/workshops/{house.workshop.id}/cards").text
    for where, text in pages.items():
        assert "Robert" not in text and "Rechenstelle" not in text, where
    assert "Bob Firma" in pages[f"sessions/{house.session.id}/console"]
    assert "Bob Firma" in pages["cards"] and card.ticket.number == 1
